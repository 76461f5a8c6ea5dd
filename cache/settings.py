"""Settings: defaults, overridden by `settings.toml` in the home folder, then by the environment.

Must not know how a setting is used.
"""

import os
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cache.errors import StoreError
from cache.layout import Layout

ROBOTS = ("obey", "listed")
"""What Settings.robots may be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One frozen set of choices. Seconds, bytes, counts; see each comment for the unit."""

    home: Path
    model: str = ""  # the home's own, which is the packaged one until --model says otherwise
    contact: str = ""  # a mail or web address, sent in User-Agent so that a site can complain
    delay: float = 1.0  # seconds between two requests to one host
    timeout: float = 20.0  # seconds without a byte
    deadline: float = 60.0  # seconds for one page in all
    max_bytes: int = 20_000_000  # decoded bytes of one response
    max_redirects: int = 5
    concurrency: int = 32  # hosts at once
    allow_private: bool = False  # an intranet: let the crawler reach private addresses
    fake_ip: bool = False  # names may resolve to 198.18.0.0/15, as behind Clash or mihomo
    proxy: str = field(default="", repr=False)  # http://…; "none"; empty: HTTPS_PROXY and the like
    robots: str = "obey"  # "listed": links of one's own lists are had as by a click
    ports: tuple[int, ...] = (80, 443, 8080, 8443)
    resolve: tuple[str, ...] = ()  # "host:port:address:port", as curl --resolve; * for any host
    ca_file: str = ""  # certificates trusted beside the usual ones, a PEM file
    refresh_days: float = 30.0  # a page younger than this is not asked for again
    publish_every: float = 180.0  # seconds of crawling between two publications on the way
    store: str = ""  # a folder or fsspec URL that every node of a cluster can write
    ray_deadline: float = 86_400.0  # seconds that all of a build's work on a cluster may take
    index: str = field(default="", repr=False)  # postgresql://… to ask instead of the home's own

    @property
    def layout(self) -> Layout:
        """Where things are."""
        return Layout(self.home)

    @classmethod
    def load(cls, home: Path | str | None = None, **overrides: Any) -> "Settings":
        """Settings for home (argument, else NEXTREAD_HOME, else the user's data folder).

        overrides that are None are ignored. Raises StoreError for a settings.toml that cannot be
        read or names an unknown setting.
        """
        settings = cls(home=Path(home or os.environ.get("NEXTREAD_HOME") or _default_home()))
        settings = replace(settings, **_from_file(settings.layout.settings))
        settings = replace(settings, **_from_environment())
        return replace(settings, **{k: v for k, v in overrides.items() if v is not None})


def _default_home() -> str:
    from platformdirs import user_data_dir  # 17 ms that --home and NEXTREAD_HOME need not pay

    return user_data_dir("nextread", appauthor=False)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = path.read_text("utf-8")
        import tomllib  # 4 ms that a home without settings need not pay

        values = tomllib.loads(content)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: {error}", "mend or remove this file") from error
    return {name: _coerce(name, value, str(path)) for name, value in values.items()}


def _from_environment() -> dict[str, Any]:
    found = {}
    for name in _TYPES:
        value = os.environ.get(f"NEXTREAD_{name.upper()}")
        if value is not None and name != "home":
            found[name] = _coerce(name, value, f"NEXTREAD_{name.upper()}")
    return found


def _coerce(name: str, value: Any, where: str) -> Any:
    if name not in _TYPES or name == "home":
        known = ", ".join(sorted(set(_TYPES) - {"home"}))
        raise StoreError(f"{where}: unknown setting {name!r}", f"known settings: {known}")
    try:
        return _TYPES[name](value)
    except (TypeError, ValueError) as error:
        raise StoreError(f"{where}: {name} cannot be {value!r}", "see docs/settings.md") from error


def _ports(value: Any) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(int(part) for part in parts)


def _words(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(str(part).strip() for part in parts if str(part).strip())


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word not in {"1", "true", "yes", "0", "false", "no", ""}:
        raise ValueError(word)
    return word in {"1", "true", "yes"}


def _robots(value: Any) -> str:
    if value not in ROBOTS:
        raise ValueError(value)
    return str(value)


def _parser(name: str, default: Any) -> Any:
    if name == "ports":
        return _ports
    if name == "resolve":
        return _words
    if name == "robots":
        return _robots
    return _flag if isinstance(default, bool) else type(default)


_TYPES = {f.name: _parser(f.name, f.default) for f in fields(Settings)}

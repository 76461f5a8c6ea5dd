"""Where a database is: its address as the user gives it, and how it may be shown.

Passwords go in and never come out. Must not know what is asked of the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cache.errors import MissingExtra, StoreError

SCHEMES = ("postgresql://", "postgres://")
DEFAULTS = {
    "application_name": "nextread",
    "client_encoding": "utf8",
    "connect_timeout": "5",  # seconds for each host
    "tcp_user_timeout": "10000",  # milliseconds until a host that fell silent counts as gone
}
"""What an address may say otherwise."""

PASSWORD_HINT = "a password belongs in ~/.pgpass or PGPASSWORD"  # noqa: S105


def psycopg() -> Any:
    """The driver. Raises MissingExtra."""
    try:
        import psycopg as driver
    except ImportError as error:
        raise MissingExtra("PostgreSQL's driver", "postgres") from error
    return driver


@dataclass(frozen=True, slots=True)
class Address:
    """One database on one or several hosts, as libpq takes it. str() tells hosts and name."""

    parameters: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """From `postgresql://user@host:port,host:port/database?option=value`.

        Raises StoreError without repeating the text, MissingExtra where the driver is missing.
        """
        hint = f"postgresql://user@host:5432/database; {PASSWORD_HINT}"
        if not text.startswith(SCHEMES):
            raise StoreError("the index is not an address of PostgreSQL", hint)
        driver = psycopg()
        try:
            given = driver.conninfo.conninfo_to_dict(text)
        except driver.Error:  # its message may quote a part of the password
            raise StoreError("the index is not a readable address", hint) from None
        return cls(DEFAULTS | {name: str(value) for name, value in given.items()})

    def __str__(self) -> str:
        """Hosts, ports and database, nothing else."""
        hosts = self.parameters.get("host", "").split(",")
        ports = self.parameters.get("port", "").split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        named = [
            f"{host}:{port}" if port else host for host, port in zip(hosts, ports, strict=False)
        ]
        return f"postgresql://{','.join(named)}/{self.parameters.get('dbname', '')}"

    def without_password(self, message: str) -> str:
        """message on one line, with no password in it."""
        password = self.parameters.get("password")
        line = " ".join(message.split())
        return line.replace(password, "***") if password else line

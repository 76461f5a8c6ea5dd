"""Where a named model's files are, what it wants before a text, and which exact model it is.

A folder, or a name on the Hugging Face hub. Must not load weights: no torch, no OpenVINO.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cache.derived import file_digest
from cache.errors import ModelError
from cache.layout import safe_name
from search.models.known import hub_name, known_model

RECIPE = "1"  # raise it when the way vectors are made changes, so that no index mixes two ways
LOADED = (".safetensors", ".bin", ".json", ".txt", ".model")
OTHER_RUNTIMES = ("onnx", "openvino")
QUERY_PROMPTS = (
    "query",
    "web_search_query",
    "retrieval.query",
    "Retrieval-query",
    "search_query",
    "s2p_query",
    "retrieval",
    "instruction",
    "instruct",
)
PASSAGE_PROMPTS = (
    "passage",
    "document",
    "retrieval.passage",
    "Retrieval-document",
    "search_document",
    "corpus",
)
"""What models call the prompts of the two roles, the plainest first."""

_POOLINGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_lasttoken": "lasttoken",
}

_E5 = re.compile(r"(^|[-_])e5([-_]|$)", re.IGNORECASE)
_BLOB = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """One model on this machine. query and passage are written before a text of that role."""

    folder: Path
    name: str
    model_id: str
    query: str
    passage: str


def find_model(model: str) -> ModelSource:
    """The model of a folder, a hub name or one of search/models/known.py, downloaded if need be.

    Raises ModelError.
    """
    given = Path(model).expanduser()
    if given.is_dir():
        return describe(given, given.absolute().name)
    return describe(_download(model), hub_name(model).rsplit("/", 1)[-1])


def describe(folder: Path, name: str) -> ModelSource:
    """What a folder of model files holds. Raises ModelError where it is no transformer model."""
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        hint = "name a sentence-transformers folder: config.json, tokenizer.json, weights"
        raise ModelError(f"{folder}: no model here", hint)
    _check_pooling(folder, name)
    query, passage = _prompts(folder, name)
    seen = hashlib.sha256(json.dumps([RECIPE, query, passage]).encode())
    for path in _loaded_files(folder):
        seen.update(f"{path.relative_to(folder).as_posix()} {_digest(path)}\n".encode())
    model_id = f"{safe_name(name)}@{seen.hexdigest()[:12]}"
    return ModelSource(folder, name, model_id, query, passage)


def _loaded_files(folder: Path) -> Iterator[Path]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in LOADED and path.is_file())
    preferred = any(path.suffix == ".safetensors" for path in files)
    for path in files:
        unused = path.suffix == ".bin" and preferred
        if not unused and path.relative_to(folder).parts[0] not in OTHER_RUNTIMES:
            yield path


def _digest(path: Path) -> str:
    """SHA-256 of the content; the hub's cache names large files by it."""
    target = path.resolve().name
    return target if _BLOB.fullmatch(target) else file_digest(path)


def _check_pooling(folder: Path, name: str) -> None:
    """Refuse a known model whose files would make another vector of its tokens than it learned to:
    where they are not all here, sentence-transformers takes the mean."""
    known = known_model(name)
    if known is None or not known.pooling:
        return
    found = _pooling(folder)
    if found != known.pooling:
        hint = (
            f"get all of it: `hf download {known.hub}`, or give another model's folder its own name"
        )
        message = f"{folder}: pools by {found}, {name} by {known.pooling}"
        raise ModelError(message, hint)


def _pooling(folder: Path) -> str:
    """How the model of folder makes one vector of many, by its files; "" where that is not told."""
    modules = _json(folder / "modules.json")
    if not isinstance(modules, list):
        return "mean"
    for module in modules:
        if str(module.get("type")).endswith("Pooling"):
            settings = _json(folder / str(module.get("path")) / "config.json")
            if isinstance(settings, dict):
                modes = [mode for flag, mode in _POOLINGS.items() if settings.get(flag)]
                return str(settings.get("pooling_mode") or "+".join(modes))
    return ""


def _prompts(folder: Path, name: str) -> tuple[str, str]:
    """The model's own prompts, whatever it calls them, else those it is known by, else those of the
    E5 family (Wang et al. 2022), else none. An instruction is a prompt like any other."""
    settings = _json(folder / "config_sentence_transformers.json")
    query, passage = _own_prompts(settings if isinstance(settings, dict) else {})
    if query or passage:
        return query, passage
    known = known_model(name)
    if known is not None:
        return known.query, known.passage
    if _E5.search(name) and "instruct" not in name.lower():
        return "query: ", "passage: "
    return "", ""


def _own_prompts(settings: Mapping[str, Any]) -> tuple[str, str]:
    """The prompts of both roles; what encode() writes by default goes before a role that has none
    of its own, but no question's prompt goes before passages."""
    own = settings.get("prompts")
    prompts = {
        _plain(name): prompt
        for name, prompt in (own if isinstance(own, dict) else {}).items()
        if isinstance(prompt, str)
    }
    usual = _plain(str(settings.get("default_prompt_name")))
    query = _first(prompts, QUERY_PROMPTS, "query")
    passage = _first(prompts, PASSAGE_PROMPTS, ("passage", "document"))
    if query is None:
        query = prompts.get(usual, "")
    if passage is None:
        asks = usual.endswith("query") or usual in map(_plain, QUERY_PROMPTS)
        passage = "" if asks else prompts.get(usual, "")
    return query, passage


def _first(
    prompts: Mapping[str, str], names: Sequence[str], ending: str | tuple[str, ...]
) -> str | None:
    """The first prompt that is called one of names and not empty, else the only one whose name ends
    so; None where no prompt is."""
    found = [prompts[name] for name in map(_plain, names) if name in prompts]
    if not found:
        found = [prompt for name, prompt in prompts.items() if name.endswith(ending)]
        found = found if len(found) == 1 else []
    return next(filter(None, found), "" if found else None)


def _json(path: Path) -> Any:
    """What a file of JSON holds; None where it is missing or none."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _plain(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower())


def _download(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
    )

    hub = hub_name(model)
    named = model if model == hub else f"{model} ({hub})"
    patterns = [f"*{suffix}" for suffix in LOADED]
    ignored = [f"{runtime}/*" for runtime in OTHER_RUNTIMES]
    try:
        folder = snapshot_download(hub, allow_patterns=patterns, ignore_patterns=ignored)
    except LocalEntryNotFoundError as error:
        hint = (
            f"`hf download {hub}` brings it where the hub can be reached; elsewhere copy its "
            "folder and name that: --model PATH; `nextread models` shows what is here"
        )
        raise ModelError(f"{named}: not on this machine, and no hub in reach", hint) from error
    except GatedRepoError as error:
        hint = f"accept its terms at https://huggingface.co/{hub}, then run `hf auth login`"
        raise ModelError(f"{named}: the hub wants its terms accepted first", hint) from error
    except (HfHubHTTPError, ValueError, OSError) as error:
        first = str(error).strip().splitlines()[0]
        hint = "check the name on huggingface.co, or give a folder: --model PATH"
        raise ModelError(f"{named}: {first}", hint) from error
    return Path(folder)

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

RECIPE = "1"  # raise it when the way vectors are made changes, so that no index mixes two ways
LOADED = (".safetensors", ".bin", ".json", ".txt", ".model")
OTHER_RUNTIMES = ("onnx", "openvino")
QUERY_PROMPTS = ("query", "web_search_query", "retrieval.query", "Retrieval-query", "search_query")
PASSAGE_PROMPTS = (
    "passage",
    "document",
    "retrieval.passage",
    "Retrieval-document",
    "search_document",
    "corpus",
)
"""What models call the prompts of the two roles, the plainest first."""

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
    """The model of a folder or hub name, downloaded if need be. Raises ModelError."""
    given = Path(model).expanduser()
    if given.is_dir():
        return describe(given, given.absolute().name)
    return describe(_download(model), model.rsplit("/", 1)[-1])


def describe(folder: Path, name: str) -> ModelSource:
    """What a folder of model files holds. Raises ModelError where it is no transformer model."""
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        hint = "name a sentence-transformers folder: config.json, tokenizer.json, weights"
        raise ModelError(f"{folder}: no model here", hint)
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


def _prompts(folder: Path, name: str) -> tuple[str, str]:
    """The model's own prompts, whatever it calls them, else those of the E5 family (Wang et al.
    2022), else none. An instruction is a prompt like any other."""
    try:
        settings = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
        own = settings.get("prompts") or {}
    except (OSError, ValueError, AttributeError):
        own = {}
    query = _first(own, QUERY_PROMPTS)
    passage = _first(own, PASSAGE_PROMPTS)
    if not query and not passage and _E5.search(name) and "instruct" not in name.lower():
        return "query: ", "passage: "
    return query, passage


def _first(prompts: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first prompt that is called one of names; case and joints do not matter."""
    plain = {_plain(name): prompt for name, prompt in prompts.items() if isinstance(prompt, str)}
    return next((plain[_plain(name)] for name in names if plain.get(_plain(name))), "")


def _plain(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower())


def _download(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    patterns = [f"*{suffix}" for suffix in LOADED]
    ignored = [f"{runtime}/*" for runtime in OTHER_RUNTIMES]
    try:
        folder = snapshot_download(model, allow_patterns=patterns, ignore_patterns=ignored)
    except LocalEntryNotFoundError as error:
        hint = "connect once to download it, or give a folder: --model PATH"
        raise ModelError(f"{model}: not on this machine, and no hub in reach", hint) from error
    except (HfHubHTTPError, ValueError, OSError) as error:
        first = str(error).strip().splitlines()[0]
        hint = "check the name on huggingface.co, or give a folder: --model PATH"
        raise ModelError(f"{model}: {first}", hint) from error
    return Path(folder)

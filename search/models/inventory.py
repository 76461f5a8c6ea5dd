"""Which of the models one can name are on this machine, and which one a home uses.

Opens no model and asks no hub. Must not know how one is loaded.
"""

from dataclasses import dataclass
from pathlib import Path

from cache.home_model import with_model
from cache.settings import Settings
from search.models.known import MODELS, PACKAGED, KnownModel, known_model

PLACE = "packaged"
"""Where the model is that comes with the packages."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model, where it is on this machine ("packaged", a folder, "" where it is not), and whether
    the home builds with it."""

    model: KnownModel
    here: str
    used: bool


def models_here(settings: Settings) -> tuple[Listed, ...]:
    """Every known model, and the home's own where that is none of them. Raises StoreError."""
    named = with_model(settings).model or PACKAGED
    folder = Path(named).expanduser()
    given = folder.is_dir() and named != PACKAGED
    used = known_model(folder.absolute().name if given else named)
    listed = [
        Listed(
            model,
            str(folder.absolute()) if given and model is used else place(model),
            model is used,
        )
        for model in MODELS
    ]
    if used is None:
        other = KnownModel(named, "embed", "", 0, 0, 0, "", "", "", "", "", None, None)
        here = str(folder.absolute()) if given else _hub_folder(named)
        listed.append(Listed(other, here, used=True))
    return tuple(listed)


def place(model: KnownModel) -> str:
    """Where a known model is on this machine: "packaged", its folder in the hub's cache, or ""."""
    return PLACE if model.name == PACKAGED else _hub_folder(model.hub)


def _hub_folder(hub: str) -> str:
    """The snapshot of a model in the hub's cache, where its weights are there; else ""."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(hub, "config.json")
    except HFValidationError:  # a folder that is gone, or no name at all
        return ""
    if not isinstance(found, str):
        return ""
    folder = Path(found).parent
    whole = any(folder.glob("*.safetensors")) or any(folder.glob("*.bin"))
    return str(folder) if whole else ""

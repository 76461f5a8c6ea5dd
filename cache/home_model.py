"""Which model a home's index is made with, so that a later build goes on with it unasked.

The model is kept as it was named, since its name is what finds it. Must not know models.
"""

from dataclasses import replace
from pathlib import Path

from cache import disk
from cache.layout import Layout
from cache.settings import Settings


def with_model(settings: Settings) -> Settings:
    """settings that name a model: the one asked for, else the home's; none where neither is."""
    return settings if settings.model else replace(settings, model=_remembered(settings.layout))


def remember(layout: Layout, model: str) -> None:
    """Let later builds use model; a folder by its full path. Raises StoreError."""
    folder = Path(model).expanduser()
    name = str(folder.resolve()) if model and folder.is_dir() else model
    if name != _remembered(layout):
        with disk.faults(layout.model_name):
            disk.write_atomic(layout.model_name, name.encode("utf-8", "surrogateescape"))


def _remembered(layout: Layout) -> str:
    try:
        return layout.model_name.read_text("utf-8", "surrogateescape").strip()
    except FileNotFoundError:
        return ""

"""The embedding model on a worker: the very files that the driver uses.

The default model comes with the package. Any other travels once through the store, as the driver
converted it, so that workers need neither its source nor torch; only a GPU loads the source.
"""

from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, ZipFile

from cache.derived import DIGESTS, derive
from cache.errors import ModelError, StoreError
from cache.layout import Layout, safe_name
from cache.settings import Settings
from indexer.cluster.store import Store
from search.models.embed import DEFAULT_ID, Embedder, builder, quick, token_counter

if TYPE_CHECKING:
    from search.models.token_batches import Tokens

Counter = Callable[[Sequence[str]], list[int]]


def send(model_id: str, layout: Layout, store: Store) -> None:
    """Put the driver's converted model into the store, unless it is there or every worker's."""
    key = safe_name(model_id)
    if model_id == DEFAULT_ID or store.names("models", key):
        return
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as packed:
        for file in sorted(_runtime(layout, model_id).iterdir()):
            if file.name != DIGESTS:
                packed.write(file, file.name)
    store.put("models", key, out.getvalue())


@cache
def counter_of(settings: Settings, store: Store, model_id: str) -> Counter:
    """What counts the tokens of texts as the model sees them. Raises ModelError, StoreError."""
    if model_id == DEFAULT_ID:
        return token_counter(settings.model, _layout())
    from search.models.openvino_engine import folder_tokens

    tokens: Tokens = folder_tokens(_brought(store, model_id))
    return tokens.count


def embedder_of(settings: Settings, store: Store, model_id: str) -> Embedder:
    """What embeds passages: on a GPU where there is one. Raises ModelError, StoreError."""
    from search.models.torch_engine import gpu

    if model_id != DEFAULT_ID and gpu() is None:
        _brought(store, model_id)
        return quick(model_id, _layout())
    embedder = builder(settings.model, _layout())
    if embedder.model_id != model_id:
        hint = "give every node of the cluster the same nextread and the same model"
        raise ModelError(f"{settings.model}: here it is {embedder.model_id}, not {model_id}", hint)
    return embedder


def _brought(store: Store, model_id: str) -> Path:
    def unpack(aside: Path) -> None:
        names = store.names("models", safe_name(model_id))
        if not names:
            raise StoreError(f"{store.url}: {model_id} is not in it", "build again")
        with ZipFile(BytesIO(store.read(names[0]))) as packed:
            packed.extractall(aside)

    return derive(_runtime(_layout(), model_id), unpack)


def _runtime(layout: Layout, model_id: str) -> Path:
    return layout.model(model_id) / "runtime"


def _layout() -> Layout:
    """Where this machine keeps models between builds."""
    from platformdirs import user_cache_path

    return Layout(user_cache_path("nextread", appauthor=False) / "cluster")

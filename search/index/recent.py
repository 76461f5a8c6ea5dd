"""What was asked for lately, kept. Must not know what it is."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The values last asked for, at most so many. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        """Keep none yet."""
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def held(self, keys: Iterable[K]) -> dict[K, V]:
        """Those of keys that are kept, which are from now on the most recent."""
        with self._lock:
            found = {key: self._values[key] for key in keys if key in self._values}
            for key in found:
                self._values.move_to_end(key)
        return found

    def keep(self, values: Mapping[K, V]) -> None:
        """Keep values, and forget what was not asked for longest."""
        with self._lock:
            self._values.update(values)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

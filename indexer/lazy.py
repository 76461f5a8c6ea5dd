"""A sequence whose elements are made when they are asked for, and not kept.

Why it exists: a million texts, or a million facts, are quickly made again and long to hold. Must
not know what it makes.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class LazySequence(Sequence[T]):
    """count elements, made by their number."""

    def __init__(self, count: int, make: Callable[[int], T]) -> None:
        """Make nothing yet."""
        self._count, self._make = count, make

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __iter__(self) -> Iterator[T]:
        """Each in turn."""
        return map(self._make, range(self._count))

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        """One, or a list of some."""
        if isinstance(at, slice):
            return [self._make(number) for number in range(*at.indices(self._count))]
        if not -self._count <= at < self._count:
            raise IndexError(at)
        return self._make(at % self._count)

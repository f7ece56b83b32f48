"""Decisions taken from bytes, so that Hypothesis can shrink them and any case can be made again from its bytes."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Reads decisions from bytes; where they are used up, every decision is 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next bytes, filled up with zeros."""
        found = self._data[self._at : self._at + count]
        self._at += count
        return found.ljust(count, b"\0")

    def below(self, limit: int) -> int:
        """0..limit-1, or 0 where the limit is 0."""
        width = 1 if limit <= 256 else 4
        return int.from_bytes(self.take(width), "big") % max(limit, 1)

    def one_of(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def span(self, length: int, most: int) -> tuple[int, int]:
        """Begin and end of a stretch of at most ``most`` within ``length``, not empty where the length is not 0."""
        begin = self.below(length)
        return begin, min(length, begin + 1 + self.below(most))

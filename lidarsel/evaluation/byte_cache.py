"""What was made of frames, kept while there is room for its bytes; what was used longest ago goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from torch import Tensor


class ByteCache:
    """Values by key; the last one used stays, however large.

    Args:
        most_bytes: of all tensors in the values together.
        most: how many values there may be; None is any number.
    """

    def __init__(self, most_bytes: int, most: int | None = None) -> None:
        self._most_bytes, self._most = most_bytes, most
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    @property
    def n_bytes(self) -> int:
        """Of all tensors that are kept."""
        return sum(size for _, size in list(self._values.values()))

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def __getitem__(self, key: Hashable) -> Any:
        """The value, which is the last one used from now on."""
        self._values.move_to_end(key)
        return self._values[key][0]

    def get(self, key: Hashable) -> Any:
        """The same; None where there is none."""
        if key not in self:
            return None
        return self[key]

    def __setitem__(self, key: Hashable, value: Any) -> None:
        """Keep a value under a new key."""
        self._values[key] = (value, tensor_bytes(value))
        n_bytes = self.n_bytes
        while len(self._values) > 1 and (n_bytes > self._most_bytes or self._too_many()):
            n_bytes -= self._values.popitem(last=False)[1][1]

    def forget(self, which: Callable[[Any], bool] = lambda _: True) -> None:
        """Keep none of the values whose keys are meant; all are where nothing is said."""
        for key in list(self._values):
            if which(key):
                self._values.pop(key, None)

    def _too_many(self) -> bool:
        return self._most is not None and len(self._values) > self._most


def tensor_bytes(value: Any) -> int:
    """Of the tensors in a value: a tensor, or dataclasses, mappings, lists and tuples of such, each tensor once."""
    found: dict[int, int] = {}

    def look(part: Any) -> None:
        if isinstance(part, Tensor):
            found[id(part)] = part.nbytes
        elif isinstance(part, Mapping):
            for inner in part.values():
                look(inner)
        elif isinstance(part, list | tuple):
            for inner in part:
                look(inner)
        elif is_dataclass(part):
            for inner in fields(part):
                look(getattr(part, inner.name))

    look(value)
    return sum(found.values())

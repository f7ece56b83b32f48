"""Copies of modules at a fraction of what ``copy.deepcopy`` takes, which goes through a dozen empty dicts of each."""

import copy
from collections import OrderedDict
from typing import Any

from torch import nn

_AS_THEY_ARE = {type(None), bool, int, float, str, type}


def copy_of_module(value: Any, memo: dict[int, Any]) -> Any:
    """What ``copy.deepcopy(value, memo)`` gives.

    Modules that say how they are copied, and whatever is no module, dict or plain value, are left to it.

    Args:
        value: a module, or what one holds.
        memo: by ``id``, what stands for an object wherever it is met; what is copied is added.
    """
    kind: Any = type(value)
    if kind in _AS_THEY_ARE or (kind is tuple and all(type(one) in _AS_THEY_ARE for one in value)):
        return value
    if id(value) in memo:
        return memo[id(value)]
    if kind in (dict, OrderedDict):
        copied = memo[id(value)] = kind()
        for key, one in value.items():
            copied[copy_of_module(key, memo)] = copy_of_module(one, memo)
        return copied
    if _is_copied_by_its_state(kind):
        made = memo[id(value)] = kind.__new__(kind)
        made.__setstate__({name: copy_of_module(one, memo) for name, one in value.__getstate__().items()})
        return made
    return copy.deepcopy(value, memo)


def _is_copied_by_its_state(kind: Any) -> bool:
    """Whether it is a module without a way of its own."""
    own_way = hasattr(kind, "__deepcopy__") or kind.__reduce_ex__ is not object.__reduce_ex__
    return issubclass(kind, nn.Module) and not own_way and kind.__getstate__ is nn.Module.__getstate__

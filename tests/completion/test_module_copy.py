"""Copies of modules against those of ``copy.deepcopy``."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.module_copy import copy_of_module


class SharingNetwork(nn.Module):
    """A weight under two names, a buffer, a list of modules in an attribute, and what torch knows nothing of."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(4, 4), nn.Linear(4, 4)
        self.other.weight = self.one.weight
        self.register_buffer("seen", torch.ones(3))
        self.by_name: dict[str, Any] = {"one": self.one, "sizes": [1, 2]}
        self.one.register_forward_hook(doubled)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.other(self.by_name["one"](x))
        return made


class CountingLinear(nn.Linear):
    """It says how it is copied."""

    copies = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> "CountingLinear":
        CountingLinear.copies += 1
        made = CountingLinear(self.in_features, self.out_features)
        made.load_state_dict(self.state_dict())
        return made


def doubled(_module: nn.Module, _given: Any, made: torch.Tensor) -> torch.Tensor:
    return 2 * made


MODULES: dict[str, Callable[[], nn.Module]] = {
    "lidarsel": lambda: LidarselNet(Design()),
    "shared": SharingNetwork,
    "its own way": lambda: nn.Sequential(CountingLinear(4, 4), nn.ReLU()),
    "parametrised": lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 4)), nn.BatchNorm1d(4)),
    "recurrent": lambda: nn.GRU(4, 4),
}


def parts(value: Any, seen: set[int]) -> Iterator[Any]:
    """What a module holds, modules, dicts and lists entered, each once."""
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    inside = value.__dict__ if isinstance(value, nn.Module) else value
    for one in inside.values() if isinstance(inside, dict) else inside if isinstance(inside, list) else ():
        yield from parts(one, seen)


@pytest.mark.parametrize("name", MODULES)
def test_a_copy_is_that_of_deepcopy(name: str) -> None:
    torch.manual_seed(0)
    module = MODULES[name]().eval()
    copied, expected = copy_of_module(module, {}), copy.deepcopy(module)
    ours, theirs = list(parts(copied, set())), list(parts(expected, set()))
    assert [type(one) for one in ours] == [type(one) for one in theirs]
    weights = copied.state_dict()
    assert weights.keys() == expected.state_dict().keys()
    for key, tensor in module.state_dict().items():
        assert torch.equal(weights[key], tensor)
        assert weights[key].data_ptr() != tensor.data_ptr()
    mutable = {id(one) for one in parts(module, set()) if isinstance(one, dict | list | nn.Module)}
    assert mutable.isdisjoint(map(id, ours)), "nothing that can change is held by both"
    if name != "lidarsel":
        given = torch.rand(2, 4)
        torch.testing.assert_close(copied(given), module(given), rtol=0, atol=0)


def test_what_is_known_by_its_address_lives_on() -> None:
    """Another object may come to stand where one of a moment stood, and would be taken for it."""
    module, memo = nn.Sequential(nn.Linear(3, 4), nn.ReLU()), dict[int, Any]()
    copy_of_module(module, memo)
    held = memo.pop(id(memo), [])  # under its own address deepcopy has a memo hold what must live on
    assert id(module[0].weight) in memo
    assert memo.keys() <= {id(one) for one in (*parts(module, set()), *held)}


def test_a_module_s_own_way_is_taken() -> None:
    before = CountingLinear.copies
    assert isinstance(copy_of_module(nn.Sequential(CountingLinear(4, 4)), {})[0], CountingLinear)
    assert CountingLinear.copies == before + 1


def test_what_is_known_beforehand_stands_for_it() -> None:
    module, other = SharingNetwork(), nn.Parameter(torch.zeros(4, 4))
    copied = copy_of_module(module, {id(module.one.weight): other})
    assert copied.one.weight is other
    assert copied.other.weight is other
    assert copied.by_name["one"] is copied.one

"""What of users' networks is left whole, and which are refused: by name, with the operator and where it is."""

import re

import pytest
from torch import nn

from lidarsel.completion.foreign import following
from lidarsel.errors import BadInputError
from tests.completion.foreign import own_networks
from tests.completion.foreign.random_networks import as_network


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (own_networks.NormalisedNet, r"^inner, norm: left whole, as aten\.group_norm in norm is not followed\.$"),
        (own_networks.ShuffledNet, r"^inner: left whole, as aten\.view in .* is not followed"),
        (own_networks.SlicedNet, r"^inner: left whole, as aten\.slice in .* is not followed"),
        (own_networks.Attentive, r"^inner: left whole, as aten\.softmax in .* is not followed"),
        (own_networks.MapNet, r"^level: left whole, as level, which is a map is not followed\.$"),
        (own_networks.WrittenNet, "^inner: left whole, as the network's code goes by their numbers"),
        (own_networks.AveragedNet, "^inner: left whole, as the network's code goes by their numbers"),
    ],
)
def test_layers_left_whole(kind: type[nn.Module], named: str) -> None:
    network = as_network(kind())
    assert [coupling.name for coupling in network.couplings] == ["enter"]
    assert len(network.notes) == 1
    assert re.search(named.replace("inner, norm", "inner(, norm)?"), network.notes[0]), network.notes


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (own_networks.Nothing, "no channel of it can be removed, as it has no inner layer"),
        (own_networks.SoftenedNet, r"no channel of it can be removed: enter: left whole, as aten\.softmax"),
        (
            own_networks.WrappedNet,
            "no channel of it can be removed: enter, inner, leave: left whole, as wrap_with_autocast",
        ),
        (own_networks.Deciding, r"depends on the numbers that it is given \(own_networks\.py, line \d+\)"),
    ],
)
def test_networks_refused(kind: type[nn.Module], named: str) -> None:
    assert_refused(kind, named)


def test_a_trace_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST_S", 0.5)
    assert_refused(own_networks.Endless, r"following its channels takes more than 0\.5 s")


def test_a_trace_that_takes_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST_BYTES", 1 << 29)
    assert_refused(own_networks.Greedy, r"following its channels takes more than 0\.5 GiB")


def assert_refused(kind: type[nn.Module], named: str) -> None:
    network = as_network(kind())
    with pytest.raises(BadInputError, match=rf"^{kind.__name__}: .*{named}") as refused:
        _ = network.couplings
    assert "\n" not in str(refused.value)

"""Every ranking by name: what must hold whatever the network."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from lidarsel.completion.coupling import Coupling, LayerPlace
from lidarsel.completion.units import units_of
from lidarsel.errors import UsageError
from lidarsel.importance.channels.rankings import RANKINGS
from lidarsel.importance.channels.subject import Learning, Subject, Task
from tests.importance.channels.networks import DENSE, INNER, network, subject

DETERMINISTIC = ["taylor", "l1", "l2"]


def scores(name: str, of: Subject) -> NDArray[np.float64]:
    return RANKINGS[name].scores(of)


@pytest.mark.parametrize("name", [name for name in RANKINGS if RANKINGS[name].needs != "radii"])
def test_every_ranking_gives_a_score_for_every_unit_and_repeats_itself(name: str) -> None:
    one, two = (scores(name, subject(learning=Learning(draws=2, epochs=1), seed=3)) for _ in range(2))
    assert one.shape == (INNER + DENSE,)
    assert one.dtype == np.float64
    assert np.isfinite(one).all()
    assert (one >= 0).all()
    assert len(set(one.tolist())) > 2
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("name", list(RANKINGS))
def test_a_ranking_asks_for_what_it_says(name: str) -> None:
    of = subject(task=None)
    if RANKINGS[name].needs in ("data", "radii"):
        with pytest.raises(UsageError, match="there is none"):
            scores(name, of)
    else:
        assert len(scores(name, of)) == INNER + DENSE


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(INNER)), seed=st.integers(0, 50))
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_channels_in_another_order_have_their_scores_in_that_order(name: str, order: list[int], seed: int) -> None:
    whole, other = network(seed), network(seed)
    weights = {key: tensor.clone() for key, tensor in whole.state_dict().items()}
    for key in ("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"):
        weights[key] = weights[key][order]
    weights["5.weight"] = weights["5.weight"].view(DENSE, INNER, 4)[:, order].flatten(1)
    other.load_state_dict(weights)
    before, after = scores(name, subject(whole)), scores(name, subject(other))
    np.testing.assert_allclose(after[:INNER], before[:INNER][order], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(after[INNER:], before[INNER:], rtol=1e-3, atol=1e-6)


def scaled(by: list[float]) -> nn.Sequential:
    """The network with each dense channel so many times as large, and read as many times less: the same answers."""
    made, factor = network(), torch.tensor(by)
    weights = {key: tensor.clone() for key, tensor in made.state_dict().items()}
    weights["5.weight"] *= factor[:, None]
    weights["5.bias"] *= factor
    weights["7.weight"] /= factor
    made.load_state_dict(weights)
    return made


@settings(max_examples=10, deadline=None)
@given(by=st.lists(st.floats(0.1, 10), min_size=DENSE, max_size=DENSE))
def test_scaling_that_changes_no_answer_changes_what_goes_by_answers_not_at_all(by: list[float]) -> None:
    before = {name: scores(name, subject()) for name in DETERMINISTIC}
    after = {name: scores(name, subject(scaled(by))) for name in DETERMINISTIC}
    np.testing.assert_allclose(after["taylor"], before["taylor"], rtol=1e-3, atol=1e-6)
    for name in ("l1", "l2"):
        expected = before[name][INNER:] * by
        np.testing.assert_allclose(after[name][INNER:], expected / expected.mean(), rtol=1e-5)
        np.testing.assert_allclose(after[name][:INNER], before[name][:INNER])


def test_norms_are_those_of_rows_over_their_mean() -> None:
    of = subject()
    weight = dict(of.module.named_parameters())["5.weight"].detach().double().numpy()
    for name, norms in (("l1", np.abs(weight).sum(1)), ("l2", np.linalg.norm(weight, axis=1))):
        np.testing.assert_allclose(scores(name, of)[INNER:], norms / norms.mean())


def test_norms_of_units_and_of_several_makers_add_up() -> None:
    couplings = [Coupling("sum", (2, 1), ("0", "1"), (), (("2", 1),))]
    module = nn.ModuleList([nn.Linear(2, 3), nn.Linear(4, 3), nn.Linear(3, 1)])
    rows = [part.weight.detach().double().numpy() for part in module[:2] if isinstance(part, nn.Linear)]
    both = np.concatenate(rows, axis=1)
    of = Subject(module, couplings, units_of(couplings, "whole"))
    for name, order in (("l1", 1), ("l2", 2)):
        expected = np.array([np.linalg.norm(both[unit].ravel(), order) for unit in ([0, 1], [2])])
        np.testing.assert_allclose(scores(name, of), expected / expected.mean())


def test_norms_of_a_layer_that_is_a_vector() -> None:
    couplings = [Coupling("code", (1,) * 3, places=(("0", LayerPlace(0, "code")),))]
    module = nn.ParameterList([nn.Parameter(torch.tensor([1.0, -4.0, 4.0]))])
    of = Subject(module, couplings, units_of(couplings, "whole"))
    for name in ("l1", "l2"):
        np.testing.assert_allclose(scores(name, of), [1 / 3, 4 / 3, 4 / 3])


def test_taylor_is_the_slope_of_the_loss_by_batches() -> None:
    """Against differences of losses with one channel's readers a little larger and smaller."""
    of = subject()
    weights = {key: tensor.clone().double() for key, tensor in of.module.state_dict().items()}
    batches = [(images.double(), labels) for images, labels in of.used_for.batches]

    def losses(channel: int, scale: float) -> NDArray[np.float64]:
        changed = {**weights, "7.weight": weights["7.weight"].clone()}
        changed["7.weight"][:, channel] *= scale
        asked = network().double()
        asked.load_state_dict(changed)
        with torch.no_grad():
            return np.array([float(nn.functional.cross_entropy(asked(images), y)) for images, y in batches])

    step = 1e-5
    slopes = [np.abs(losses(c, 1 + step) - losses(c, 1 - step)).mean() / (2 * step) for c in range(DENSE)]
    np.testing.assert_allclose(scores("taylor", of)[INNER:], slopes, rtol=1e-3, atol=1e-6)


def all_needed(dead: int) -> Subject:
    """Channels of a linear network of which every one carries a part of what is wanted, but one that is dead."""
    torch.manual_seed(1)
    n = 6
    module = nn.Sequential(nn.Linear(3, n), nn.ReLU(), nn.Linear(n, 2))
    for parameter in module.parameters():
        parameter.data = parameter.data.abs() + 0.2
    assert isinstance(module[0], nn.Linear)
    module[0].weight.data[dead], module[0].bias.data[dead] = 0, 0
    couplings = [Coupling("inner", (1,) * n, ("0",), (), (("2", 1),))]
    inputs = [torch.rand(16, 3) for _ in range(8)]
    batches = [(x, 1.5 * module(x).detach()) for x in inputs]
    of = Task(lambda module, batch: module(batch[0]), lambda y, batch: (y - batch[1]).square().mean(), batches, 128)
    return Subject(module, couplings, units_of(couplings, "whole"), of, Learning(draws=16, epochs=10))


@pytest.mark.parametrize("name", [name for name in RANKINGS if RANKINGS[name].needs in ("data", "weights")])
@pytest.mark.parametrize("dead", [0, 3])
def test_a_dead_channel_counts_least(name: str, dead: int) -> None:
    found = scores(name, all_needed(dead))
    assert int(found.argmin()) == dead
    assert np.delete(found, dead).min() > found[dead]


def test_radii_count_over_their_layers_mean_and_together_by_their_squares() -> None:
    couplings = [Coupling("inner", (2, 2), ("0",), ("1",), (("2", 1),)), Coupling("last", (1, 1), ("2",), (), ())]
    units = units_of(couplings, "whole")
    radii = {"inner": np.array([3.0, 4.0, 1e-9, 0.0]), "last": np.array([2.0, 6.0])}
    found = RANKINGS["radius"].scores(Subject(nn.Identity(), couplings, units, radii=radii))
    first, second = (np.hypot(*radii["inner"][of]) for of in (slice(0, 2), slice(2, 4)))
    mean = (first + second) / 2
    np.testing.assert_allclose(found, [first / mean, second / mean, 0.5, 1.5], rtol=1e-12)


def test_chance_follows_the_seed_alone() -> None:
    one, same, other = (scores("random", subject(network(n), seed=seed)) for n, seed in ((0, 1), (1, 1), (0, 2)))
    assert one.tobytes() == same.tobytes() != other.tobytes()


def test_a_layer_of_zeros_has_no_norms() -> None:
    whole = network()
    assert isinstance(whole[0], nn.Conv2d)
    whole[0].weight.data.fill_(0)
    zero: Callable[[str], NDArray[np.float64]] = lambda name: scores(name, subject(whole))[:INNER]  # noqa: E731
    assert zero("l1").tolist() == zero("l2").tolist() == [0.0] * INNER

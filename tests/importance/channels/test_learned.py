"""What scaled units are found to be worth, and that nothing but their distribution is learned."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lidarsel.completion.coupling import Coupling
from lidarsel.completion.units import units_of
from lidarsel.errors import LidarselError, UsageError
from lidarsel.importance.channels.learned import learn_channel_importance
from lidarsel.importance.channels.subject import Learning, Subject, Task
from tests.importance.channels.networks import DENSE, INNER, subject, task

QUICK = Learning(draws=3, epochs=2)


def weighted(worth: Tensor, learning: Learning, n_data: int = 64) -> Subject:
    """Channels that are all 1, of which a linear layer adds what each is worth; the more, the better."""
    n = len(worth)
    module = nn.Sequential(nn.Linear(1, n), nn.Linear(n, 1, bias=False))
    assert isinstance(module[0], nn.Linear)
    module[0].weight.data.fill_(0)
    module[0].bias.data.fill_(1)
    module[1].weight.data = worth[None].clone()
    couplings = [Coupling("inner", (1,) * n, ("0",), (), (("1", 1),))]
    of = Task(
        lambda module, batch: module(batch),
        lambda found, batch: -found.mean(),
        [torch.zeros(4, 1) for _ in range(8)],
        n_data,
    )
    return Subject(module, couplings, units_of(couplings, "whole"), of, learning)


def test_what_lowers_the_loss_more_gains_importance() -> None:
    worth = torch.tensor([0.1, 3.0, 0.1, 0.2, 2.0, 0.1, 0.1, 0.0])
    found = learn_channel_importance(weighted(worth, Learning(draws=16, epochs=10)))
    assert np.argsort(-found.mean)[:2].tolist() == [1, 4]
    assert found.mean[1] > 2 / 8
    assert found.mean.sum() == pytest.approx(1)
    np.testing.assert_allclose(found.scale, 8 * found.mean)
    assert ((found.spread > 0) & (found.spread < 0.5)).all()


def test_few_data_leave_the_prior() -> None:
    worth = torch.tensor([0.0, 1.0, 0.0, 0.0])
    many, few = (
        learn_channel_importance(weighted(worth, Learning(draws=16, epochs=20), n_data)).mean[1]
        for n_data in (10_000, 1)
    )
    assert many > few > 1 / 4


def test_the_answer_is_averaged_before_the_loss() -> None:
    of = subject(learning=Learning(draws=5, epochs=2))
    asked, judged = [], []

    def answer(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        asked.append(module(batch[0]))
        return asked[-1]

    def loss(logits: Tensor, batch: tuple[Tensor, Tensor]) -> Tensor:
        judged.append(logits.detach())
        return nn.functional.cross_entropy(logits, batch[1])

    learn_channel_importance(replace(of, task=replace(of.used_for, answer=answer, loss=loss)))
    assert len(asked) == 5 * 2 * 3 * 2  # draws, epochs, batches, layers one after another
    assert len(judged) == len(asked) / 5
    torch.testing.assert_close(judged[3], torch.stack(asked[15:20]).mean(0))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_the_network_is_left_as_it_is(training: bool, together: bool) -> None:
    """Batch normalisation's running statistics among the rest, whatever its mode."""
    of = subject(learning=replace(QUICK, together=together))
    of.module.train(training)
    before = {name: tensor.numpy().tobytes() for name, tensor in of.module.state_dict().items()}
    state = torch.random.get_rng_state()
    found = learn_channel_importance(of)
    assert {name: tensor.numpy().tobytes() for name, tensor in of.module.state_dict().items()} == before
    assert all(weight.grad is None and weight.requires_grad for weight in of.module.parameters())
    assert all(module.training == training for module in of.module.modules())
    assert torch.equal(torch.random.get_rng_state(), state)
    assert found.mean.shape == (INNER + DENSE,)
    assert found.mean[:INNER].sum() == pytest.approx(1)
    assert found.mean[INNER:].sum() == pytest.approx(1)


@pytest.mark.parametrize("together", [False, True])
def test_the_same_seed_gives_the_same_bytes(together: bool) -> None:
    learning = replace(QUICK, together=together)
    one, two, other = (learn_channel_importance(subject(learning=learning, seed=seed)) for seed in (4, 4, 5))
    assert one.mean.tobytes() == two.mean.tobytes()
    assert one.spread.tobytes() == two.spread.tobytes()
    assert one.mean.tobytes() != other.mean.tobytes()


def test_no_data_is_told() -> None:
    with pytest.raises(UsageError, match="goes by data, and there is none"):
        learn_channel_importance(subject(task=None))
    with pytest.raises(UsageError, match="goes by data, and there is none"):
        learn_channel_importance(subject(task=task(0)))


def test_a_loss_that_is_not_finite_is_told() -> None:
    of = subject(learning=QUICK)
    bad = replace(of.used_for, loss=lambda found, batch: found.sum() * float("nan"))
    with pytest.raises(LidarselError, match="loss is nan on a batch"):
        learn_channel_importance(replace(of, task=bad))

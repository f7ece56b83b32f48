"""LeNet-5's table, cut and games, on weights and images drawn at random: the data set is not needed."""

import gzip
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))  # scripts, not a package

from fashion import LabelledImages, read_fashion
from lenet import COMPRESSION, KEPT, OURS, PUBLISHED, misses
from lenet_network import (
    WIDTHS,
    LayerGame,
    LeNet,
    accuracy,
    best,
    choose_apart,
    choose_in_turn,
    couplings_of,
    cut,
    train,
)


def network(seed: int = 0) -> LeNet:
    torch.manual_seed(seed)
    made = LeNet(WIDTHS)
    for parameter in made.parameters():
        parameter.data *= 2
    return made.eval()


def images(n: int, seed: int = 1) -> LabelledImages:
    generator = torch.Generator().manual_seed(seed)
    return LabelledImages(torch.rand(n, 1, 28, 28, generator=generator), torch.randint(10, (n,), generator=generator))


def silent(kept: dict[str, np.ndarray]) -> LeNet:
    """The whole network with weights and biases of what is not kept at zero."""
    made = network()
    for name, stay in kept.items():
        layer = getattr(made, name)
        layer.weight.data[~torch.from_numpy(stay)] = 0
        layer.bias.data[~torch.from_numpy(stay)] = 0
    return made


def random_kept(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        coupling.name: best(rng.random(coupling.width), width)
        for coupling, width in zip(couplings_of(WIDTHS), KEPT[seed], strict=True)
    }


@pytest.mark.parametrize("seed", range(len(KEPT)))
def test_a_cut_network_answers_as_one_with_zeros(seed: int) -> None:
    kept = random_kept(seed)
    smaller = cut(network(), kept)
    assert [smaller.conv1.out_channels, smaller.conv2.out_channels] == list(KEPT[seed][:2])
    assert [smaller.full1.out_features, smaller.full2.out_features] == list(KEPT[seed][2:])
    data = images(20)
    torch.testing.assert_close(smaller(data.images), silent(kept)(data.images), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layer", range(4))
def test_a_game_is_the_accuracy_with_zeros(layer: int) -> None:
    data = images(300)
    game = LayerGame(network(), layer, data, by_loss=False)
    coupling = couplings_of(WIDTHS)[layer]
    coalitions = np.random.default_rng(layer).random((20, coupling.width)) < 0.5
    expected = [accuracy(silent({coupling.name: stay}), data) for stay in coalitions]
    np.testing.assert_allclose(game.values(0, coalitions), expected, atol=0.4)  # an image may be a tie in rounding


def test_a_game_of_the_loss_is_the_cross_entropy_with_zeros() -> None:
    data = images(50)
    stay = np.arange(20) % 3 > 0
    with torch.no_grad():
        expected = nn.functional.cross_entropy(silent({"conv2": stay})(data.images), data.labels)
    found = LayerGame(network(), 1, data, by_loss=True).values(0, stay[None])
    assert found.tolist() == pytest.approx([-float(expected)], rel=1e-5)


def test_the_best_of_a_layer_are_kept() -> None:
    assert best(np.array([1.0, 3.0, 3.0, 2.0]), 2).tolist() == [False, True, True, False]
    assert best(np.array([0.0, 0.0]), 1).tolist() == [True, False]


def test_in_turn_a_layer_is_judged_with_those_before_it_cut() -> None:
    asked = []

    def scores(judged: LeNet, layer: int) -> np.ndarray:
        asked.append((judged.widths, layer))
        return np.arange(judged.widths[layer], dtype=float)

    apart = choose_apart(network(), scores, KEPT[:2])
    assert asked == [(WIDTHS, layer) for layer in range(4)]
    asked.clear()
    in_turn = choose_in_turn(network(), scores, KEPT[:2])
    assert asked == [
        *((WIDTHS, 0), ((3, 20, 100, 25), 1), ((3, 4, 100, 25), 2), ((3, 4, 20, 25), 3)),
        ((3, 4, 30, 25), 3),
    ]
    for one, other in zip(apart, in_turn, strict=True):
        assert {name: stay.tolist() for name, stay in one.items()} == {n: stay.tolist() for n, stay in other.items()}


def test_training_sees_every_image_and_repeats_itself() -> None:
    data = images(200)
    data.labels[:] %= 2
    data.images[data.labels == 1] /= 2  # the dark ones
    one, two = network(), network()
    for net in (one, two):
        train(net, data, 30, 5e-3, 3)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))
    assert accuracy(one, data) > 90


def test_bars_that_are_missed_are_named() -> None:
    published = list(PUBLISHED["published ranking"])
    above, below = [value + 1 for value in published], [published[0] - 1, *(value + 1 for value in published[1:])]
    low = [10.0] * len(COMPRESSION)
    reached = {**dict.fromkeys(OURS, above), "l1": low, "l2": low}
    trained = {**dict.fromkeys(OURS, above), "from scratch": low}
    assert misses(reached, trained) == []
    assert misses({**reached, "shapley": below}, trained) == ["shapley is not above published ranking at 0.95"]
    assert misses({**reached, "l2": above}, trained) == [
        f"{name} is not above l2 at {', '.join(map(str, COMPRESSION))}" for name in OURS
    ]
    assert misses(reached, {**trained, "dirichlet in turn": [*low[:-1], 9.0]}) == [
        "dirichlet in turn, trained on, is below from scratch at 0.6"
    ]


def written(folder: Path, part: str, n: int) -> None:
    header = np.array([0x803, n, 28, 28], ">u4").tobytes()
    (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(
        gzip.compress(header + bytes(range(256)) + bytes(784 * n - 256))
    )
    labels = np.array([0x801, n], ">u4").tobytes() + bytes(number % 10 for number in range(n))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))


def test_the_data_set_is_read_as_it_is_written(tmp_path: Path) -> None:
    written(tmp_path, "train", 5003)
    written(tmp_path, "t10k", 4)
    training, validation, test = read_fashion(tmp_path)
    assert [len(part) for part in (training, validation, test)] == [3, 5000, 4]
    assert training.images[0].flatten()[:256].mul(255).round().int().tolist() == list(range(256))
    assert validation.labels[:3].tolist() == [3, 4, 5]


def test_a_damaged_data_set_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "train", 6)
    written(tmp_path, "t10k", 4)
    file = tmp_path / "train-labels-idx1-ubyte.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes())[:-1]))
    with pytest.raises(SystemExit, match="is no IDX file of 1 dimensions"):
        read_fashion(tmp_path)

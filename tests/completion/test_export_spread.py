"""``lidarsel export`` of networks that say how far their depths may be off: the file says it too."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lidarsel.choices import SpreadKind
from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.lidarsel_net.checkpoint import save_ensemble, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.laplace import last_weights, set_root
from lidarsel.completion.lidarsel_net.network import LidarselNet, spreading
from lidarsel.completion.registry import load_network
from lidarsel.completion.spreading import DEPTH, SPREAD, with_spread
from lidarsel.errors import LidarselError
from lidarsel.settings import RunSettings
from lidarsel.workflow import exporting
from lidarsel.workflow.exporting import Differences, export_network, largest_differences, made_up_street
from tests.completion.foreign.test_spread import Spreading
from tests.completion.lidarsel_net.mixtures import network as mixture_network
from tests.completion.lidarsel_net.networks import random_network
from tests.support.commands import lidarsel, succeeded

DESIGN = Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16))
SIZE = (40, 72)
KINDS = ("nll", "radial", "dropout", "laplace", "ensemble")


def network(kind: SpreadKind, of: LidarselNet) -> LidarselNet:
    """With the weights of one without a spread, and a spread that is another one at every pixel."""
    made = spreading(of, kind, 0)
    draw = torch.Generator().manual_seed(0)
    for name, parameter in made.depth_branch.named_parameters():
        if name.startswith("spread."):
            parameter.data = torch.randn(parameter.shape, generator=draw) / 3
    if kind == "laplace":
        size = len(last_weights(made.depth_branch))
        set_root(made.depth_branch, np.tril(np.random.default_rng(0).normal(0, 0.1, (size, size))))
    return made.eval()


@pytest.fixture
def weights(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """As ``lidarsel train --uncertainty`` writes them, of the kind that is asked for; three networks of an ensemble."""
    path = tmp_path / "w.safetensors"
    if request.param == "ensemble":
        save_ensemble([network("nll", random_network(DESIGN, seed)) for seed in range(3)], path, {})
    else:
        save_network(network(request.param, random_network(DESIGN)), path, {})
    return path


def answers(of: CompletionNetwork) -> tuple[Tensor, Tensor]:
    image, sparse_depth_m, intrinsics = made_up_street(*SIZE)
    spread = with_spread(of)
    assert spread is not None
    return spread.complete_with_spread(of.encode(image, intrinsics), sparse_depth_m)


def assert_same(found: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor]) -> None:
    """To rounding, which counts more in a spread that is made of differences of draws."""
    torch.testing.assert_close(found[0], expected[0], rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(found[1], expected[1], rtol=2e-3, atol=0)
    shares = expected[1] / expected[0]
    assert float(shares.max() / shares.min()) > 1.5


@pytest.mark.parametrize("weights", KINDS, indirect=True)
def test_in_one_piece_it_answers_as_in_use(weights: Path) -> None:
    """What is traced; that the trace says the same is told of one below, and of every kind among the slow tests."""
    used: Any = load_network(str(weights))
    image, sparse_depth_m, _ = made_up_street(*SIZE)
    with torch.inference_mode():
        told = used.in_one_piece()(image.expand(len(sparse_depth_m), -1, -1, -1), sparse_depth_m)
    assert_same((told[DEPTH], told[SPREAD]), answers(used))


@pytest.mark.slow
def test_the_command_writes_the_spread_of_a_mixture_with_its_draws(tmp_path: Path) -> None:
    """A network with all that one may have: experts, of which each place is computed by some, and drawn weights."""
    path = tmp_path / "w.safetensors"
    save_network(network("radial", mixture_network()), path, {})
    done = lidarsel("export", "n.pt2", "--weights", path, "--size", "x".join(map(str, SIZE)), cwd=tmp_path)
    told = " ".join(succeeded(done).split()).partition("largest difference from PyTorch: ")[2]
    depth, spread = told.partition(" of it")[0].split(" m, of the spread ")
    assert float(depth) < 1e-3
    assert float(spread) < 1e-2
    assert_same(answers(load_network(str(tmp_path / "n.pt2"))), answers(load_network(str(path))))


@pytest.mark.slow
@pytest.mark.parametrize("weights", KINDS, indirect=True)
def test_a_pt2_file_of_every_kind_tells_its_spread(weights: Path, tmp_path: Path) -> None:
    export_network(RunSettings(weights=str(weights)), tmp_path / "n.pt2", SIZE)
    assert_same(answers(load_network(str(tmp_path / "n.pt2"))), answers(load_network(str(weights))))


@pytest.mark.slow
@pytest.mark.parametrize("weights", KINDS, indirect=True)
def test_an_onnx_file_of_every_kind_tells_it_to_other_programs(weights: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    onnxruntime = pytest.importorskip("onnxruntime")
    export_network(RunSettings(weights=str(weights)), tmp_path / "n.onnx", SIZE)
    expected = answers(load_network(str(weights)))
    assert_same(answers(load_network(str(tmp_path / "n.onnx"))), expected)
    session = onnxruntime.InferenceSession(str(tmp_path / "n.onnx"), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_outputs()] == [DEPTH, SPREAD]
    image, sparse_depth_m, _ = made_up_street(*SIZE)
    images = image.expand(len(sparse_depth_m), -1, -1, -1)
    found = session.run(None, {"image": images.numpy(), "sparse_depth_m": sparse_depth_m.numpy()})
    assert_same((torch.from_numpy(found[0]), torch.from_numpy(found[1])), expected)


def test_a_users_network_is_written_with_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = f"{Spreading.__module__}:{Spreading.__name__}"
    assert export_network(RunSettings(network=spec), tmp_path / "n.pt2", (48, 80)) == Differences(0.0, 0.0)
    sparse = torch.where(torch.rand(2, 1, 48, 80) < 0.1, 30.0, 0.0)
    written: Any = load_network(str(tmp_path / "n.pt2"))
    told = written.complete_with_spread(written.encode(None), sparse)
    assert torch.equal(told[0], torch.where(sparse > 0, 30.0, 10.0))
    assert torch.equal(told[1], torch.where(sparse > 0, 3.0, 1.0))
    monkeypatch.setattr(exporting, "SPREAD_TOLERANCE", -1.0)
    with pytest.raises(LidarselError, match=r"other\.pt2: .*'s by up to 0 m, of the spread 0 of it, so it was not"):
        export_network(RunSettings(network=spec), tmp_path / "other.pt2", (48, 80))
    assert [path.name for path in tmp_path.iterdir()] == ["n.pt2"]


class Answering:
    """A network that answers 10 m, and a spread of so many metres if any."""

    def __init__(self, depth_m: float, spread_m: float | None) -> None:
        self.depth_m, self.spread_m = depth_m, spread_m
        self.tells_spread = spread_m is not None

    def encode(self, *_given: object) -> None:
        pass

    def complete(self, _features: None, sparse_depth_m: Tensor) -> Tensor:
        return torch.full_like(sparse_depth_m, self.depth_m)

    def complete_with_spread(self, features: None, sparse_depth_m: Tensor) -> tuple[Tensor, Tensor]:
        assert self.spread_m is not None
        return self.complete(features, sparse_depth_m), torch.full_like(sparse_depth_m, self.spread_m)


@pytest.mark.parametrize(
    ("one", "other", "depth_m", "spread", "too_large"),
    [
        ((10.0, None), (10.0005, None), 0.0005, None, False),
        ((10.0, None), (10.002, None), 0.002, None, True),
        ((10.0, None), (10.0, 2.0), 0.0, None, False),
        ((10.0, 2.0), (10.0, 2.01), 0.0, 0.005, False),
        ((10.0, 2.0), (10.0, 2.04), 0.0, 0.02, True),
        ((10.0, 2.0), (10.0, None), 0.0, np.inf, True),
        ((10.0, 2.0), (10.0, np.nan), 0.0, np.nan, True),
    ],
)
def test_a_spread_that_differs_is_found(one: Any, other: Any, depth_m: float, spread: Any, too_large: bool) -> None:
    found = largest_differences(Answering(*one), Answering(*other), (16, 16))  # type: ignore[arg-type]
    assert found.depth_m == pytest.approx(depth_m, abs=1e-6)
    assert found.spread == (None if spread is None else pytest.approx(spread, rel=1e-2, nan_ok=True))
    assert found.too_large == too_large

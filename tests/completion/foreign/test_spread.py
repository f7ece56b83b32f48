"""Users' networks that return ``spread_m`` beside the depth."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lidarsel.completion.base import NoDepthError
from lidarsel.completion.foreign.module import load_factory
from lidarsel.completion.foreign.network import ForeignNetwork
from lidarsel.completion.registry import load_network
from lidarsel.completion.spreading import with_spread


class Spreading(nn.Module):
    """Depth is 10 m and the spread a tenth of the measured depth, a metre where there is none."""

    size_multiple = 16

    def forward(self, sparse_depth_m: Tensor) -> dict[str, Tensor]:
        known = sparse_depth_m > 0
        depth_m = torch.where(known, sparse_depth_m, torch.full_like(sparse_depth_m, 10.0))
        return {"depth": depth_m, "spread_m": torch.where(known, sparse_depth_m / 10, torch.ones_like(sparse_depth_m))}


class Nothing(Spreading):
    """No spread where most is measured, which the frame it is tried out on is not."""

    def forward(self, sparse_depth_m: Tensor) -> dict[str, Tensor]:
        answer = super().forward(sparse_depth_m)
        answer["spread_m"] = answer["spread_m"] * ((sparse_depth_m > 0).float().mean() < 0.5)
        return answer


class WithoutSpread(Spreading):
    def forward(self, sparse_depth_m: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(sparse_depth_m)["depth"]


def sparse() -> Tensor:
    canvas = torch.zeros(3, 1, 40, 50)
    canvas[0, 0, 12, 7], canvas[1, 0, 39, 49] = 20.0, 30.0
    return canvas


def asked(network: ForeignNetwork) -> None:
    assert with_spread(network) is network
    depth_m, spread_m = network.complete_with_spread(network.encode(None), sparse())
    assert torch.equal(depth_m, network.complete(network.encode(None), sparse()))
    assert spread_m.shape == (3, 1, 40, 50)
    assert float(spread_m[0, 0, 12, 7]) == 2
    assert float(spread_m[1, 0, 39, 49]) == 3
    assert int((spread_m != 1).sum()) == 2


def test_a_factorys_spread_is_asked_for() -> None:
    network = load_factory(f"{__name__}:Spreading", None, "cpu")
    asked(network)
    assert any("depth is taken for the depth" in note for note in network.notes)
    assert with_spread(load_factory(f"{__name__}:WithoutSpread", None, "cpu")) is None


@pytest.mark.parametrize("ending", ["onnx", "pt2"])
def test_a_files_spread_is_asked_for(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"own.{ending}"
    given = {"sparse_depth_m": torch.zeros(1, 1, 48, 64)}
    if ending == "onnx":
        pytest.importorskip("onnxruntime")
        torch.onnx.export(Spreading(), (), str(path), kwargs=given, output_names=["depth", "spread_m"], verbose=False)
    else:
        torch.export.save(torch.export.export(Spreading(), (), given), path)
    network = load_network(str(path))
    spreading = with_spread(network)
    assert spreading is not None
    spread_m = spreading.complete_with_spread(network.encode(None), torch.full((1, 1, 48, 64), 7.0))[1]
    torch.testing.assert_close(spread_m, torch.full((1, 1, 48, 64), 0.7))


def test_a_spread_of_nothing_is_refused() -> None:
    network = load_factory(f"{__name__}:Nothing", None, "cpu")
    with pytest.raises(NoDepthError, match=r"returned a spread_m from 0 to 0, which must be finite and > 0 m"):
        network.complete_with_spread(network.encode(None), torch.full((1, 1, 48, 64), 7.0))

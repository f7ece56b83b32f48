"""A cut network of a user's own as a .pt2 file: its own answers, in every command."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from lidarsel.completion.export import export_program, to_pt2
from lidarsel.completion.foreign.adaptation import AS_IT_IS, Adaptation, parse_inputs
from lidarsel.completion.foreign.cuttable import CuttableNetwork
from lidarsel.completion.registry import load_network
from lidarsel.errors import UsageError
from tests.completion.foreign.random_networks import some_kept
from tests.support.commands import ROOT, lidarsel, succeeded

SAMPLE_SIZE = (128, 424)
OWN = "tests.completion.foreign.own_networks"


def cut_and_written(path: Path, factory: str, adaptation: Adaptation = AS_IT_IS) -> CuttableNetwork:
    network = load_network(f"{OWN}:{factory}", adaptation=adaptation)
    assert isinstance(network, CuttableNetwork)
    cut = network.cut(some_kept(network.couplings, 2))
    assert sum(map(len, cut.module.parameters())) < sum(map(len, network.module.parameters()))
    path.write_bytes(to_pt2(export_program(cut, SAMPLE_SIZE)))
    return cut


def assert_answers(path: Path, cut: CuttableNetwork) -> None:
    written = load_network(str(path))
    draw = torch.Generator().manual_seed(1)
    image, depth_m = torch.rand(1, 3, *SAMPLE_SIZE, generator=draw), torch.rand(2, 1, *SAMPLE_SIZE, generator=draw)
    depth_m = 40 * depth_m * (torch.rand(depth_m.shape, generator=draw) < 0.1)
    answers = [network.complete(network.encode(image), depth_m) for network in (written, cut)]
    torch.testing.assert_close(answers[0], answers[1], rtol=0, atol=1e-5)


@pytest.mark.slow
def test_the_file_gives_the_cut_network_s_depths_in_a_command(tmp_path: Path) -> None:
    cut = cut_and_written(tmp_path / "cut.pt2", "own")
    assert_answers(tmp_path / "cut.pt2", cut)
    done = lidarsel(
        *("evaluate", ROOT / "datasets" / "sample", "--network", "cut.pt2", "--lines", "0,4,8-20", "--json"),
        cwd=tmp_path,
    )
    report = json.loads(succeeded(done))
    assert report["network"] == "cut.pt2"
    assert all(np.isfinite(row["rmse_mm"]) for row in report["rows"])


def test_what_options_say_of_a_network_is_in_the_file(tmp_path: Path) -> None:
    said = Adaptation(inputs=parse_inputs("sample.rgb=image,sample.d=sparse_depth_m"), output="pred", min_depth_m=0.5)
    assert_answers(tmp_path / "cut.pt2", cut_and_written(tmp_path / "cut.pt2", "in_a_dictionary", said))


def test_no_depth_of_the_frame_s_size_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"own_networks:coarse: returned 0 .*, 1 .*none of them .*; give another"):
        export_program(load_network(f"{OWN}:coarse"), SAMPLE_SIZE)

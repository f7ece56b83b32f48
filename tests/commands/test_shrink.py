"""``lidarsel shrink`` as users run it, on two small drives and a tiny network."""

import json
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lidarsel.choices import FIGURES
from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_network
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet, spreading
from lidarsel.datasets.registry import open_dataset
from lidarsel.evaluation.channel_game import ChannelChoice, ChannelGame
from lidarsel.shrinking.work import Work
from lidarsel.uncertainty.radial import RadialConv2d
from tests.support.commands import assert_refused, lidarsel, outcome_of, started, succeeded
from tests.support.quick import slow_but

TINY = Design(image_channels=(8, 8, 16, 16, 16), depth_channels=(8, 8, 16))
BASE = ("--weights", "tiny.safetensors", "--crop", "96x192", "--device", "cpu", "--sets", "20", "--budget", "8")
RANKED = ("--norm-groups", "whole", "--round", "1", "--evaluations", "700", "--retrain", "6")
SHRINK = (*BASE, *RANKED, "-o", "small.safetensors")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the weights of a tiny network, whose answers its channels have a say in."""
    network = LidarselNet(TINY, seed=3)
    network.depth_branch.leave.weight.data.mul_(20)
    save_network(network, tmp_path / "tiny.safetensors", {})
    return tmp_path


@pytest.fixture(scope="module")
def shrunk(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a command that went through."""
    folder = tmp_path_factory.mktemp("shrunk")
    network = LidarselNet(TINY, seed=3)
    network.depth_branch.leave.weight.data.mul_(20)
    save_network(network, folder / "tiny.safetensors", {})
    said = succeeded(lidarsel("shrink", drives, *SHRINK, cwd=folder))
    assert "of the MACs" in said
    return folder


def report(folder: Path, name: str = "report.json") -> Any:
    return json.loads((folder / "small.shrink" / name).read_text())


def without_times(content: Any) -> Any:
    """Without what no two runs have in common."""
    for step in content["steps"]:
        del step["ms"]
    return content


def test_the_smaller_network_is_what_the_report_says(shrunk: Path) -> None:
    content = report(shrunk)
    small = load_weights(shrunk / "small.safetensors")
    assert {layer["name"]: layer["after"] for layer in content["layers"]} == {
        name: small.design.width(name) for name in TINY.width_names()
    }
    networks = (LidarselNet(TINY), small)
    whole, left = (Work(FrozenLidarselNet(network, "cpu"), (96, 192)).macs({}) for network in networks)
    assert left.total <= 0.5 * whole.total
    for step, macs, network in zip((content["steps"][0], content["steps"][-1]), (whole, left), networks, strict=True):
        assert step["macs"] == pytest.approx({"encoder": macs.encoder, "coalition": macs.coalition})
        assert step["n_bytes"] == 4 * sum(weight.numel() for weight in network.parameters())


def test_every_command_takes_it_and_finds_the_errors_told(drives: Path, shrunk: Path) -> None:
    """All lines, on the same held-out frames, by ``evaluate``."""
    for weights, step in (("tiny.safetensors", 0), ("small.safetensors", -1)):
        options = ("--weights", weights, "--crop", "96x192", "--part", "held-out", "--lines", "0,8")
        said = succeeded(lidarsel("evaluate", drives, *options, "-o", f"{weights}.json", "--json", cwd=shrunk))
        (every,) = (row for row in json.loads(said)["rows"] if row["method"] == "all")
        told = report(shrunk)["steps"][step]["errors"][-1]
        assert told["lines"] is None
        assert told["rmse_mm"] == pytest.approx(every["rmse_mm"], rel=1e-6)


def test_importance_has_every_channel_once_and_says_what_was_kept(shrunk: Path) -> None:
    units, small = report(shrunk, "importance.json")["units"], load_weights(shrunk / "small.safetensors")
    for name in TINY.width_names():
        mine = [unit for unit in units if unit["layer"] == name]
        assert sorted(channel for unit in mine for channel in unit["channels"]) == list(range(TINY.width(name)))
        kept = [channel for unit in mine if unit["kept"] for channel in unit["channels"]]
        assert len(kept) == small.design.width(name)
    assert all(unit["standard_error"] > 0 for unit in units)


@pytest.mark.slow
def test_a_killed_run_ends_in_the_bytes_of_a_whole_one(drives: Path, shrunk: Path, place: Path) -> None:
    command = ("shrink", drives, *SHRINK)
    running = started(*command, cwd=place)
    resume = place / "small.shrink" / "retrained.safetensors.resume"
    while running.poll() is None and not (resume.is_file() and resume.stat().st_size > 10_000):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    outcome_of(running, 60)
    assert not (place / "small.safetensors").exists()
    succeeded(lidarsel(*command, cwd=place))
    assert (place / "small.safetensors").read_bytes() == (shrunk / "small.safetensors").read_bytes()
    assert without_times(report(place)) == without_times(report(shrunk))
    assert report(place, "importance.json") == report(shrunk, "importance.json")


@pytest.mark.slow
def test_many_sets_an_image_make_what_runs_for_each_the_smaller(drives: Path, shrunk: Path, place: Path) -> None:
    """Half of an image with 64 sets of lines is nearly half of the depth branch; the target is held."""
    options = (*SHRINK, "--by", "l1", "--retrain", 0, "--sets-per-image", 64, "--macs", "60%")
    assert "of the MACs of an image with 64 sets of lines" in succeeded(lidarsel("shrink", drives, *options, cwd=place))
    whole, *_, last = (step["macs"] for step in report(place)["steps"])
    of_image = [macs["encoder"] + 64 * macs["coalition"] for macs in (whole, last)]
    assert of_image[1] <= 0.6 * of_image[0]
    assert last["coalition"] <= 0.62 * whole["coalition"]
    assert last["encoder"] > last["coalition"] * whole["encoder"] / whole["coalition"]


@pytest.mark.parametrize("by", slow_but(["dirichlet"], ["l1", "taylor", "random", "dirichlet"]))
def test_other_rankings_need_no_game(by: str, drives: Path, place: Path) -> None:
    options = (*BASE, "--by", by, "--retrain", "0", "--macs", "60%", "-o", "small.safetensors")
    succeeded(lidarsel("shrink", drives, *options, cwd=place))
    content = report(place)
    assert [step["name"] for step in content["steps"]] == ["whole", "cut"]
    assert content["retrained_on"] is None
    assert report(place, "importance.json")["n_evaluations"] == 0


def test_channels_whose_radius_vanished_go(drives: Path, place: Path) -> None:
    """Before all others the second of the last layer's inputs, by its column's radius; no layer without radii."""
    radial = spreading(load_weights(place / "tiny.safetensors"), "radial", 0)
    leave = radial.depth_branch.get_submodule("leave")
    assert isinstance(leave, RadialConv2d)
    leave.weight_posterior.column_radii.local_mean.data[:, 1] -= 10
    save_network(radial, place / "tiny.safetensors", {})
    options = (*BASE, "--by", "radius", "--round", "1", "--retrain", "0", "--macs", "99%", "-o", "small.safetensors")
    succeeded(lidarsel("shrink", drives, *options, cwd=place))
    units = report(place, "importance.json")["units"]
    assert {unit["layer"] for unit in units} == {"enter", "fuse4"}
    least = min(units, key=lambda unit: unit["score"])
    assert (least["layer"], least["channels"], least["kept"]) == ("fuse4", [1], False)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--macs", "1%"), "the smallest network there is has"),
        (("--size", "1kB"), "the smallest network there is has"),
        (("--network", "nearest"), "nearest"),
        (("--macs", "fifty"), "neither a share"),
        (("--macs", "50%", "--size", "1MB"), "give one of them"),
        (("-o", "small.pt2"), "small.pt2"),
        (("--by", "luck"), "luck"),
        (("--by", "radius"), "--by radius goes by radial posteriors"),
    ],
)
def test_what_cannot_be_is_one_line(options: tuple[str, ...], told: str, drives: Path, place: Path) -> None:
    given = ["--by", "l1", "--retrain", "0", *BASE, "-o", "small.safetensors", *options]
    if "--network" in options:
        del given[given.index("--weights") : given.index("--weights") + 2]
    assert_refused(lidarsel("shrink", drives, *given, cwd=place), told)
    assert not (place / "small.safetensors").exists()


OWN = """
import torch
from torch import nn


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(4, 12, 3, padding=1)
        self.norm = nn.BatchNorm2d(12)
        self.middle = nn.Conv2d(12, 10, 3, padding=1)
        self.leave = nn.Conv2d(10, 1, 3, padding=1)

    def forward(self, image, sparse_depth_m):
        x = torch.relu(self.norm(self.enter(torch.cat([image, sparse_depth_m / 50], 1))))
        return 10 + 40 * torch.sigmoid(self.leave(torch.relu(self.middle(x))))


def factory():
    torch.manual_seed(0)
    return Plain()


class WithCamera(Plain):
    def forward(self, image, sparse_depth_m, intrinsics):
        return super().forward(image, sparse_depth_m) + 0 * intrinsics.mean()


class WithoutGradient(Plain):
    def forward(self, image, sparse_depth_m):
        return super().forward(image, sparse_depth_m).detach()
"""


def test_a_network_of_ones_own_is_cut_and_written_as_a_program(drives: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    own = ("--network", "mine:factory", "--crop", "96x192", "--device", "cpu", "--sets", "20", "--budget", "8")
    ranked = ("--by", "l1", "--round", "1", "--macs", "40%", "--retrain", "30", "-o", "small.pt2")
    said = succeeded(lidarsel("shrink", drives, *own, *ranked, cwd=tmp_path))
    assert "retrained" in said
    content = report(tmp_path)
    cut, retrained = (step["errors"] for step in content["steps"][1:])
    assert np.mean([error["rmse_mm"] for error in retrained]) < np.mean([error["rmse_mm"] for error in cut])
    widths = {layer["name"]: (layer["before"], layer["after"]) for layer in content["layers"]}
    assert sorted(before for before, _ in widths.values()) == [10, 12]
    places, (first, second) = 96 * 192, sorted((after for _, after in widths.values()), reverse=True)
    assert round(sum(content["steps"][-1]["macs"].values())) in {
        9 * places * (4 * one + one * other + other) for one, other in ((first, second), (second, first))
    }
    options = ("--network", "small.pt2", "--crop", "96x192", "--part", "held-out", "--lines", "0,8", "--json")
    judged = json.loads(succeeded(lidarsel("evaluate", drives, *options, "-o", "r.json", cwd=tmp_path)))
    (every,) = (row for row in judged["rows"] if row["method"] == "all")
    assert content["steps"][-1]["errors"][-1]["rmse_mm"] == pytest.approx(every["rmse_mm"], rel=1e-5)


@pytest.mark.parametrize(
    ("network", "problem"),
    [("WithCamera", "takes the camera's intrinsics"), ("WithoutGradient", "cannot be trained on")],
)
def test_a_network_that_cannot_be_trained_on_is_told_what_to_do(
    drives: Path, tmp_path: Path, network: str, problem: str
) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    own = ("--network", f"mine:{network}", "--crop", "96x192", "--device", "cpu", "--sets", "20", "--budget", "8")
    ranked = ("--by", "l1", "--round", "1", "--macs", "40%", "--retrain", "2", "-o", "small.pt2")
    assert_refused(lidarsel("shrink", drives, *own, *ranked, cwd=tmp_path), problem, "give --retrain 0")
    assert not (tmp_path / "small.pt2").exists()


@pytest.mark.slow
def test_layer_by_layer_every_layer_s_values_add_up_to_what_it_brings(drives: Path, place: Path) -> None:
    """With all other layers whole, a layer's Shapley values sum to the whole network's gain over one without it."""
    small = ("--crop", "64x96", "--evaluations", "800", "--retrain", "0", "-o", "small.safetensors")
    succeeded(lidarsel("shrink", drives, *BASE, "--layerwise", *RANKED, *small, cwd=place))
    units = report(place, "importance.json")["units"]
    sums = {name: sum(unit["score"] for unit in units if unit["layer"] == name) for name in TINY.width_names()}
    whole = FrozenLidarselNet(load_weights(place / "tiny.safetensors"), "cpu")
    game = ChannelGame(
        open_dataset(drives),
        [frame for frame, name in enumerate(open_dataset(drives).frame_ids) if name in _ranked_on(place)],
        whole,
        ChannelChoice(("fuse4",), "whole", (0, 4, 8, 16, 32, "all")),
        (64, 96),
        "cpu",
    )
    ends = np.stack([np.zeros(8, np.bool_), np.ones(8, np.bool_)])
    gains = [float(np.diff(-game.errors(frame, ends)[:, FIGURES.index("rmse_mm")])[0]) for frame in range(len(game))]
    assert sums["fuse4"] == pytest.approx(np.mean(gains), rel=1e-6)


def _ranked_on(place: Path) -> list[str]:
    names: list[str] = report(place)["ranked_on_frames"]
    return names


def test_experts_are_players_and_are_cut(drives: Path, place: Path) -> None:
    """For a size that channels alone could meet as well: an untrained expert is worth little for its weights."""
    design = replace(TINY, experts=4)
    whole = LidarselNet(design, seed=3)
    whole.depth_branch.leave.weight.data.mul_(20)
    save_network(whole, place / "tiny.safetensors", {})
    n_bytes = 4 * sum(weight.numel() for weight in whole.parameters())
    asked = ("--size", f"{n_bytes // 2000}kB", "--by", "taylor", "--round", "8", "--retrain", "0")
    succeeded(lidarsel("shrink", drives, *BASE, *asked, "-o", "small.safetensors", cwd=place))
    importance = report(place, "importance.json")
    experts = [unit for unit in importance["units"] if unit["layer"] == "experts"]
    assert [unit["channels"] for unit in experts] == [[number] for number in range(4)]
    small = load_weights(place / "small.safetensors")
    assert small.design.width("experts") == sum(unit["kept"] for unit in experts) < 4
    options = ("--weights", "small.safetensors", "--crop", "96x192", "--lines", "0,8", "--device", "cpu")
    succeeded(lidarsel("evaluate", drives, *options, "-o", "r.json", cwd=place))

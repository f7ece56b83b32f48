"""``lidarsel train --uncertainty ensemble`` as users run it: whole trainings by one seed after the other, one file."""

import json
from pathlib import Path

import torch

from lidarsel.completion.lidarsel_net.checkpoint import load_members, load_weights
from tests.support.commands import assert_refused, lidarsel, succeeded

RECIPE = """
start: scratch
steps: 2
seed: 7
images_per_step: 1
subsets_per_image: 2
crop: [64, 96]
validate_every: 2
validation_frames: 1
validation_crop: [64, 96]
design: {image_channels: [8, 8, 16, 16, 16], depth_channels: [8, 8, 16]}
"""


def test_an_ensemble_goes_on_with_the_networks_that_are_there(drives: Path, tmp_path: Path) -> None:
    """What was trained before the kill: its first network, which is the one that its seed gives by itself."""
    (tmp_path / "recipe.yaml").write_text(f"data: {drives}\n{RECIPE}")
    members = tmp_path / "w.members"
    members.mkdir()
    given = ("train", "--recipe", "recipe.yaml", "--uncertainty")
    succeeded(lidarsel(*given, "nll", "-o", "w.members/1.safetensors", cwd=tmp_path))
    first = load_weights(members / "1.safetensors").state_dict()
    whole = (*given, "ensemble", "--members", 2, "-o", "w.safetensors")
    assert_refused(lidarsel(*whole, "--steps", 3, cwd=tmp_path), "1.safetensors", "of other settings")
    done = lidarsel(*whole, cwd=tmp_path)
    assert succeeded(done) == "weights: w.safetensors\ncurves: w.members\n"
    one, other = (network.state_dict() for network in load_members(tmp_path / "w.safetensors"))
    assert all(torch.equal(one[name], weight) for name, weight in first.items())
    assert not torch.equal(one["depth_branch.enter.weight"], other["depth_branch.enter.weight"])
    assert sorted(path.suffix for path in members.iterdir()) == [".html", ".html", ".jsonl", ".jsonl"]
    used = ("--lines", "0-9", "--weights", "w.safetensors", "--crop", "64x96", "--uncertainty", "--json")
    report = json.loads(succeeded(lidarsel("evaluate", drives, *used, cwd=tmp_path)))
    assert report["network"] == "lidarsel, 2 networks"
    assert report["spread"]["rows"][0]["half_width_m"] > 0
    assert_refused(lidarsel(*given, "nll", "--members", 2, cwd=tmp_path), "leave --members out")
    assert_refused(lidarsel(*given, "nll", "--start", "w.safetensors", cwd=tmp_path), "ensemble of 2", "one network")

"""``lidarsel scale`` as users run it, on two small drives."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.design import Design
from tests.support.commands import assert_refused, lidarsel, outcome_of, started, succeeded
from tests.test_schemas import validate

LADDER = ("--widths", "0.2,0.4", "--frames", "1,2", "--steps", "2", "--crop", "96x192", "--device", "cpu")
NAMES = [f"width-{width}-frames-{frames}" for width in ("0.2", "0.4") for frames in (1, 2)]


@pytest.fixture(scope="module")
def scaled(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a command that went through."""
    folder = tmp_path_factory.mktemp("scaled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")  # as many as a worker of Ray has: gradients round by it
        done = lidarsel("scale", drives, *LADDER, cwd=folder)
    said = " ".join(succeeded(done).split())
    assert "judging 0.4 x 2: " in done.stderr
    assert "; steps in all: 8/8 elapsed " in done.stderr, "how far the whole ladder is"
    assert "networks: law.ladder (4 of 4 trained now)" in said
    assert "the last value carried on" in said, "the law's answer has the simplest one beside it"
    assert "judged on one drive" in said
    return folder


@pytest.fixture
def copied(scaled: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(scaled, tmp_path / "copied"))


def content(path: Path) -> Any:
    return json.loads(path.read_text())


def runs(folder: Path) -> dict[str, Any]:
    return {name: content(folder / "law.ladder" / name / "run.json") for name in NAMES}


def test_a_ladder_has_every_network_as_its_run_says(scaled: Path) -> None:
    law = content(scaled / "law.json")
    validate("law", law)
    validate("ladder", content(scaled / "law.ladder" / "ladder.json"))
    told = runs(scaled)
    assert law["runs"] == [each["run"] for each in told.values()]
    assert [split["n_frames"] for split in law["splits"]] == [3]
    for name, each in told.items():
        validate("ladder-run", each)
        weights = scaled / "law.ladder" / name / "weights.safetensors"
        assert load_weights(weights).design == Design.of_width(each["width"])
        assert each["run"]["parameters"] == sum(tensor.size for tensor in load_file(weights).values())
        assert len(each["trained_on"]) == each["run"]["frames"]
    assert sorted(path.name for path in (scaled / "law.ladder").iterdir()) == sorted(
        ["evaluations.sqlite", "ladder.json", *NAMES]
    ), "nothing unfinished is left"


def test_no_drive_that_judges_is_trained_on(scaled: Path) -> None:
    for each in runs(scaled).values():
        judging = {name.split("/")[0] for name in each["judged_on"]}
        assert not judging & {name.split("/")[0] for name in (*each["trained_on"], *each["validated_on"])}
        assert not set(each["trained_on"]) & set(each["validated_on"])
    assert len({tuple(each["judged_on"]) for each in runs(scaled).values()}) == 1


def test_every_command_finds_the_errors_told(drives: Path, scaled: Path, tmp_path: Path) -> None:
    """All lines and none, on the same frames, by ``evaluate``; the lines in the images count as all."""
    weights = scaled / "law.ladder" / NAMES[-1] / "weights.safetensors"
    options = ("--weights", weights, "--crop", "96x192", "--part", "held-out", "--lines", "0", "--device", "cpu")
    judged = json.loads(succeeded(lidarsel("evaluate", drives, *options, "-o", "r.json", "--json", cwd=tmp_path)))
    rows = {row["method"]: row["rmse_mm"] for row in judged["rows"]}
    errors = {error["lines"]: error["rmse_mm"] for error in runs(scaled)[NAMES[-1]]["run"]["errors"]}
    assert sorted(errors) == [0, 4, 8, 16, 32, judged["lines_in_image"]]
    assert errors[judged["lines_in_image"]] == pytest.approx(rows["all"], rel=1e-6)
    assert errors[0] == pytest.approx(rows["none"], rel=1e-6)


def test_the_law_is_off_the_runs_as_it_says(scaled: Path) -> None:
    law = content(scaled / "law.json")
    assert law["image"] == [96, 192]
    assert law["cautions"][0]["kind"] == "simulated"
    (fit,) = law["fits"]
    errors = [(run, error) for run in law["runs"] for error in run["errors"] if error["lines"]]
    terms = [(term["mm"], list(zip(term["variables"], term["exponents"], strict=True))) for term in fit["terms"]]
    off = [
        np.log(error["rmse_mm"])
        - np.log(
            sum(
                mm * np.prod([(({**run, **error})[name] / fit["middles"][name]) ** -power for name, power in powers])
                for mm, powers in terms
            )
        )
        for run, error in errors
    ]
    assert np.sqrt(np.mean(np.square(off))) == pytest.approx(fit["off"], rel=1e-6)


def test_plan_answers_by_it(scaled: Path) -> None:
    found = json.loads(succeeded(lidarsel("plan", "law.json", "--lines", 16, "--macs", "30M", "--json", cwd=scaled)))
    (option,) = found["options"]
    assert option["network"].startswith("width 0.2, ")
    assert option["basis"] == "measured"


def test_a_killed_training_goes_on_to_the_bytes_of_a_whole_ladder(drives: Path, scaled: Path, copied: Path) -> None:
    """The last network is taken away; its training is killed after a checkpoint, and the command given again."""
    shutil.rmtree(copied / "law.ladder" / NAMES[-1])
    (copied / "law.json").unlink()
    before = {name: (copied / "law.ladder" / name / "run.json").stat().st_mtime_ns for name in NAMES[:-1]}
    running = started("scale", drives, *LADDER, cwd=copied)
    resume = copied / "law.ladder" / f".{NAMES[-1]}.unfinished" / "weights.safetensors.resume"
    while running.poll() is None and not (resume.is_file() and resume.stat().st_size > 10_000):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    outcome_of(running, 60)
    assert resume.is_file()
    assert not (copied / "law.json").exists()
    said = succeeded(lidarsel("scale", drives, *LADDER, cwd=copied))
    assert "1 of 4 trained now" in said
    assert (copied / "law.json").read_bytes() == (scaled / "law.json").read_bytes()
    name = f"{NAMES[-1]}/weights.safetensors"
    assert (copied / "law.ladder" / name).read_bytes() == (scaled / "law.ladder" / name).read_bytes()
    assert {each: (copied / "law.ladder" / each / "run.json").stat().st_mtime_ns for each in before} == before


def holder_of(lock: Path) -> int | None:
    """The process that holds a lock, from /proc."""
    try:
        number = lock.stat().st_ino
    except FileNotFoundError:
        return None
    held = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return next((int(words[4]) for words in held if words[5].endswith(f":{number}")), None)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for the worker in /proc")
def test_on_ray_a_killed_worker_changes_no_byte(drives: Path, scaled: Path, copied: Path) -> None:
    """Two networks are taken away, and whoever trains one of them is killed after a checkpoint."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'lidarsel[ray]'")
    anew = NAMES[2:]
    for name in anew:
        shutil.rmtree(copied / "law.ladder" / name)
    running = started("scale", drives, *LADDER, "--engine", "ray", "--workers", 2, cwd=copied)
    resume = copied / "law.ladder" / f".{NAMES[-1]}.unfinished" / "weights.safetensors.resume"
    victim = None
    while running.poll() is None and victim is None:
        time.sleep(0.01)
        if resume.is_file() and resume.stat().st_size > 10_000:
            victim = holder_of(resume.with_name(f".{resume.name}.lock"))
    if victim is not None:
        os.kill(victim, signal.SIGKILL)
    _, complained = outcome_of(running)
    assert running.returncode == 0, complained
    assert victim is not None, complained
    assert victim != running.pid
    assert "training networks: 4/4 elapsed " in complained
    assert "2/2 networks" in complained

    assert {**content(copied / "law.json"), "command": ""} == {**content(scaled / "law.json"), "command": ""}
    assert [{**run, "command": ""} for run in runs(copied).values()] == [
        {**run, "command": ""} for run in runs(scaled).values()
    ]
    for name in anew:
        here, there = (folder / "law.ladder" / name for folder in (scaled, copied))
        weights, others = (load_file(place / "weights.safetensors") for place in (here, there))
        assert {key: tensor.tobytes() for key, tensor in weights.items()} == {
            key: tensor.tobytes() for key, tensor in others.items()
        }
        log = "weights.safetensors.log.jsonl"
        assert (here / log).read_bytes() == (there / log).read_bytes()
    assert sorted(path.name for path in (copied / "law.ladder").iterdir()) == sorted(
        ["evaluations.sqlite", "ladder.json", *NAMES]
    )


def test_a_whole_ladder_is_fitted_again_without_training(drives: Path, copied: Path) -> None:
    """Of the networks that are asked for, whatever else the folder has; as JSON."""
    few = ("--widths", "0.2,0.4", "--frames", "2,1", *LADDER[4:])
    found = json.loads(succeeded(lidarsel("scale", drives, *few, "--json", cwd=copied)))
    validate("scale", found)
    assert found["n_trained"] == 0
    assert [network["run"] for network in found["networks"]] == content(copied / "law.json")["runs"]
    assert found["plan"]["fit"]["extrapolations"][0]["carried"] > 0


def test_a_ladder_grows_by_networks_with_experts(drives: Path, copied: Path) -> None:
    """The plain ones stay as they are; a law tries experts as a size."""
    few = ("--widths", "0.2", "--experts", "1,2,3", "--granularity", 2, "--frames", "1", *LADDER[4:])
    done = lidarsel("scale", drives, *few, cwd=copied)
    said = succeeded(done)
    assert "(2 of 3 trained now)" in " ".join(said.split())
    assert "judging 0.2 x 3 experts in 2 x 1: " in done.stderr
    law = content(copied / "law.json")
    validate("law", law)
    told = [run["experts"] for run in law["runs"]]
    assert told == [1, 2, 3]
    assert law["runs"][2]["name"] == "width 0.2, 3 experts in 2, 1 frame"
    assert {"experts", "lines by experts"} <= {trial["term"] for trial in law["fits"][0]["trials"]}
    held = [run["parameters"] for run in law["runs"]]
    assert held[1] - held[0] > 0 < held[2] - held[1], "all experts are held"
    macs = [run["macs"] for run in law["runs"]]
    router = macs[2] - macs[1]
    assert router == pytest.approx((24 // 2 + 4) * 96 * 192 / 64, rel=1), "one of them computes a place"
    weights = copied / "law.ladder" / "width-0.2-experts-3-in-2-frames-1" / "weights.safetensors"
    assert load_weights(weights).design == Design.of_width(0.2, 3, 2)
    assert held[2] == sum(tensor.size for tensor in load_file(weights).values())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--steps", "4"), "law.ladder: its networks were trained with --steps 2, not 4; give that"),
        (("--frames", "1,3"), "--frames 3: "),
        (("--widths", "0.2", "--frames", "1,2"), "--widths, --experts and --frames make 2 networks, a law needs 3"),
        (("--widths", "0.2,0.205"), "--widths 0.2 and 0.205 make the same network"),
        (("--experts", "1,70"), "--experts 70 of granularity 1 are more than 64"),
        (("--experts", "1,x"), "--experts '1,x' is no list of whole numbers; give e.g. 1,4,8"),
        (("--widths", "0.2,wide"), "--widths '0.2,wide' is no list of numbers"),
        (("-o", "law.yaml"), "law.yaml: a law is a .json file"),
    ],
)
def test_what_cannot_be_is_one_line(options: tuple[str, ...], told: str, drives: Path, copied: Path) -> None:
    before = (copied / "law.json").read_bytes()
    assert_refused(lidarsel("scale", drives, *LADDER, *options, cwd=copied), told)
    assert (copied / "law.json").read_bytes() == before
    assert sorted(path.name for path in copied.iterdir()) == ["law.json", "law.ladder"]


def test_a_run_of_another_network_is_refused(drives: Path, copied: Path) -> None:
    run = copied / "law.ladder" / NAMES[0] / "run.json"
    run.write_text(run.read_text().replace('"parameters": ', '"parameters": 1'))
    assert_refused(lidarsel("scale", drives, *LADDER, cwd=copied), run.name, "is of another network", "remove")


def test_a_network_that_cannot_be_trained_is_named_and_the_others_kept(drives: Path, copied: Path) -> None:
    """Its checkpoint is of another run."""
    (copied / "law.json").unlink()
    ladder = copied / "law.ladder"
    unfinished = ladder / f".{NAMES[1]}.unfinished"
    (ladder / NAMES[1]).rename(unfinished)
    resume = unfinished / "weights.safetensors.resume"
    (unfinished / "weights.safetensors").rename(resume)
    done = lidarsel("scale", drives, *LADDER, cwd=copied)
    assert_refused(done, "width 0.2, 2 frames: ", f"{resume.relative_to(copied)}: ")
    assert not (copied / "law.json").exists()
    assert sorted(path.name for path in ladder.glob("width-*")) == sorted({*NAMES} - {NAMES[1]})

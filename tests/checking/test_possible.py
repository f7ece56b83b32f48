"""A report that no run can have written passes no check: exit code 2, and one line that says what cannot be."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lidarsel.contracts import write_contract
from lidarsel.report_rows import PerFrameRow
from tests.support.commands import assert_refused, lidarsel, succeeded
from tests.support.report_samples import decided_by, report

Change = Callable[[dict[str, Any]], object]
ERRORS = ("rmse_mm", "mae_mm", "irmse_per_km", "imae_per_km")
GAIN = PerFrameRow(
    method="interval",
    budget=32,
    chosen_on="same frame",
    n_frames=12,
    error=1200.0,
    fixed_error=1300.0,
    gain=100.0,
    gain_low=80.0,
    gain_high=120.0,
)


def without_error(row: dict[str, Any]) -> None:
    row.update(dict.fromkeys((*ERRORS, "rmse_low_mm", "rmse_high_mm", "ratio_to_all"), 0.0))


def negative(key: str) -> Change:
    return lambda content: content["rows"][3].update({key: -1.0})


def nowhere_an_error(content: dict[str, Any]) -> None:
    content["ground_truth"] = "scan"
    for row in content["rows"]:
        without_error(row)
        row["ratio_to_all"] = None


IMPOSSIBLE: dict[str, tuple[Change, str]] = {
    **{f"negative {key}": (negative(key), "negative") for key in ERRORS},
    "negative ratio": (lambda c: c["rows"][3].update(ratio_to_all=-1.0), "negative"),
    "all errors of a row 0": (lambda c: without_error(c["rows"][3]), "all errors are 0"),
    "all errors 0": (nowhere_an_error, "no error in any row"),
    "rmse without mae": (lambda c: c["rows"][3].update(mae_mm=0.0), "mae_mm 0"),
    "mae above rmse": (lambda c: c["rows"][3].update(mae_mm=9e3), "mae_mm 9000 is above rmse_mm"),
    "imae above irmse": (lambda c: c["rows"][3].update(imae_per_km=99.0), "imae_per_km 99 is above irmse_per_km"),
    "rmse out of its interval": (
        lambda c: c["rows"][3].update(rmse_low_mm=1.0, rmse_high_mm=2.0),
        "not in its interval",
    ),
    "low above high": (lambda c: c["rows"][3].update(rmse_low_mm=9e3), "rmse_low_mm, rmse_high_mm"),
    "difference low above high": (lambda c: c["rows"][3].update(to_chosen_low_mm=2.0, to_chosen_high_mm=1.0), "to_ch"),
    "low without high": (lambda c: c["rows"][3].update(to_chosen_low_mm=2.0), "both or neither"),
    "a frame twice": (lambda c: c["frames"].__setitem__(1, c["frames"][0]), "frames names drive_0001"),
    "a frame chosen on twice": (
        lambda c: c["chosen_on_frames"].__setitem__(1, c["chosen_on_frames"][0]),
        "chosen_on_frames names",
    ),
    "no chosen row": (lambda c: c.update(chosen_budget=31), "no row of the chosen 31 lines"),
    "no frame": (lambda c: c["rows"][3].update(n_frames=0), "n_frames must be at least 1"),
    "more frames than there are": (lambda c: c["rows"][3].update(n_frames=99), "n_frames 99"),
    "infinite": (lambda c: c["rows"][3].update(mae_mm=float("inf")), ""),
    "no number": (lambda c: c["rows"][3].update(mae_mm=float("nan")), ""),
    "another ratio": (lambda c: c["rows"][3].update(ratio_to_all=1.0), "ratio_to_all 1 contradicts"),
    "no ratio": (lambda c: c["rows"][3].update(ratio_to_all=None), "ratio_to_all null contradicts"),
    "a line twice": (lambda c: c["rows"][3]["lines"].__setitem__(1, c["rows"][3]["lines"][0]), "lines must be"),
    "a line that is not there": (lambda c: c["rows"][3]["lines"].__setitem__(0, 64), "lines must be"),
    "gain low above high": (lambda c: c["per_frame"][0].update(gain_low=121.0), "gain_low"),
    "gain that contradicts": (lambda c: c["per_frame"][0].update(gain=110.0), "gain 110 contradicts"),
    "gain of negative errors": (lambda c: c["per_frame"][0].update(error=-1.0), "negative"),
    "gain on no frame": (lambda c: c["per_frame"][0].update(n_frames=0), "n_frames must be at least 1"),
}


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    write_contract(tmp_path / "sound.json", report(per_frame=[GAIN]))
    return tmp_path / "sound.json"


def changed(sound: Path, change: Change) -> Path:
    content = json.loads(sound.read_text())
    before = copy.deepcopy(content)
    change(content)
    assert content != before
    path = sound.with_name("changed.json")
    path.write_text(json.dumps(content).replace("Infinity", "1e999"))
    return path


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_nothing_impossible_passes(name: str, sound: Path) -> None:
    change, told = IMPOSSIBLE[name]
    path = changed(sound, change)
    junit = sound.with_name("junit.xml")
    assert_refused(lidarsel("check", path, "--against", path, "--junit", junit), path, told)
    assert not junit.exists()


def test_the_baseline_is_held_to_the_same(sound: Path) -> None:
    path = changed(sound, IMPOSSIBLE["another ratio"][0])
    assert_refused(lidarsel("check", sound, "--against", path), path, "contradicts")


def test_lines_that_leave_nothing_to_complete_may_have_no_error(sound: Path) -> None:
    """Ground truth from the scan itself, and a network that returns what it is given."""

    def change(content: dict[str, Any]) -> None:
        content["ground_truth"] = "scan"
        without_error(content["rows"][0])
        for row in content["rows"]:
            row["ratio_to_all"] = None

    path = changed(sound, change)
    succeeded(lidarsel("check", path, "--against", path))


@pytest.mark.parametrize(("gain", "code"), [(100.0, 0), (98.5, 0), (150.0, 0), (97.0, 1), (-5.0, 1)])
def test_a_falling_gain_is_a_regression(gain: float, code: int, sound: Path) -> None:
    figures = {"error": 1300.0 - gain, "gain": gain, "gain_low": gain - 20, "gain_high": gain + 20}
    path = (
        changed(sound, lambda content: content["per_frame"][0].update(figures, chosen_on="same frame"))
        if (gain != 100.0)
        else sound
    )
    done = lidarsel("check", path, "--against", sound, "--json")
    assert done.returncode == code, done.stderr
    found = json.loads(done.stdout)
    assert found["passed"] is (code == 0)
    assert len(found["per_frame"]) == code
    if code:
        assert (
            f"per frame: 32 lines by interval chosen on the same frame: gain 100 -> {gain:.1f} mm"
            in (found["per_frame"][0])
        )


def test_a_gain_that_is_not_there_any_more_is_a_failure(sound: Path) -> None:
    path = changed(sound, lambda content: content.update(per_frame=[]))
    done = lidarsel("check", path, "--against", sound)
    assert done.returncode == 1
    assert "chosen on the same frame: in the baseline, not in the report" in done.stdout
    succeeded(lidarsel("check", sound, "--against", path))


OF_MAE: dict[str, tuple[Change, str]] = {
    "error out of its interval": (
        lambda c: c["rows"][3].update(error_low=1.0, error_high=2.0),
        "the error that decided, mae",
    ),
    "another ratio": (lambda c: c["rows"][3].update(error_ratio_to_all=1.0), "error_ratio_to_all 1 contradicts"),
    "no ratio": (lambda c: c["rows"][3].update(error_ratio_to_all=None), "error_ratio_to_all null contradicts"),
}


@pytest.mark.parametrize("name", OF_MAE)
def test_what_is_told_of_the_deciding_error_must_agree_with_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sound.json"
    write_contract(path, decided_by(report(), "mae"))
    succeeded(lidarsel("check", path, "--against", path))
    change, told = OF_MAE[name]
    wrong = changed(path, change)
    assert_refused(lidarsel("check", wrong, "--against", wrong), wrong, told)


def test_reports_older_than_figures_of_the_deciding_error_are_compared(tmp_path: Path) -> None:
    for name, content in (("old", report(metric="mae")), ("new", decided_by(report(), "mae"))):
        write_contract(tmp_path / f"{name}.json", content)
    done = succeeded(lidarsel("check", tmp_path / "new.json", "--against", tmp_path / "old.json"))
    assert "MAE in mm. %: change" in " ".join(done.split())
    assert " 413 " in done, "MAE of 32 lines by sas-region"

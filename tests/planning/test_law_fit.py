"""law.json: runs in, a law out, the same law back from the file; what is too short or cannot be is refused by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.law_file import LawFile, read_law, write_law
from lidarsel.planning.law_fit import drawn_law, fit_law, split_of
from lidarsel.planning.laws.completion import Variable
from tests.support.ladders import ladder, lines_only, network_at_few_lines

PATH = Path("law.json")
SMALL = (0.5e9, 1e9, 2e9, 4e9)


@pytest.fixture(scope="module")
def content() -> LawFile:
    runs = ladder(network_at_few_lines, noise=0.01, macs=SMALL, frames=(60,))
    return msgspec.structs.replace(runs, fits=[fit_law(runs, "streets", PATH)])


def test_a_written_law_is_read_back_and_says_the_same(content: LawFile, tmp_path: Path) -> None:
    write_law(tmp_path / "law.json", content)
    again = read_law(tmp_path / "law.json")
    assert again == content
    (fit,) = again.fits
    assert fit_law(again, "streets", PATH) is fit
    drawn = drawn_law(fit)
    point: dict[Variable, float] = {"lines": 16.0, "macs": 1e9}
    assert drawn.law.error_mm(point) == pytest.approx(network_at_few_lines(16, 1e9, 60), rel=0.03)
    low, high = np.quantile([law.error_mm(point) for law in drawn.draws], (0.025, 0.975))
    assert low < network_at_few_lines(16, 1e9, 60) < high
    assert high / low < 1.2


def test_the_same_runs_make_the_same_bytes(content: LawFile) -> None:
    again = fit_law(msgspec.structs.replace(content, fits=[]), "streets", PATH)
    assert msgspec.json.encode(again) == msgspec.json.encode(content.fits[0])


def test_residuals_are_told_by_number_of_lines(content: LawFile) -> None:
    (fit,) = content.fits
    assert [lines for lines, _ in fit.off_at_lines] == [4, 8, 16, 32, 48]
    assert 0 < fit.off < 0.03


@pytest.mark.parametrize(
    ("runs", "problem"),
    [
        (ladder(lines_only, macs=(1e9, 2e9), frames=(60,)), "has 2 networks judged on 'streets', a law needs 3"),
        (ladder(lines_only, lines=(4, 8, 16)), "with 4, 8, 16 lines, a law needs 4 numbers of lines"),
    ],
)
def test_a_ladder_that_is_too_short_says_what_it_lacks(runs: LawFile, problem: str) -> None:
    with pytest.raises(BadInputError, match=problem) as refused:
        fit_law(runs, "streets", PATH)
    assert str(refused.value).startswith("law.json: ")


def test_a_split_that_is_not_there() -> None:
    runs = ladder(lines_only)
    assert split_of(runs, None) == split_of(runs, "streets") == "streets"
    with pytest.raises(UsageError, match="--split: 'street' is none of streets; the nearest is streets"):
        split_of(runs, "street")


def changed(change: Callable[[Any], Any]) -> Any:
    """The JSON of a file of runs, changed."""
    tree = json.loads(msgspec.json.encode(ladder(lines_only)))
    change(tree)
    return tree


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda tree: tree["runs"][0].update(macs=0), "must be above 0"),
        (lambda tree: tree["runs"][0].update(macs=1e16), "must be above 0 and at most 1e\\+15"),
        (lambda tree: tree.update(seed=-1), r"`int` >= 0 - at `\$\.seed`"),
        (lambda tree: tree["runs"][0]["errors"][0].update(rmse_mm=-1), "rmse_mm must be above 0"),
        (lambda tree: tree["runs"][0]["errors"][0].update(split="other"), "'other'"),
        (lambda tree: tree["runs"][0]["errors"].append(tree["runs"][0]["errors"][0]), "one entry a split"),
        (lambda tree: tree["runs"].append(tree["runs"][0]), "no two the same"),
        (lambda tree: tree["runs"][0].update(colour="red"), "colour"),
        (lambda tree: tree.update(splits=[]), "splits must have a name each"),
    ],
)
def test_what_cannot_be_is_refused_by_name(change: Callable[[Any], Any], problem: str, tmp_path: Path) -> None:
    path = tmp_path / "law.json"
    path.write_text(json.dumps(changed(change)))
    with pytest.raises(BadInputError, match=problem):
        read_law(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda fit: fit["draws"][0].pop(), "draws must have 4 entries each"),
        (lambda fit: fit["terms"][0].update(mm=0), "mm must be above 0"),
        (lambda fit: fit["terms"][1]["exponents"].pop(), "exponents must have one entry a variable"),
        (lambda fit: fit["terms"].pop(0), "terms must begin with floor and lines"),
        (lambda fit: fit["trials"][0].update(colour="red"), "colour"),
        (lambda fit: fit["middles"].pop("macs"), "middles must have an entry for every variable"),
    ],
)
def test_a_law_that_cannot_be_is_refused(
    change: Callable[[Any], Any], problem: str, content: LawFile, tmp_path: Path
) -> None:
    tree = json.loads(msgspec.json.encode(content))
    change(tree["fits"][0])
    (tmp_path / "law.json").write_text(json.dumps(tree))
    with pytest.raises(BadInputError, match=problem):
        read_law(tmp_path / "law.json")


def test_a_law_of_other_runs_is_refused(content: LawFile, tmp_path: Path) -> None:
    path = tmp_path / "law.json"
    other = msgspec.structs.replace(content, runs=content.runs[:3])
    write_law(path, other)
    with pytest.raises(BadInputError, match="fitted to other runs than it holds; take fits out of it"):
        read_law(path)

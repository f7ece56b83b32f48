"""Options by keyword: what they may be, and in which line a wrong one is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

import lidarsel as ls
from lidarsel.api.data import settings_of
from lidarsel.choices import SELECTORS
from lidarsel.settings import RunSettings
from tests.api.sample import SAMPLE

Call = Callable[[ls.OpenedData, ls.Values], object]
NO_NUMBER: Any = 3.5

REFUSED: dict[str, tuple[Call, str]] = {
    "misspelt": (lambda data, _: ls.run(data, budgts=16), "run has no option 'budgts'; did you mean budgets?"),
    "misspelt too": (lambda data, _: ls.value_lines(data, evaluation=9), "did you mean evaluations?"),
    "of no use": (lambda data, _: ls.value_lines(data, sets=9), "value_lines has no option 'sets'"),
    "not of data": (lambda _, __: ls.open_data(SAMPLE, evaluations=9), "open_data has no option 'evaluations'"),
    "far off": (lambda data, _: ls.evaluate_lines(data, [0], colour=1), "there are bands, crop, depth_scale, device"),
    "decided": (lambda data, _: ls.run(data, skip_bad=True), "skip_bad was decided when .* give it to open_data"),
    "part": (lambda data, _: ls.value_lines(data, part="some"), "part 'some' is none of all, valuing, held-out"),
    "type": (lambda data, _: ls.run(data, evaluations="many"), r"Expected `int`, got `str` - at `\$.evaluations`"),
    "fraction": (lambda _, values: ls.select_lines(values, NO_NUMBER), r"Expected `int`, got `float` - at `\$.budgets"),
    "choice": (lambda data, _: ls.run(data, metric="rsme"), "'rsme' is none of rmse, mae, irmse, imae"),
    "budget": (lambda data, _: ls.run(data, 65), "has 64 lines, so give 1..64"),
    "needs data": (lambda _, values: ls.select_lines(values, 8, method="interval"), "method interval evaluates"),
    "method": (lambda _, values: ls.select_lines(values, 8, method="sass"), "'sass' is none of .*; the nearest is sas"),
    "no lines": (lambda data, _: ls.evaluate_lines(data), "there is nothing to judge"),
    "line twice": (lambda data, _: ls.evaluate_lines(data, [1, 1]), "names a line twice"),
    "line below 0": (lambda data, _: ls.evaluate_lines(data, [-1, 1]), "are no lines: give whole numbers from 0 on"),
    "line above": (lambda data, _: ls.evaluate_lines(data, [0, 64]), "names line 64, but .* has 64 lines, 0 to 63"),
    "no line": (lambda data, _: ls.evaluate_lines(data, []), r"\[\] are no lines: give whole numbers"),
    "no number": (lambda data, _: ls.evaluate_lines(data, {"ours": [NO_NUMBER]}), "are no lines"),
    "network": (
        lambda _, __: ls.load_network("nothing"),
        "--network 'nothing' is none of lidarsel, classical, nearest",
    ),
    "frame": (lambda data, _: data.complete(4), "there is no frame 4: .* has 4, from 0"),
    "line": (lambda data, _: data.complete(0, [64]), "there is no line 64: .* has 64, from 0"),
    "simulate": (lambda _, __: ls.simulate("x", frame=3), "simulate has no option 'frame'; did you mean frames?"),
    "simulated": (lambda _, __: ls.simulate("x", frames="3"), r"Expected `int`, got `str` - at `\$.frames`"),
    "streets": (lambda _, __: ls.simulate("x", streets={"trafic": 1.0}), "no option 'trafic'; did you mean traffic?"),
    "no streets": (lambda _, __: ls.simulate("x", streets=2), r"Expected `object`, got `int` - at `\$.streets`"),
    "odd streets": (lambda _, __: ls.simulate("x", streets={"traffic": 0.0}), "traffic is 0.0, but must be from 0.05"),
    "simulated too": (lambda _, __: ls.simulate("x", frames=0), "frames is 0, but must be from 1"),
    "row": (lambda data, _: ls.evaluate_lines(data, [0, 9]).row("sas"), "the report has no rows of sas"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_in_one_line(case: str, data: ls.OpenedData, values: ls.Values) -> None:
    call, said = REFUSED[case]
    with pytest.raises(ls.UsageError, match=said) as refusal:
        call(data, values)
    assert isinstance(refusal.value, ls.LidarselError)
    assert "\n" not in str(refusal.value)


def test_files_that_cannot_be_used_are_named(data: ls.OpenedData, values: ls.Values, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.yaml"
    for call in (
        lambda: ls.open_data(nothing),
        lambda: ls.evaluate_lines(data, nothing),
        lambda: ls.select_lines(nothing, 8),
        lambda: ls.Report.read(nothing),
    ):
        with pytest.raises(ls.BadInputError) as refusal:
            call()
        assert refusal.value.path == nothing
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "file").touch()
    with pytest.raises(ls.OutputError, match="taken: exists and is not empty"):
        ls.simulate(taken)
    with pytest.raises(ls.BadInputError, match="values: was made with another network than the one given"):
        ls.select_lines(values, 8, data=data, network="classical")


BUDGETS = some.lists(some.integers(1, 64), min_size=1, max_size=4, unique=True)


@given(BUDGETS)
def test_numbers_may_come_in_any_wrapping(budgets: list[int]) -> None:
    kinds: list[Any] = [
        budgets,
        tuple(budgets),
        np.array(budgets),
        list(np.array(budgets)),
        ",".join(map(str, budgets)),
    ]
    if len(budgets) == 1:
        kinds += [budgets[0], np.int64(budgets[0])]
    assert {settings_of({"budgets": kind}) for kind in kinds} == {RunSettings(budgets=tuple(budgets))}


@given(some.integers(16, 2000), some.integers(16, 2000))
def test_a_window_may_be_typed_or_a_pair(height: int, width: int) -> None:
    wanted = RunSettings(crop=(height, width))
    assert settings_of({"crop": f"{height}x{width}"}) == settings_of({"crop": [height, width]}) == wanted
    assert settings_of({"crop": "none", "weights": None, "network": Path("x.pt2")}) == RunSettings(
        crop="none", network="x.pt2"
    )


@given(some.lists(some.sampled_from([name for name in SELECTORS if name != "interval"]), min_size=1, unique=True))
def test_methods_are_named_or_listed(methods: list[str]) -> None:
    listed = settings_of({"methods": methods, "choose": methods[0]})
    assert listed.methods == tuple(methods)
    assert settings_of({"methods": ",".join(methods), "choose": methods[0]}) == listed

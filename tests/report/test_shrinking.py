"""What is said of a smaller network: each case by hand."""

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from lidarsel.cautions import Caution
from lidarsel.report import shrinking
from lidarsel.report.figures.shrink_charts import importance_figure
from lidarsel.shrink_files import ErrorAtLines, ImportanceFile, InParts, LineAgreement, NetworkStep, ShrinkFile

MADE = {
    "format_version": 1,
    "lidarsel_version": "0",
    "seed": 0,
    "network": "lidarsel",
    "network_sha256": "0" * 64,
    "data": "data",
    "data_fingerprint": "1" * 64,
    "command": "lidarsel shrink",
}
SAME = LineAgreement(
    budget=2, lines_of_whole=[1, 3], lines_of_small=[1, 3], jaccard=1.0, regret_mm=0.0, low_mm=None, high_mm=None
)


def step(name: Any, macs: float, *rmse_mm: float) -> NetworkStep:
    half = InParts(encoder=macs / 2, coalition=macs / 2)
    errors = [
        ErrorAtLines(lines=lines, rmse_mm=error, low_mm=error - 1, high_mm=error + 1)
        for lines, error in zip((0, 4, None), rmse_mm, strict=True)
    ]
    n_bytes = round(macs / 1e6)
    return NetworkStep(
        name=name, network_sha256="2" * 64, macs=half, parameters=half, ms=half, n_bytes=n_bytes, errors=errors
    )


def report(lines: LineAgreement = SAME, **changed: object) -> ShrinkFile:
    made = ShrinkFile(
        **MADE,  # type: ignore[arg-type]
        weights="small.safetensors",
        by="shapley",
        norm_groups="whole",
        step_channels=8,
        sets_per_image=1,
        target="--macs 50%",
        layers=[],
        steps=[step("whole", 4e9, 5000, 2000, 1000), step("cut", 2e9, 4000, 2100, 1010)],
        lines=lines,
        frames=["a"],
        ranked_on_frames=["b"],
        intervals_between="drives",
        retrain_steps=0,
        retrained_on=None,
        distilled=False,
        notes=["made up"],
        cautions=[Caution("few-frames", "made up")],
    )
    return msgspec.structs.replace(made, **changed)


def importance(scores: list[float], degrees_of_freedom: float | None) -> ImportanceFile:
    units = [
        {"layer": "stem", "channels": [number], "score": score, "standard_error": 1.0, "kept": True}
        for number, score in enumerate(scores)
    ]
    content = {**MADE, "by": "shapley", "unit": "mm", "norm_groups": "whole", "n_evaluations": 9, "units": units}
    return msgspec.convert({**content, "degrees_of_freedom": degrees_of_freedom}, ImportanceFile)


def test_the_answer_names_all_lines_the_worst_and_the_best() -> None:
    assert shrinking.answer(report()) == (
        "50 % of the MACs and 50 % of the weights: RMSE +1.0 % with all lines, +5.0 % with 4 lines (the worst), "
        "−20.0 % without any (the best)."
    )


def test_where_all_lines_are_the_worst_they_are_named_once() -> None:
    steps = [step("whole", 4e9, 5000, 2000, 1000), step("cut", 2e9, 4000, 2000, 1100)]
    assert shrinking.answer(report(steps=steps)) == (
        "50 % of the MACs and 50 % of the weights: RMSE +10.0 % with all lines, −20.0 % without any (the best)."
    )


@pytest.mark.parametrize(("regret_mm", "said"), [(3.24, "3.2 mm more"), (-73.8, "73.8 mm less")])
def test_what_other_lines_cost_is_more_or_less(regret_mm: float, said: str) -> None:
    lines = msgspec.structs.replace(SAME, lines_of_small=[1, 2], jaccard=1 / 3, regret_mm=regret_mm)
    told = shrinking.lines_told(report(lines))
    assert "Of 2 lines by interval, 1 are the same" in told
    assert said in told
    assert "the same with both networks." in shrinking.lines_told(report())


def test_a_ranking_that_tells_nothing_is_said_to() -> None:
    """With 3 degrees of freedom the 95 % interval reaches 3.18 standard errors."""
    sure, unsure = importance([4.0, -5.0, 3.0, 0.1], 3.0), importance([3.1, 0.2, 0.3, 0.1], 3.0)
    assert shrinking.cautions(report(), sure) == ["made up"]
    assert "Only 0 of 4 values" in shrinking.cautions(report(), unsure)[1], "less serious than few frames"
    assert shrinking.cautions(report(), importance([0.0], None)) == ["made up"]


def test_the_table_fits_80_columns_and_says_every_step() -> None:
    from rich.console import Console

    wide = [step("whole", 4.91e9, 11168, 3390, 1676), step("retrained", 2.4e9, 12603, 13568, 11694)]
    six = [(0, 11168), (4, 13568), (8, 12992), (16, 12127), (32, 11958), (None, 11694)]
    errors = [ErrorAtLines(lines=lines, rmse_mm=error, low_mm=None, high_mm=None) for lines, error in six]
    slow = InParts(encoder=583, coalition=137)
    wide = [msgspec.structs.replace(one, errors=errors, ms=slow) for one in wide]
    console = Console(width=80, record=True, file=None)
    with console.capture() as shown:
        console.print(shrinking.steps_table(report(steps=wide)))
    assert "…" not in shown.get()
    for word in ("retrained", "12992", "13568", "11694", "2.46+2.46", "583+137"):
        assert word in shown.get()


def test_names_of_narrow_layers_leave_each_other_room() -> None:
    """Those of a ResNet's first layers ran into one another."""
    one = importance([1.0], None)
    layers = [f"narrow{number}" for number in range(30)] + ["wide"]
    units = [msgspec.structs.replace(one.units[0], layer=layer) for layer in layers for _ in range(2)]
    units += [units[-1]] * 200
    x = importance_figure(msgspec.structs.replace(one, units=units)).x
    assert x.ticks is not None
    assert x.ends is not None
    places, names = zip(*x.ticks, strict=True)
    assert min(b - a for a, b in pairwise(places)) >= 0.03 * (x.ends[1] - x.ends[0])
    assert (names[0], names[-1]) == ("narrow0", "wide")
    few = msgspec.structs.replace(one, units=[msgspec.structs.replace(one.units[0], layer=name) for name in "abc"])
    assert [name for _, name in importance_figure(few).x.ticks or ()] == ["a", "b", "c"]

"""What is said of how sure the choice is: no more than the report holds."""

from typing import Any

import pytest

from lidarsel.report.sureness import explained, how_sure
from lidarsel.report.table import report_markdown
from tests.support.report_samples import N_LINES, report, stability


def said_of(**changes: Any) -> list[str]:
    return how_sure(report(stability=[stability(**changes), stability(8)]))


def test_lines_that_are_chosen_again_and_sets_as_good_are_counted() -> None:
    # of the chosen 32 of lines 8 to 53, at steps of 46 / 32, those above line 50: 51 and 53
    assert said_of() == [
        "How sure: chosen again on 200 resamples of the frames chosen on, 2 of the 32 lines are in more than half.",
        "Of 61 sets of 32 lines that were evaluated on every frame chosen on, 2 are as good (the chosen one among "
        "them: any of these; report.json lists them).",
    ]
    assert how_sure(report()) == []


@pytest.mark.parametrize(
    ("chosen_as_good", "said"), [(False, "the chosen one not among them"), (None, "was not evaluated there")]
)
def test_any_of_these_is_said_of_the_chosen_set_alone(chosen_as_good: bool | None, said: str) -> None:
    found = said_of(chosen_as_good=chosen_as_good)[1]
    assert said in found
    assert "any of these" not in found


def test_a_single_best_set_is_called_so() -> None:
    alone = [list(range(32))]
    assert said_of(as_good=alone)[1] == (
        "Of 61 sets of 32 lines that were evaluated on every frame chosen on, no other is as good as the best."
    )
    assert "the best (not the chosen one)." in said_of(as_good=alone, chosen_as_good=False)[1]
    assert len(said_of(as_good=[], n_sets=0, inclusion=[])) == 0


def test_what_lines_lose_from_drive_to_drive() -> None:
    assert said_of(losses={"a": 0.03, "b": 0.002, "c": 0.007})[2] == (
        "From drive to drive: chosen on the other drives, lines lose 1.3 % (0.2 to 3.0 %) against a choice on the "
        "drive itself, among these sets and 3 drives."
    )


def test_the_explanation_says_what_was_drawn_and_how_dense_the_sets_are() -> None:
    one, several = (explained(report(stability=[stability(losses=losses)])) for losses in ({}, {"a": 0.1, "b": 0.0}))
    assert "blocks of neighbouring frames" in one[0]
    assert "whole drives" in several[0]
    assert one[1] == "Lines a degree that these 2 sets have, least to most: −1.4° to −9.0°: 1.9 to 2.4."
    assert explained(report()) == []


def test_markdown_has_it() -> None:
    text = report_markdown(report(stability=[stability()]))
    assert "## How sure the choice is" in text
    assert "2 of the 32 lines are in more than half" in text
    assert "How sure" not in report_markdown(report())
    assert len(stability().inclusion) == N_LINES

"""What weakens a report is found, ordered by how serious it is, and told alike wherever it stands."""

from typing import Any

import msgspec
import pytest

from lidarsel.cautions import CAUTION_KINDS, Caution, by_severity
from lidarsel.report import words
from lidarsel.report.cautions import caution_texts, cautions
from lidarsel.report.page.html import html_page
from lidarsel.report.table import report_markdown
from tests.support.report_samples import N_LINES, of_one_frame, pictures, report, row, values

SIMULATED = Caution("simulated", "Nobody recorded this.")


def kinds(**changes: Any) -> list[str]:
    return [caution.kind for caution in cautions(report(**changes))]


def test_a_sound_report_has_none() -> None:
    assert kinds(intervals_between="drives") == []


def test_the_most_serious_come_first_and_none_twice() -> None:
    found = [Caution(kind, "said") for kind in reversed(CAUTION_KINDS)]
    assert by_severity([*found, *found]) == found[::-1]
    content = report(
        cautions=[Caution("products", "p"), SIMULATED], same_frames=True, ground_truth="scan", lines_in_image=46
    )
    assert kinds() == ["one-drive"]
    assert [caution.kind for caution in cautions(content)] == [
        *("simulated", "same-frames", "one-drive", "ground-truth", "out-of-view", "products")
    ]


def test_frames_chosen_on_are_counted() -> None:
    frames = report().frames
    same = report(chosen_on_frames=frames, same_frames=True)
    assert caution_texts(same)[0].startswith("The lines were judged on the frames they were chosen on.")
    some = report(chosen_on_frames=frames[:5], same_frames=True)
    assert caution_texts(some)[0].startswith("5 of the 12 judged frames are frames the lines were chosen on.")


@pytest.mark.parametrize(("ground_truth", "said"), [("accumulated", "neighbouring scans"), ("scan", "own full scan")])
def test_ground_truth_that_is_not_independent(ground_truth: str, said: str) -> None:
    content = report(ground_truth=ground_truth)
    assert any(said in text for text in caution_texts(content))
    assert said in words.judged(content)


def test_few_frames() -> None:
    few = [row("all", 64, 1187.4, 3), row("sas-region", 32, 1300.0, 3)]
    assert any("Only 3 frames" in text for text in caution_texts(report(rows=few)))
    one = [of_one_frame(row("all", 64, 1187.4)), of_one_frame(row("sas-region", 32, 1300.0))]
    assert any("Only one frame" in text for text in caution_texts(report(rows=one)))


def test_how_many_lines_reach_the_camera() -> None:
    said = "46 of 64 lines reach this camera; the other 18 are not judged by it (near field, other sides)"
    seen = f"{said}; --view 360 judges all, by networks that take depth alone."
    assert caution_texts(report(lines_in_image=46))[-1] == seen
    assert "out-of-view" not in kinds(lines_in_image=N_LINES)
    assert "out-of-view" not in kinds()


def test_simulated_frames_are_never_told_as_recorded() -> None:
    """Of a report in KITTI's layout, whose ground truth is named official there."""
    content = report(cautions=[SIMULATED], sensor="simulated 64-line lidar")
    assert "12 simulated frames of" in words.judged(content)
    for text in (words.judged(content), report_markdown(content), html_page(content, values(), pictures())):
        assert "the simulator's ground truth" in text.replace("&#x27;", "'").replace("&#39;", "'")
        assert "own ground truth" not in text
        assert "official" not in text.lower()
        assert "HDL-64E" not in text


def test_cautions_and_how_it_was_made_stand_apart_in_every_form() -> None:
    content = report(cautions=[SIMULATED])
    (note,) = content.notes
    for text in (report_markdown(content), html_page(content, values(), pictures())):
        text = text.replace("\\", "")
        before, made = text.index("Before you rely on this"), text.index("How it was made")
        assert before < text.index(SIMULATED.text) < made
        assert text.index(note.partition(" (")[0]) > made


def test_names_in_them_cannot_steer_a_terminal() -> None:
    content = msgspec.structs.replace(report(), cautions=[Caution("lines", "a\x1b[31m")])
    assert caution_texts(content)[-1] == r"a\x1b[31m"

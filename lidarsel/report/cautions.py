"""What weakens a report: what its rows and frames say of themselves, beside what was found when it was made."""

from collections.abc import Iterator

import msgspec

from lidarsel.cautions import Caution, by_severity
from lidarsel.contracts import ReportFile
from lidarsel.printable import printable
from lidarsel.report.words import chosen_row, count
from lidarsel.report_rows import ReportRow

FEW_FRAMES = 10
"""Below this many frames a 95 % interval rests on what is taken for their scatter's shape; the report then says so."""

_GROUND_TRUTH = {
    "accumulated": "The ground truth is accumulated from neighbouring scans: it carries their errors of pose and of "
    "moving objects, so small differences between methods may be its own.",
    "scan": "The ground truth is the frame's own full scan, and a kept line says nothing of itself: lines are judged "
    "at the points of those that are not kept. So every set is judged at points of its own, fewer the more lines it "
    "keeps; all lines cannot be judged and stand for no comparison. Independent ground truth tells sets apart better.",
}


def cautions(report: ReportFile) -> list[Caution]:
    """All that weakens its figures, the most serious first, none twice."""
    row = chosen_row(report)
    found = (
        *report.cautions,
        *_same_frames(report),
        *_one_drive(report),
        *_few_frames(row),
        *_unjudged(row),
        *_ground_truth(report),
        *_out_of_view(report),
    )
    return by_severity(msgspec.structs.replace(caution, text=printable(caution.text)) for caution in found)


def caution_texts(report: ReportFile) -> list[str]:
    """``cautions`` as they are read."""
    return [caution.text for caution in cautions(report)]


def _same_frames(report: ReportFile) -> Iterator[Caution]:
    if not report.same_frames:
        return
    shared = len(set(report.frames) & set(report.chosen_on_frames))
    judged_on = (
        f"{shared} of the {len(report.frames)} judged frames are frames the lines were chosen on."
        if 0 < shared < len(report.frames)
        else "The lines were judged on the frames they were chosen on."
    )
    yield Caution(
        "same-frames",
        f"{judged_on} Expect larger errors on frames not seen before; methods that choose by error look better here "
        "than they are.",
    )


def _one_drive(report: ReportFile) -> Iterator[Caution]:
    if report.intervals_between == "stretches" and len(report.frames) > 1:
        yield Caution(
            "one-drive", "All judged frames are of one drive: what is said of accuracy is said of that drive."
        )


def _few_frames(row: ReportRow) -> Iterator[Caution]:
    if row.n_frames == 1:
        said = "Only one frame was judged: there is no 95 % CI, and what other frames would give is unknown."
        yield Caution("few-frames", said)
    elif row.n_frames < FEW_FRAMES:
        said = f"Only {row.n_frames} frames were judged: hard ones among other frames may be unlike all of them."
        yield Caution("few-frames", said)


def _unjudged(row: ReportRow) -> Iterator[Caution]:
    if 0 < row.unjudged_frames < row.n_frames:
        yield Caution(
            "unjudged",
            f"On {count(row.unjudged_frames, 'frame')} of {row.n_frames} the chosen lines are all that reach the "
            "image: nothing was left to judge them by, and their error counts as 0.",
        )


def _ground_truth(report: ReportFile) -> Iterator[Caution]:
    if report.ground_truth in _GROUND_TRUTH:
        yield Caution("ground-truth", _GROUND_TRUTH[report.ground_truth])


def _out_of_view(report: ReportFile) -> Iterator[Caution]:
    """How many of the lines the camera sees at all, where it does not see all."""
    reaching = report.lines_in_image
    if reaching is None or reaching == report.n_lines:
        return
    others = report.n_lines - reaching
    is_are = "is" if others == 1 else "are"
    yield Caution(
        "out-of-view",
        f"{reaching} of {report.n_lines} lines reach this camera; the other {others} {is_are} not judged by it (near "
        "field, other sides); --view 360 judges all, by networks that take depth alone.",
    )

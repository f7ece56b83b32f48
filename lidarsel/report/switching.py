"""What a programmable lidar would gain, as a table: for the terminal, Markdown and HTML."""

from rich.table import Table

from lidarsel.contracts import ReportFile
from lidarsel.criterion import criterion
from lidarsel.printable import printable
from lidarsel.report.metric_words import error_text, metric_name
from lidarsel.report.terminal import empty_table
from lidarsel.report.words import intervals
from lidarsel.report_rows import PerFrameRow
from lidarsel.selection.registry import NAMES, selector

TITLE = "Lines chosen anew for every frame"


WORDS = (1,)
"""The columns of ``headings`` that hold words."""


def headings(report: ReportFile) -> list[str]:
    """The headings of ``entries``, units below."""
    unit = criterion(report.metric).unit_short
    parts = [f"Fixed\n{unit}", f"Per frame\n{unit}", f"Gain\n{unit}", f"95 % CI\n{unit}", "Gain\n%"]
    return ["Lines", "Chosen on", "Frames", *parts]


def entries(report: ReportFile, row: PerFrameRow) -> list[str]:
    """A row's entries under ``headings``."""
    fixed, own, gain = (error_text(figure, report.metric) for figure in (row.fixed_error, row.error, row.gain))
    ends = (row.gain_low, row.gain_high)
    told = [error_text(end, report.metric) for end in ends if end is not None]
    return [
        str(row.budget),
        row.chosen_on,
        str(row.n_frames),
        *(fixed, own, gain),
        " to ".join(told) or "–",
        f"{100 * row.gain / row.fixed_error:.1f}" if row.fixed_error else "–",
    ]


def explanation(report: ReportFile) -> str:
    """What the rows are and how far they go."""
    method = printable(report.per_frame[0].method)
    means = f"Mean {metric_name(report.metric)} over frames, both of the fixed set, which {method} chose for all frames"
    by_points = method in NAMES and selector(method).reads_features
    how = _BY_POINTS if by_points else _BY_ERRORS.format(method=method)
    return f"{means}, and of {how} A drive's first frame has none. {intervals(report)}"


_BY_POINTS = (
    "sets that a small network reads off the points of one frame, as a programmable lidar could. It learned on the "
    "frames for choosing; nothing is evaluated on a judged frame. Same frame: read off the very frame that is judged, "
    "which no sensor can. Previous frame: read off the frame before in the drive and judged on the next, which a "
    "sensor could do that measured the frame before with all lines."
)
_BY_ERRORS = (
    "sets that {method} chose on one frame alone, as a programmable lidar could. Same frame: each choice is judged on "
    "the very frame it has looked at, which no sensor can: its gain bounds what switching can bring by this method. "
    "Previous frame: chosen on the frame before in the drive and judged on the next, which a sensor could do that "
    "knows its error on the frame before."
)


def switching_table(report: ReportFile) -> Table:
    """The rows, most lines first. Fits 80 columns."""
    table = empty_table(explanation(report), TITLE)
    for heading in headings(report):
        text = heading == "Chosen on"
        table.add_column(heading, justify="left" if text else "right", no_wrap=True)
    for row in report.per_frame:
        table.add_row(*entries(report, row))
    return table

"""What a smaller network costs and how well it does, in words and tables."""

from rich.table import Table
from rich.text import Text

from lidarsel.cautions import Caution, by_severity
from lidarsel.confidence import half_width
from lidarsel.listing import line_ranges, listed
from lidarsel.report.metric_words import millimetres
from lidarsel.report.terminal import add_columns, empty_table
from lidarsel.report.words import count
from lidarsel.shrink_files import ErrorAtLines, ImportanceFile, InParts, NetworkStep, ShrinkFile

STEP_NAMES = {"whole": "whole", "cut": "cut", "retrained": "retrained"}
TITLE = "Steps on the way to the smaller network"


WORDS = (0,)
"""The columns of ``headings`` that hold words."""


def headings(report: ShrinkFile) -> list[str]:
    """Of ``entries``."""
    numbers = ["all" if error.lines is None else str(error.lines) for error in report.steps[0].errors]
    return ["Network", "GMAC", "MB", "ms", *(f"RMSE\n{number}" for number in numbers)]


def entries(step: NetworkStep) -> list[str]:
    """What a step costs, encoder + a set of lines, and its RMSE at each number of lines."""
    return [
        STEP_NAMES[step.name],
        f"{step.macs.encoder / 1e9:.2f}+{step.macs.coalition / 1e9:.2f}",
        f"{step.n_bytes / 1e6:.2f}",
        f"{step.ms.encoder:.0f}+{step.ms.coalition:.0f}",
        *(f"{error.rmse_mm:.0f}" for error in step.errors),
    ]


def explanation(report: ShrinkFile) -> str:
    """What the columns are."""
    frames = count(len(report.frames), "frame")
    same = set(report.frames) & set(report.ranked_on_frames)
    return (
        "GMAC (10^9 multiply-accumulate operations) and ms (measured here, networks in turns): of the encoder, once a "
        "frame, + of each set of lines. MB: weights. RMSE: mm with so many lines, in equal steps of those in view, "
        f"mean over {frames} that channels were {'also' if same else 'not'} ranked on."
    )


def steps_table(report: ShrinkFile) -> Table:
    """Every step, a row each; fits 80 columns."""
    table = empty_table(explanation(report))
    network, *figures = headings(report)
    add_columns(table, (network,), figures)
    for step in report.steps:
        table.add_row(*(Text(entry) for entry in entries(step)))
    return table


def interval_entries(report: ShrinkFile) -> list[list[str]]:
    """A row for each number of lines: the RMSE of each step with its 95 % interval, and the last over the first."""
    rows = []
    for place, whole in enumerate(report.steps[0].errors):
        cells = ["all" if whole.lines is None else str(whole.lines)]
        cells += [_with_interval(step.errors[place]) for step in report.steps]
        rows.append([*cells, _change(whole.rmse_mm, report.steps[-1].errors[place].rmse_mm)])
    return rows


def interval_headings(report: ShrinkFile) -> list[str]:
    """Of ``interval_entries``."""
    return ["Lines", *(f"{STEP_NAMES[step.name]}, mm (95 % CI)" for step in report.steps), "change"]


def answer(report: ShrinkFile) -> str:
    """What was reached: with all lines, and where it lost and gained most."""
    whole, last = report.steps[0], report.steps[-1]
    macs = _of_image(last.macs, report.sets_per_image) / _of_image(whole.macs, report.sets_per_image)
    of_what = "" if report.sets_per_image == 1 else f" of an image with {report.sets_per_image} sets of lines"
    size = last.n_bytes / whole.n_bytes
    changes = [
        (after.rmse_mm / before.rmse_mm - 1, _with_lines(before))
        for before, after in zip(whole.errors, last.errors, strict=True)
        if before.rmse_mm
    ]
    told = "".join(
        f", {_percent(change)} {where} ({what})"
        for (change, where), what in ((max(changes), "the worst"), (min(changes), "the best"))
        if (change, where) != changes[-1]
    )
    change, where = changes[-1]
    kept = f"{macs:.0%} of the MACs{of_what} and {size:.0%} of the weights"
    return f"{kept}: RMSE {_percent(change)} {where}{told}.".replace("%", " %")


def lines_told(report: ShrinkFile) -> str:
    """Whether the chosen lines stay the same."""
    lines = report.lines
    if lines.lines_of_whole == lines.lines_of_small:
        return f"The {lines.budget} lines that interval chooses are the same with both networks."
    interval = "" if lines.low_mm is None else f" (95 % CI {lines.low_mm:+.1f} to {lines.high_mm:+.1f} mm)"
    shared = len(set(lines.lines_of_whole) & set(lines.lines_of_small))
    more = "more" if lines.regret_mm >= 0 else "less"
    return (
        f"Of {lines.budget} lines by interval, {shared} are the same with both networks (Jaccard {lines.jaccard:.2f}). "
        f"On the judged frames the smaller network's RMSE is {abs(lines.regret_mm):.1f} mm {more}{interval} with the "
        f"lines chosen for the whole one than with those chosen for itself: {line_ranges(lines.lines_of_small)}."
    )


def importance_told(importance: ImportanceFile) -> str:
    """What the scores are, and their bars."""
    by = {
        "shapley": "A channel's Shapley value is the RMSE that it takes away, averaged over all orders in which "
        "channels could be added, on frames with few and with many lines.",
        "random": "Scores are drawn by chance, to compare with.",
    }.get(importance.by, f"Scores are by {importance.unit}.")
    bars = "" if importance.degrees_of_freedom is None else " Bars: 95 % CIs (Student) over frames."
    return f"{by}{bars} What goes is worth least for the MACs that it takes, over all layers together."


def cautions(report: ShrinkFile, importance: ImportanceFile) -> list[str]:
    """What weakens the report, the most serious first."""
    found = list(report.cautions)
    if report.intervals_between == "stretches":
        said = "The judged frames are of one drive: what is said of accuracy is said of that drive."
        found.append(Caution("one-drive", said))
    if set(report.frames) & set(report.ranked_on_frames):
        found.append(Caution("same-frames", "Channels were ranked on frames that they are judged on."))
    freedom = importance.degrees_of_freedom
    if freedom is not None:
        known = [unit for unit in importance.units if unit.standard_error]
        surely = sum(abs(unit.score) > float(half_width(unit.standard_error or 0.0, freedom)) for unit in known)
        if surely < len(known) / 4:
            some = f"{surely} of {count(len(known), 'value')} of channels differ from 0 by more than chance (95 %)"
            said = f"Only {some}: give more --evaluations for a ranking to rely on."
            found.append(Caution("precision", said))
    return [caution.text for caution in by_severity(found)]


def layers_told(report: ShrinkFile) -> str:
    """The widths, layer by layer."""
    changed = [f"{layer.name} {layer.before} to {layer.after}" for layer in report.layers if layer.after < layer.before]
    return f"Channels: {listed(changed, most=40)}." if changed else "No channel was cut."


def _with_interval(error: ErrorAtLines) -> str:
    if error.low_mm is None or error.high_mm is None:
        return millimetres(error.rmse_mm)
    return f"{millimetres(error.rmse_mm)} ({millimetres(error.low_mm)} to {millimetres(error.high_mm)})"


def _change(before_mm: float, after_mm: float) -> str:
    return _percent(after_mm / before_mm - 1).replace("%", " %") if before_mm else "–"


def _of_image(macs: InParts, sets: int) -> float:
    return macs.encoder + sets * macs.coalition


def _percent(change: float) -> str:
    return f"{change:+.1%}".replace("-", "−")


def _with_lines(error: ErrorAtLines) -> str:
    return {None: "with all lines", 0: "without any", 1: "with 1 line"}.get(error.lines, f"with {error.lines} lines")

"""What ``lidarsel inspect`` shows."""

from rich.table import Table

from lidarsel.choices import ElevationKind
from lidarsel.crop_loss import crop_cautions, crop_notes
from lidarsel.datasets.inspect import DatasetSummary
from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.table import elevation_heading
from lidarsel.report.terminal import empty_table
from lidarsel.report.words import count

_BAR_WIDTH = 24
_KINDS: dict[ElevationKind, str] = {
    "cone": "the lasers' own",
    "apparent": "apparent, as the scene has them",
}


def summary_lines(summary: DatasetSummary) -> list[str]:
    """The facts of a data set, a line each, notes and problems last."""
    drives = ", ".join(f"{printable(name)} ({frames})" for name, frames in summary.frames_of_drive.items())
    sizes = ", ".join(f"{height}x{width}" for height, width in summary.image_sizes)
    least, most = summary.lines_per_frame
    per_frame = str(least) if least == most else f"{least} to {most}"
    highest, lowest = summary.elevation_deg[[0, -1]]
    in_image = summary.lines_in_image
    facts = {
        "frames": f"{summary.n_frames} ({summary.n_looked_at} looked at), by drive: {drives}",
        "images": sizes if summary.has_images else f"{sizes}, without camera image",
        "lines": f"{summary.n_lines} lines, {per_frame} in each frame",
        "elevations": f"{highest:.2f} to {lowest:.2f} degrees, {_KINDS[summary.elevation_kind]}",
        "in the image": f"{count(len(in_image), 'line')}: {line_ranges(in_image)}",
        "points": f"{_percent(summary.density)} of the pixels, {_percent(summary.unknown_share)} of unknown line",
        "ground truth": f"{summary.ground_truth}, {_percent(summary.ground_truth_coverage)} of the pixels",
        **_classes(summary),
        "fingerprint": summary.fingerprint,
    }
    lines = [f"{printable(summary.root)}: {summary.layout}, {printable(summary.sensor)}"]
    lines += [f"{name:<13} {fact}" for name, fact in facts.items()]
    cut = [*(caution.text for caution in crop_cautions(summary.cut)), *crop_notes(summary.cut)]
    lines += [f"note: {printable(note)}" for note in (*summary.notes, *cut)]
    if not summary.problems:
        return [*lines, "problems: none"]
    found = [f"problem: {printable(str(problem.path))}: {printable(problem.message)}" for problem in summary.problems]
    return [*lines, *found]


def _classes(summary: DatasetSummary) -> dict[str, str]:
    shares = ", ".join(f"{word} {_percent(share)}" for word, share in summary.class_shares.items())
    frames = count(summary.n_labelled, "labelled frame")
    return {"classes": f"{shares} of the ground truth of {frames}"} if shares else {}


def lines_table(summary: DatasetSummary) -> Table:
    """Elevation and points in the image of every line, topmost first."""
    table = empty_table()
    for heading in ("Line", elevation_heading(summary.elevation_kind), "Points in\nthe image"):
        table.add_column(heading, justify="right")
    table.add_column("")
    most = max(summary.points_per_line.max(), 1)
    for line, (angle, points) in enumerate(zip(summary.elevation_deg, summary.points_per_line, strict=True)):
        table.add_row(str(line), f"{angle:.2f}", f"{points:.0f}", "█" * round(_BAR_WIDTH * points / most))
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"

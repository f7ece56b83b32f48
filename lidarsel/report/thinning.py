"""What ``lidarsel apply`` says of what it did."""

from lidarsel.listing import line_ranges
from lidarsel.printable import printable
from lidarsel.report.words import count
from lidarsel.thinning.apply import ThinningSummary


def thinning_lines(done: ThinningSummary) -> list[str]:
    """The summary in words, a line each."""
    counts = ((done.scans, "scan"), (done.depth_images, "depth image"), (done.clouds, "cloud"))
    thinned = ", ".join(count(number, name) for number, name in counts if number)
    share, size = done.points / done.points_before, done.bytes / done.bytes_before
    others = "hard-linked" if done.linked else "copied"
    return [
        f"{count(len(done.lines), 'line')} of {done.n_lines} kept: {line_ranges(done.lines)}",
        f"{thinned}: {done.points} of {done.points_before} points kept ({share:.1%}), "
        f"{done.bytes_before / 1e6:.1f} -> {done.bytes / 1e6:.1f} MB ({size:.1%})",
        f"{count(done.unknown_points, 'point')} of unknown line dropped",
        *(f"left out: {printable(reason)}" for reason in done.left_out),
        f"{count(done.other_files, 'other file')} {others}",
        f"thinned: {done.out}",
    ]

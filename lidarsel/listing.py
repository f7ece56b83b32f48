"""Lists in a sentence that may be long: the first of it and how many more there are, or runs of numbers joined."""

from collections.abc import Sequence


def listed(names: Sequence[object], most: int = 5, separator: str = ", ", kind: str = "") -> str:
    """ "a, b, c, d, e and 3 more"; with a ``kind``, "and 3 more places"."""
    more = f" and {len(names) - most} more{f' {kind}' if kind else ''}" if len(names) > most else ""
    return separator.join(map(str, names[:most])) + more


def line_ranges(lines: Sequence[int]) -> str:
    """Sorted lines with runs joined, as options take them: [0, 1, 2, 5] -> "0-2, 5"."""
    runs: list[list[int]] = []
    for line in sorted(lines):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)

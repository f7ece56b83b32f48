"""Lists in a sentence that may be long: the first of it, and how many more there are."""

from collections.abc import Sequence


def listed(names: Sequence[object], most: int = 5, separator: str = ", ", kind: str = "") -> str:
    """ "a, b, c, d, e and 3 more"; with a ``kind``, "and 3 more places"."""
    more = f" and {len(names) - most} more{f' {kind}' if kind else ''}" if len(names) > most else ""
    return separator.join(map(str, names[:most])) + more

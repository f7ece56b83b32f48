"""Damaged files: refused, unless the user leaves their frames out; then the results say so."""

from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError
from lidarsel.listing import listed


def require_undamaged(dataset: Dataset, skip_bad: bool) -> None:
    """Raises BadInputError naming the first damaged file, unless ``skip_bad``: then its frame is left out already."""
    if not dataset.problems or skip_bad:
        return
    first, others = dataset.problems[0], len(dataset.problems) - 1
    more = f" (and {others} more, see lidarsel inspect)" if others else ""
    raise BadInputError(first.path, first.message + more, "mend it, or leave damaged frames out with --skip-bad")


def damage_notes(dataset: Dataset) -> list[str]:
    """What a reader of results must know of the files left out."""
    if not dataset.problems:
        return []
    return [f"Damaged and left out: {listed([problem.path.name for problem in dataset.problems])}."]

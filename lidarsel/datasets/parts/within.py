"""Complaints about a file that holds thousands of scans or images: they name the one they are about."""

from collections.abc import Iterator
from contextlib import contextmanager

from lidarsel.errors import BadInputError


@contextmanager
def within(part: str) -> Iterator[None]:
    """What a BadInputError raised inside says is said of ``part`` of the file."""
    try:
        yield
    except BadInputError as error:
        raise BadInputError(error.path, f"{part} {error.problem}", error.remedy) from None

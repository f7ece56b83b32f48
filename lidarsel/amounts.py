"""Amounts of computing and memory as they are typed: 2.4G operations, 800kB, 50% of something."""

import re

_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMG]?)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kM]?)B")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_THOUSANDS = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}


def operations(text: str) -> float | None:
    """ "2.4G" -> 2.4e9; None where it is no such number."""
    return _amount(_COUNT, text)


def n_bytes(text: str) -> float | None:
    """ "800kB" -> 8e5; None where it is no such size."""
    return _amount(_SIZE, text)


def share(text: str) -> float | None:
    """ "50%" -> 0.5; None where it is no such share."""
    found = _SHARE.fullmatch(text)
    return None if found is None else float(found[1]) / 100


def _amount(form: re.Pattern[str], text: str) -> float | None:
    found = form.fullmatch(text)
    return None if found is None else float(found[1]) * _THOUSANDS[found[2]]

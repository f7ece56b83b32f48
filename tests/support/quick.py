"""Cases of a test of which some are enough for every change, and the others run with ``-m slow``."""

from collections.abc import Collection, Sequence
from typing import Any

import pytest


def slow_but(quick: Collection[Any], cases: Sequence[Any]) -> list[Any]:
    """Cases for ``parametrize``, in their order: those that are not ``quick`` are marked slow; cases of several values
    are tuples."""
    assert all(case in cases for case in quick), "a quick case is none of the cases"
    marked = []
    for case in cases:
        values = case if isinstance(case, tuple) else (case,)
        marked.append(case if case in quick else pytest.param(*values, marks=pytest.mark.slow))
    return marked

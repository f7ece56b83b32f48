"""Stage 2: the lines to keep."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.contracts import LinesFile, Provenance, ValuesFile
from lidarsel.errors import BadInputError
from lidarsel.progress import noted_step
from lidarsel.selection.base import ErrorOf, Players, Problem, Selection
from lidarsel.selection.registry import selector
from lidarsel.selection.room import Lines
from lidarsel.settings import RunSettings
from lidarsel.workflow.inputs import Inputs

_TOGETHER = 32
"""Sets of lines evaluated between two movements of the progress bar."""


def select_lines(
    values: ValuesFile,
    methods: Sequence[str],
    budgets: Sequence[int],
    settings: RunSettings,
    error: ErrorOf | None,
) -> dict[str, Mapping[int, Selection]]:
    """The lines each method keeps for each budget; methods that evaluate share what budgets have in common.

    settings: constraints on lines, and how many sets ``interval`` may evaluate. error: bool (M, n_lines) -> float64
    (M,), the error to lower, or None where there is nothing to evaluate with.
    Raises UsageError for an unknown method, a budget that cannot be filled, or a needed error that is not given.
    """
    problem = Problem(
        players=Players(
            weight=np.array(values.points_per_line),
            value=np.array(values.mean),
            standard_error=np.array(values.standard_error),
            kind="line",
        ),
        constraints=settings.constraints(),
        seed=values.seed,
        evaluations=settings.sets,
        without_error="give the data with --data DATA",
    )
    chosen: dict[str, Mapping[int, Selection]] = {}
    with noted_step("selecting lines") as advance:
        for done, method in enumerate(methods):

            def say(count: int, done: int = done, method: str = method) -> None:
                advance(done, len(methods), f"{method}, {count} sets" if count else method)

            say(0)
            told = None if error is None else _told(error, say)
            chosen[method] = selector(method)(replace(problem, error=told), budgets)
        advance(len(methods), len(methods), "")
    return chosen


def _told(error: ErrorOf, say: Callable[[int], None]) -> ErrorOf:
    """``error``, saying how many sets it has been asked for."""
    asked = 0

    def errors(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        nonlocal asked
        found = [np.empty(0)]
        for start in range(0, len(masks), _TOGETHER):
            found.append(error(masks[start : start + _TOGETHER]))
            asked += len(found[-1])
            say(asked)
        return np.concatenate(found)

    return errors


def lines_file(values: ValuesFile, provenance: dict[str, object], method: str, lines: Lines) -> LinesFile:
    """``lines.yaml``'s content for chosen lines."""
    return LinesFile(
        **provenance,  # type: ignore[arg-type]
        sensor=values.sensor,
        n_lines=values.n_lines,
        elevation_deg=[round(angle, 4) for angle in values.elevation_deg],
        method=method,
        budget=len(lines),
        lines=list(lines),
        line_elevation_deg=[round(values.elevation_deg[line], 4) for line in lines],
        chosen_on_frames=values.frames,
    )


def lines_path(first: Path, position: int, budget: int) -> Path:
    """Where the lines of a budget are written: the first one's path, then -K before the ending for the others."""
    return first if position == 0 else first.with_name(f"{first.stem}-{budget}{first.suffix}")


def provenance_of(values: ValuesFile, command: str) -> dict[str, object]:
    """The provenance of what is made from a values file alone: the same data, network and seed, another command."""
    kept = {key: getattr(values, key) for key in Provenance.__struct_fields__}
    return kept | {"command": command}


def require_same(values: ValuesFile, inputs: Inputs, source: Path) -> None:
    """Refuse data or a network other than the values were made with. Raises BadInputError naming the values file."""
    for what, was, now in (
        ("data", values.data_fingerprint, inputs.dataset.fingerprint),
        ("network", values.network_sha256, inputs.network.sha256),
    ):
        if was != now:
            raise BadInputError(source, f"was made with another {what} than the one given", f"give the same {what}")

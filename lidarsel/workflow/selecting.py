"""Stage 2: the lines to keep."""

from pathlib import Path

import numpy as np

from lidarsel.contracts import LinesFile, Provenance, ValuesFile
from lidarsel.errors import BadInputError, UsageError
from lidarsel.selection.base import Lines, Players
from lidarsel.selection.registry import selector
from lidarsel.selection.resolve import ErrorOf, resolve
from lidarsel.workflow.inputs import Inputs


def select_lines(values: ValuesFile, method: str, budget: int, error: ErrorOf | None) -> Lines:
    """The lines a method keeps for a budget.

    error: bool (M, n_lines) -> float64 (M,), needed by methods that propose several sets and let evaluation pick.
    Raises UsageError for an unknown method, a budget outside 1..n_lines, or a needed error that is not given.
    """
    players = Players(
        weight=np.array(values.points_per_line),
        value=np.array(values.mean),
        standard_error=np.array(values.standard_error),
    )
    proposal = selector(method)(players, budget, values.seed)
    if error is None:
        if len(proposal.candidates) > 1:
            raise UsageError(
                f"method {method} proposes {len(proposal.candidates)} sets of {budget} lines and evaluates them to pick"
                " one; give the data with --data DATA"
            )
        return proposal.candidates[0]
    return resolve(proposal, values.n_lines, error)


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

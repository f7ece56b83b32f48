"""How sure the chosen lines are, for the report: from what was evaluated on the frames that they were chosen
on, and the chosen sets on those of them where nobody had asked."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.remembering import RememberingGame
from lidarsel.progress import step
from lidarsel.report_choice import ChoiceStability, LineBand
from lidarsel.selection.base import Problem, Selection
from lidarsel.selection.error_memory import as_masks
from lidarsel.selection.resampling import drive_weights
from lidarsel.selection.room import Members
from lidarsel.selection.stability import RESAMPLES, Evidence, as_good, inclusion, losses_between_drives
from lidarsel.settings import RunSettings
from lidarsel.workflow.expected import RESAMPLING
from lidarsel.workflow.valuing import LineValues

_BANDS, _LINES_OF_BAND = 6, 4
"""The most bands of elevations, and the fewest lines of each."""


def how_sure(
    game: RememberingGame[LineGame], values: LineValues, chosen: Mapping[int, Selection], settings: RunSettings
) -> list[ChoiceStability]:
    """How sure the choice of ``settings.choose`` is, for each budget.

    Within bounds nothing is told: what is remembered are errors by the metric alone, by which bounded lines were not
    chosen. Nor of one frame: drawn again it is the same, and which sets are as good on others is unknown.

    Args:
        game: on the frames that lines were chosen on, which remembers what selectors asked.
        values: of the lines on these frames.
        chosen: the lines, by budget.
        settings: the method, constraints and seed.
    """
    if settings.at_most or len(values.drives) == 1:
        return []
    problem = Problem(values.players(), settings.constraints(), settings.seed)
    sets = as_masks([selection.players for selection in chosen.values()], problem.players.n)
    game.mean_errors(sets & problem.room.active)  # a race may have been won before its last frames
    evidence = Evidence(values.drives, *game.known(), values.estimate.per_frame)
    with step(RESAMPLING) as advance:
        shares = inclusion(problem, settings.choose, chosen, evidence, progress=advance)
        found = [
            _of_budget(settings.choose, problem, evidence, chosen[budget].players, shares[budget], values)
            for budget in chosen
        ]
        advance(RESAMPLES, RESAMPLES)
    return found


def _of_budget(
    method: str,
    problem: Problem,
    evidence: Evidence,
    chosen: Members,
    shares: NDArray[np.float64] | None,
    values: LineValues,
) -> ChoiceStability:
    sets, errors = evidence.of_size(problem, len(chosen))
    good: list[Members] = []
    if sets:
        alike, mean = as_good(evidence, errors), drive_weights(evidence.drives) @ errors
        good = [sets[place] for place in np.argsort(mean, kind="stable") if alike[place]]
    in_image = tuple(line for line in chosen if problem.room.active[line])
    return ChoiceStability(
        method=method,
        budget=len(chosen),
        n_resamples=RESAMPLES,
        inclusion=[] if shares is None else shares.tolist(),
        n_sets=len(sets),
        as_good=[list(some) for some in good],
        chosen_as_good=in_image in good if in_image in sets else None,
        bands=line_bands(good, values.elevation_deg, problem.room.active),
        losses=losses_between_drives(evidence, errors),
    )


def line_bands(
    sets: Sequence[Members], elevation_deg: NDArray[np.float64], active: NDArray[np.bool_]
) -> list[LineBand]:
    """Lines a degree of some sets, in bands of about as many lines in the image each, topmost first.

    A band ends half-way between its last line and the next one, the outermost as far beyond it.

    Args:
        sets: of lines.
        elevation_deg: float64 (n_lines,), falling; where it is not, or not known, there are no bands.
        active: bool (n_lines,), lines in the image.
    """
    lines = np.flatnonzero(active)
    angles = elevation_deg[lines]
    if not sets or len(lines) < 2 or not (np.diff(angles) < 0).all():
        return []
    between = (angles[:-1] + angles[1:]) / 2
    edges = np.concatenate([[2 * angles[0] - between[0]], between, [2 * angles[-1] - between[-1]]])
    members = as_masks(sets, len(elevation_deg))[:, lines]
    found, start = [], 0
    for part in np.array_split(np.arange(len(lines)), max(1, min(_BANDS, len(lines) // _LINES_OF_BAND))):
        upper_deg, lower_deg = float(edges[start]), float(edges[part[-1] + 1])
        density = members[:, part].sum(axis=1) / (upper_deg - lower_deg)
        least, mean, most = float(density.min()), float(density.mean()), float(density.max())
        found.append(LineBand(upper_deg=upper_deg, lower_deg=lower_deg, least=least, mean=mean, most=most))
        start = int(part[-1]) + 1
    return found

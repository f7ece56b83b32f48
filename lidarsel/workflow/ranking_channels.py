"""What every channel of a network is worth: by Shapley values of games of channels, or by one of their rivals."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.completion.base import CutsChannels
from lidarsel.completion.units import Unit
from lidarsel.criterion import criterion
from lidarsel.errors import UsageError
from lidarsel.evaluation.channel_game import ChannelChoice, ChannelGame, channel_units
from lidarsel.evaluation.stored import StoredGame
from lidarsel.importance.channels.rankings import RANKINGS
from lidarsel.importance.channels.subject import Learning, Subject
from lidarsel.progress import noted_step, step
from lidarsel.shapley.base import Progress, ShapleyEstimate
from lidarsel.shapley.registry import estimator
from lidarsel.shapley.regression import fewest_evaluations
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.shrinking.task import completion_task, task_frame
from lidarsel.workflow.channel_session import ChannelSession, channel_game
from lidarsel.workflow.expected_shrinking import VALUING_CHANNELS
from lidarsel.workflow.session import Source

_DRAWS = 2
"""Of scales for each frame: the maps of every draw are held for the gradient, some 2 GB each at KITTI's size."""
_TOGETHER = 16
"""Coalitions between two movements of the progress bar."""


@dataclass(frozen=True, eq=False)
class ChannelScores:
    """Of units of a network, more being more important, comparable between layers.

    Attributes:
        units: what stays or goes together.
        score: float64 (units,).
        standard_error: float64 (units,), or None where there is none.
        degrees_of_freedom: of it, likewise.
        unit: of the scores, for tables.
        n_evaluations: how many networks were cut and judged on a frame.
    """

    units: tuple[Unit, ...]
    score: NDArray[np.float64]
    standard_error: NDArray[np.float64] | None
    degrees_of_freedom: float | None
    unit: str
    n_evaluations: int = 0


def by_shapley(session: ChannelSession, frames: Sequence[int], settings: ShrinkSettings) -> ChannelScores:
    """Shapley values of the channels of all layers together, or layer by layer with the others whole.

    Args:
        session: opened over the whole network.
        frames: indices into the data set.
        settings: estimator, its evaluations (shared out by the number of units, layer by layer) and seed.
    """
    choice = session.choice
    units = channel_units(session.source.network, choice)
    layers = tuple(dict.fromkeys(unit.layer for unit in units))
    score, error = np.zeros((2, len(units)))
    freedom, asked = np.inf, 0
    parts: list[tuple[str, ...] | None] = [None] if settings.joint else [(layer,) for layer in layers]
    _require_enough([unit.layer for unit in units], parts, len(frames) * choice.sets_per_frame, settings)
    every = channel_game(session.source, frames, choice)
    with noted_step(VALUING_CHANNELS) as advance:
        for part in parts:
            places = [place for place, unit in enumerate(units) if part is None or unit.layer in part]
            game = session.stored(every, settings.metric, part)
            share = settings.evaluations * len(places) // len(units)

            def progress(
                done: int, _total: int, before: int = asked, of: str = part[0] if part else "all layers"
            ) -> None:
                advance(min(before + done, settings.evaluations), settings.evaluations, of)

            found = _estimate(game, share, settings, progress)
            score[places], error[places] = found.mean, found.standard_error
            freedom, asked = min(freedom, found.degrees_of_freedom), asked + found.n_evaluations
    decides = criterion(settings.metric)
    several = len(frames) * choice.sets_per_frame > 1
    return ChannelScores(
        units,
        score,
        error if several else None,
        freedom if several and np.isfinite(freedom) else None,
        f"{decides.unit} of {decides.title}",
        asked,
    )


def _require_enough(
    layer_of: Sequence[str], parts: Sequence[tuple[str, ...] | None], n_frames: int, settings: ShrinkSettings
) -> None:
    """Raises UsageError where a game's share of the evaluations is fewer than the regression needs."""
    if settings.estimator != "regression":
        return
    sizes = [len(layer_of) if part is None else sum(layer in part for layer in layer_of) for part in parts]
    needed = max(-(-fewest_evaluations(n_frames, size) * len(layer_of) // size) for size in sizes)
    if settings.evaluations < needed:
        problem = f"{settings.evaluations} evaluations are too few for {len(layer_of)} players on {n_frames} frames"
        raise UsageError(f"{problem}; give --evaluations {needed} or more")


def _estimate(
    game: StoredGame[ChannelGame], evaluations: int, settings: ShrinkSettings, progress: Progress
) -> ShapleyEstimate:
    return estimator(settings.estimator)(
        game, evaluations=evaluations, seed=settings.seed, batch=_TOGETHER, progress=progress, stop=settings.stop_rule()
    )


def by_ranking(source: Source, frames: Sequence[int], choice: ChannelChoice, settings: ShrinkSettings) -> ChannelScores:
    """Scores by what ``importance.channels`` has, with the frames and lines that the channel game would have.

    Raises:
        UsageError: the ranking learns from data, which only lidarsel's own network is asked for.
    """
    network, ranking = source.network, RANKINGS[settings.by]
    units = channel_units(network, choice)
    assert isinstance(network, CutsChannels)
    module, task = network.module, None
    if ranking.needs == "data":
        if network.name != "lidarsel":
            raise UsageError(f"--by {settings.by} needs lidarsel's own network; rank {network.name} by shapley or l1")
        game = channel_game(source, frames, choice)
        with step("reading frames") as advance:
            read = []
            for number in range(len(game)):
                read.append(task_frame(game.frame(number), game.lines(number)))
                advance(number + 1, len(game))
        task = completion_task(read)
        module = copy.deepcopy(module).train()  # what it does in use writes over what a gradient needs
    with step(f"ranking by {settings.by}", 1) as advance:
        learning = Learning(draws=_DRAWS, together=settings.joint)
        score = ranking.scores(Subject(module, network.couplings, units, task, learning, settings.seed))
        advance(1, 1)
    return ChannelScores(units, score, None, None, ranking.says)

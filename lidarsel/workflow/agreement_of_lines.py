"""Whether a smaller network has the same lines chosen, and what it costs to keep those of the whole one."""

import numpy as np

from lidarsel.choices import FIGURES
from lidarsel.completion.base import CompletionNetwork
from lidarsel.confidence import independent_groups, mean_interval
from lidarsel.evaluation.line_game import LineGame
from lidarsel.selection.base import Players
from lidarsel.shrink_files import LineAgreement
from lidarsel.workflow.budgets import with_budgets
from lidarsel.workflow.selecting import select_on
from lidarsel.workflow.session import Session

_METHOD = "interval"


def line_agreement(
    session: Session, choosing: LineGame, judging: LineGame, whole: CompletionNetwork, small: CompletionNetwork
) -> LineAgreement:
    """Choose lines with both networks on the frames for choosing, and judge both choices with the smaller one.

    As many lines as the first of ``settings.budgets``, half of the sensor's where none is given; by ``interval``.

    Args:
        session: the opened data and store.
        choosing: the frames that lines are chosen on.
        judging: the frames that they are judged on.
        whole: the network before.
        small: the network after.
    """
    source = session.source
    settings = with_budgets(source.settings, source.dataset.n_lines, source.data)
    budget = settings.budgets[0]
    chosen = []
    for network in (whole, small):
        game = session.deciding(with_network(choosing, network), settings.metric)
        players = Players(game.game.points_per_line(), kind="line")
        found = select_on(game, players, [_METHOD], [budget], settings)
        chosen.append(found[_METHOD][budget].players)
    game = session.stored(with_network(judging, small), settings.metric)
    coalitions = np.zeros((2, game.n_players), np.bool_)
    for row, lines in zip(coalitions, chosen, strict=True):
        row[list(lines)] = True
    rmse = FIGURES.index("rmse_mm")
    errors = np.stack([game.errors(frame, coalitions)[:, rmse] for frame in range(game.n_frames)])
    lost = errors[:, 0] - errors[:, 1]
    interval = mean_interval(lost, independent_groups(judging.drives))
    both, either = set(chosen[0]) & set(chosen[1]), set(chosen[0]) | set(chosen[1])
    return LineAgreement(
        budget=budget,
        lines_of_whole=list(chosen[0]),
        lines_of_small=list(chosen[1]),
        jaccard=len(both) / len(either),
        regret_mm=float(lost.mean()),
        low_mm=interval.low,
        high_mm=interval.high,
    )


def with_network(game: LineGame, network: CompletionNetwork) -> LineGame:
    """The same frames, completed by another network."""
    return LineGame(game.dataset, game.frames, network, game.crop, str(game.device), game.empty_coalition, game.parts)

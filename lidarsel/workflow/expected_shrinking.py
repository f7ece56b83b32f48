"""How long the steps of making a network smaller are thought to take, beside each other: for its progress alone.

Seconds are those of one quiet core, measured; only their ratios count.
"""

from math import prod

from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_numbers import line_numbers
from lidarsel.pace import PlannedStep
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.training.settings import TrainSettings
from lidarsel.workflow.expected import choosing_lines_step, evaluation_s

VALUING_CHANNELS, RETRAINING = "valuing channels", "retraining"
"""Titles of steps."""

_CHANNEL_EVALUATION = 9
"""Of cutting a network, encoding a frame and completing it, to completing it with a set of lines alone."""
_FIT_S = 4.0
"""Of fitting the surrogate of some 400 units of channels."""
_TRAINED_PIXEL_S = 3e-6
"""Of a step, for each pixel of each of its images."""


def judging_title(network: str) -> str:
    """Of judging a network, named as in the table of steps."""
    return f"judging the {network} network"


def shrinking_steps(choosing: LineGame, judging: LineGame, settings: ShrinkSettings) -> list[PlannedStep]:
    """The steps that take long, for ``lidarsel.progress.planned``.

    Args:
        choosing: the frames that channels are ranked and lines chosen on.
        judging: those that networks are judged on.
        settings: of the command.
    """
    one_s = evaluation_s(choosing)
    steps = []
    if settings.by == "shapley":
        valuing = PlannedStep(VALUING_CHANNELS, settings.evaluations, _CHANNEL_EVALUATION * one_s, after=_FIT_S)
        steps.append(valuing)
    if settings.retrain:
        steps.append(PlannedStep(RETRAINING, 0, other=settings.retrain * _training_step_s(choosing)))
    steps += 2 * [choosing_lines_step(choosing, settings)]
    judged = len(judging.frame_ids) * len(line_numbers(judging.dataset.n_lines))
    names = ("whole", "cut", "retrained") if settings.retrain else ("whole", "cut")
    return [*steps, *(PlannedStep(judging_title(name), judged, one_s) for name in names)]


def _training_step_s(game: LineGame) -> float:
    usual = TrainSettings()
    pixels = prod(min(ours, theirs) for ours, theirs in zip(usual.crop, game.frame(0).size, strict=True))
    return _TRAINED_PIXEL_S * pixels * usual.images_per_step

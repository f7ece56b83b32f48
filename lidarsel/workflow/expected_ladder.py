"""How long the networks of a ladder are thought to take, beside each other: for its progress alone.

A step has work for each pixel whatever the width, and a training computes all experts, so that MACs of the active ones
say little. Seconds are those of one busy core: process time of 8 steps each of networks 0.5, 1 and 1.4 wide, plain and
with 2 to 16 experts, in turns (docs/scaling.md has them); only their ratios count.
"""

from dataclasses import dataclass
from math import prod

from lidarsel.completion.lidarsel_net.mixture import GATHERING_PAYS
from lidarsel.pace import PlannedStep
from lidarsel.training.settings import TrainSettings
from lidarsel.workflow.ladder_rungs import NetworkSize, Rung

_BACKWARD = 2
"""Times the work of a network forwards that its gradient takes."""
_MAC_S = 5.8e-11
_READ_S = 1.0e-6
"""Of a frame, for each pixel, like all that follow."""
_ENCODED_S = 7.7e-7
"""Of an image, beside MACs."""
_COMPLETED_S, _TRAINED_S = 2.5e-7, 7e-7
"""Of a set of lines, beside MACs; in training with its loss and gradient, those of the image included."""
_ROUTED_S = 1e-7
"""Of a set of lines, where there are experts."""


@dataclass(frozen=True)
class LadderFrameCounts:
    """What the trainings of a ladder have in common. image: (H, W). n_validating, n_judging: frames. n_numbers: of sets
    of lines that networks are judged with."""

    image: tuple[int, int]
    n_validating: int
    n_judging: int
    n_numbers: int


def making_steps(rung: Rung, recipe: TrainSettings, counts: LadderFrameCounts) -> tuple[PlannedStep, PlannedStep]:
    """Training a rung and judging it, for ``lidarsel.progress``.

    Args:
        rung: whose steps.
        recipe: of its training.
        counts: how many frames it is judged on, and with how many sets of lines.
    """
    training, judging = rung.steps
    judged_s = _judged_s(rung.size, counts)
    validations = -(-recipe.steps // recipe.validate_every)
    validating_s = validations * min(recipe.validation_frames, counts.n_validating) * judged_s
    reading_s = _READ_S * prod(counts.image)
    a_step_s = (
        training_step_s(rung.size, recipe, counts.image)
        + recipe.images_per_step * reading_s
        + validating_s / recipe.steps
    )
    return (
        PlannedStep(training, recipe.steps, a_step_s),
        PlannedStep(judging, 0, other=counts.n_judging * (judged_s + reading_s)),
    )


def training_step_s(size: NetworkSize, recipe: TrainSettings, image: tuple[int, int]) -> float:
    """Of an optimiser step on images of (H, W), once they are read."""
    pixels = prod(min(ours, theirs) for ours, theirs in zip(recipe.crop, image, strict=True))
    sets = recipe.subsets_per_image
    macs = (1 + _BACKWARD) * (size.macs.of_image(sets) + sets * (size.experts - 1) * size.expert_macs)
    of_image_s = macs * pixels / prod(image) * _MAC_S + pixels * sets * (_TRAINED_S + _routed_s(size))
    return recipe.images_per_step * of_image_s


def _judged_s(size: NetworkSize, counts: LadderFrameCounts) -> float:
    """Of a frame with every number of lines, on a CPU: there experts are gathered where that pays (``mixture``)."""
    pixels, sets = prod(counts.image), counts.n_numbers
    times = min(size.experts, GATHERING_PAYS * size.design.granularity)
    macs = size.macs.of_image(sets) + sets * (times - 1) * size.expert_macs
    return macs * _MAC_S + pixels * (_ENCODED_S + sets * (_COMPLETED_S + _routed_s(size)))


def _routed_s(size: NetworkSize) -> float:
    return _ROUTED_S if size.experts > 1 else 0.0

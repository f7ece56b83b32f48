"""What decides a training that keeps its data private, beside what decides any."""

from typing import Annotated

import msgspec

from lidarsel.amounts import share
from lidarsel.choices import ShareBy
from lidarsel.errors import UsageError
from lidarsel.options import PRIVACY, Option
from lidarsel.privacy.asked import UnitAsked, what_is_wrong_with
from lidarsel.privacy.ledger import MOST_STEPS
from lidarsel.training.settings import TrainSettings

LEAST_DELTA = 1e-10
"""The Fourier transforms of the accountant are exact to about 1e-16 in all."""


def parse_share(option: str, text: str) -> float:
    """ "10%" -> 0.1. Raises UsageError for anything else."""
    found = share(text)
    if found is None:
        raise UsageError(f"{option} {text!r} is no share; give e.g. 10%")
    return found


class PrivateSettings(TrainSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without ``private`` all of it stays at its defaults.

    A step draws each unit (a drive, or a frame) by itself with one chance, ``images_per_step`` of them on average, and
    takes one image of each. A unit's gradient by the weights that take part is clipped to a norm of ``gradient_clip``;
    the sum of them gets noise, and is divided by ``gradient_clip`` and by the number of units expected, so that
    ``learning_rate`` is the longest step there would be without noise. Plain gradient descent.

    share, share_by: which of the weights are trained at all. drop: what share of these rests in a step, drawn anew in
    each. public: the data, a folder or "simulated", that weights are judged by and importance is measured on.
    """

    private: Annotated[
        bool,
        Option(
            "Differential privacy: the weights tell next to nothing of any one drive (docs/privacy.md). Where they are "
            "not given, 500 steps of 16 images at a rate of 0.002.",
            PRIVACY,
        ),
    ] = False
    epsilon: Annotated[float | None, Option("How much the weights may tell of one unit, as 3; to 50.", PRIVACY)] = None
    delta: Annotated[float, Option("The chance that they tell more.", PRIVACY)] = 1e-6
    unit: UnitAsked = "drive"
    share: Annotated[
        float, Option("Of the weights, those that are trained, as 10%.", PRIVACY, parse=parse_share, default="100%")
    ] = 1.0
    share_by: Annotated[
        ShareBy, Option("What chooses them: random, magnitude, or importance on public frames.", PRIVACY)
    ] = "random"
    drop: Annotated[
        float,
        Option(
            "Of those, the share that rests, as 90%, drawn anew at every step.",
            PRIVACY,
            parse=parse_share,
            default="0%",
        ),
    ] = 0.0
    public: Annotated[
        str,
        Option("Public data, a folder or 'simulated', to judge weights and measure importance on.", PRIVACY),
    ] = "simulated"

    def __post_init__(self) -> None:
        """Raises ValueError for a value that makes no sense."""
        TrainSettings.__post_init__(self)
        if not self.private:
            self._require_no_word_of_privacy()
            return
        if self.epsilon is None:
            raise ValueError("epsilon is not given, but private training needs one, as 3")
        if problem := what_is_wrong_with(self.epsilon, self.delta, LEAST_DELTA):
            raise ValueError(problem)
        if self.steps > MOST_STEPS:
            raise ValueError(f"steps is {self.steps}, but must be at most {MOST_STEPS} in private training")
        if not 0 < self.share <= 1:
            raise ValueError(f"share is {self.share:.3%}, but must be above 0% and at most 100%")
        if not 0 <= self.drop < 1:
            raise ValueError(f"drop is {self.drop:.3%}, but must be from 0% to below 100%")
        if self.drop > 0 and self.share_by == "importance":
            raise ValueError("drop: goes with --share-by random or magnitude: importance is measured once")
        if self.weight_decay > 0:
            raise ValueError("weight_decay: private training has none; leave it out")

    def _require_no_word_of_privacy(self) -> None:
        fields = {field.name: field.default for field in msgspec.structs.fields(PrivateSettings)}
        for name in ("epsilon", "delta", "unit", "share", "share_by", "drop", "public"):
            if getattr(self, name) != fields[name]:
                raise ValueError(f"{name} is for private training; give --private too, or leave it out")

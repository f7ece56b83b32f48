"""What stands in for a network's answer where no kept line has a point in the image.

By default nothing does: v(no line) is what the network makes of the image alone. Some networks cannot be asked, as
those that divide by the median depth. The constant is the mean of what all lines measured in the frame: hardly a
network knows less, and hardly a constant does better, so it flatters no line. It follows from the frame alone, whatever
others are there.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from lidarsel.choices import EmptyCoalition
from lidarsel.completion.base import NoDepthError
from lidarsel.errors import BadInputError

CONSTANT = "constant"
NOTE = (
    "Where no kept line has a point in the image, depth is the mean of what all lines measured in the frame; the"
    " network is not asked (--empty-coalition constant)."
)


def rule_of(empty_coalition: EmptyCoalition) -> Mapping[str, str]:
    """What of it belongs to the identity of the network that is asked: nothing where nothing stands in for it."""
    return {"empty_coalition": empty_coalition} if empty_coalition == CONSTANT else {}


def by_constant(predict: Callable[[Tensor], Tensor], constant_m: float, n_answers: int) -> Callable[[Tensor], Tensor]:
    """``predict`` for coalitions that measured something, the constant for the others.

    Args:
        predict: float32 (B, M) metres at measured pixels, 0 = no value -> float32 (B, n_answers).
        constant_m: the depth of an empty coalition.
        n_answers: pixels that are answered for.
    """

    def answer(measured_m: Tensor) -> Tensor:
        asked = (measured_m > 0).any(dim=1).nonzero()[:, 0]
        answered = measured_m.new_full((len(measured_m), n_answers), constant_m)
        if len(asked):
            try:
                answered[asked] = predict(measured_m[asked])
            except NoDepthError as error:
                error.row = int(asked[error.row])
                raise
        return answered

    return answer


def constant_of(measured_m: Tensor, frame: str) -> float:
    """The constant of a frame. measured_m: float32 (M,), by all its lines. Raises BadInputError where nothing is."""
    if not len(measured_m):
        problem = "no line has a point in the image, of which --empty-coalition constant makes its depth"
        raise BadInputError(frame, problem, "see lidarsel inspect")
    return float(measured_m.to(torch.float64).mean())

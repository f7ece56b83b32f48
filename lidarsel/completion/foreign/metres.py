"""Whether what a user's own network returns can be metres at all, looked at where depths were measured."""

import torch
from torch import Tensor

_FEWEST = 256  # measured pixels that say something
_INVERSE = -0.8  # of log depths: what answers inverse depth comes near -1, and no depth in metres does
_NORMALISED_M, _NEAR_M = 1.0, 2.0  # nothing farther than the one, where half of what was measured is beyond the other


def why_no_metres(depth_m: Tensor, sparse_depth_m: Tensor) -> str | None:
    """What speaks against metres; None where nothing does.

    depth_m, sparse_depth_m: (1, H, W), depth > 0 everywhere, and measured depth, 0 = no value.
    """
    at = sparse_depth_m > 0
    measured, answered = sparse_depth_m[at].double(), depth_m[at].double()
    if len(measured) < _FEWEST:
        return None
    most, middle = float(depth_m.max()), float(measured.median())
    if most <= _NORMALISED_M and middle > _NEAR_M:
        return (
            f"returned at most {most:g} m where {middle:.1f} m were measured; normalised or inverse depth is no depth"
        )
    logs = torch.stack([measured.log(), answered.log()])
    if bool((logs.std(dim=1) > 0).all()) and float(torch.corrcoef(logs)[0, 1]) < _INVERSE:
        return "returned less the farther the measured points are; inverse depth is no depth"
    return None

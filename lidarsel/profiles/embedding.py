"""A frame as a vector, and a private unit as the mean of its frames'."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import ProfileFeatures
from lidarsel.frame import Frame
from lidarsel.privacy.noisy_mean import within_one
from lidarsel.profiles import fourier, tangent_kernel
from lidarsel.profiles.columns import columns
from lidarsel.profiles.discriminants import Discriminants

Doubles = NDArray[np.float64]
_EMBED = {"ntk": tangent_kernel.embed, "fourier": fourier.embed}


def embed_columns(columns_of_frame: Doubles, features: ProfileFeatures) -> Doubles:
    """Columns (C, FIGURES) -> float64 (d,)."""
    return _EMBED[features](columns_of_frame)


def embed_unit(frames: Iterable[Frame], features: ProfileFeatures, discriminants: Discriminants) -> Doubles:
    """Float64 (k,) of length 1 at most: mean of what tells the frames of a unit, zero for a unit without frames.

    A function of this unit and of no other.
    """
    found = [discriminants(embed_columns(columns(frame), features)) for frame in frames]
    return within_one(np.mean(found, axis=0)) if found else np.zeros(discriminants.matrix.shape[1])

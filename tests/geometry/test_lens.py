"""Images freed of a lens: against the formula of its distortion, written out here, and a picture drawn through it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lidarsel.geometry.lens import require_lens, undistorted

SIZE = (240, 360)
K = np.array([[210.0, 0, 174.5], [0, 205.0, 121.25], [0, 0, 1]])
LENSES = [
    (-0.21, 0.06, 0.0012, -0.0021),
    (-0.21, 0.06, 0.0012, -0.0021, -0.011),
    (0.12, -0.05, 0.001, 0.002, 0.01, 0.05, -0.02, 0.003),
]

Array = NDArray[np.float64]


def bent(u: Array, v: Array, lens: tuple[float, ...]) -> tuple[Array, Array]:
    """Where the lens puts what a pinhole has at (u, v): Brown's model by hand."""
    k1, k2, p1, p2, k3, k4, k5, k6 = (*lens, *[0.0] * (8 - len(lens)))
    x, y = (u - K[0, 2]) / K[0, 0], (v - K[1, 2]) / K[1, 1]
    r2 = x * x + y * y
    radial = (1 + k1 * r2 + k2 * r2**2 + k3 * r2**3) / (1 + k4 * r2 + k5 * r2**2 + k6 * r2**3)
    x, y = (
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
        y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
    )
    return x * K[0, 0] + K[0, 2], y * K[1, 1] + K[1, 2]


def straight(u: Array, v: Array, lens: tuple[float, ...]) -> tuple[Array, Array]:
    """The inverse, by iteration."""
    at_u, at_v = u.copy(), v.copy()
    for _ in range(60):
        found_u, found_v = bent(at_u, at_v, lens)
        # beyond what the lens sees the iteration runs away
        at_u, at_v = np.clip(at_u + u - found_u, -200, 600), np.clip(at_v + v - found_v, -200, 500)
    return at_u, at_v


def pattern(u: Array, v: Array) -> Array:
    """Smooth, so that sampling it costs little: (..., 3) of 0..255."""
    waves = (np.sin(u / 9), np.cos(v / 7), np.sin((u + v) / 11))
    return 127 + 110 * np.stack(waves, -1)


@pytest.mark.parametrize("lens", LENSES)
def test_a_picture_through_the_lens_is_straight_again(lens: tuple[float, ...]) -> None:
    v, u = np.mgrid[: SIZE[0], : SIZE[1]].astype(float)
    seen = np.rint(pattern(*straight(u, v, lens))).astype(np.uint8)
    freed = undistorted(seen, K, lens)
    inside_u, inside_v = bent(u, v, lens)
    inside = (inside_u > 1) & (inside_u < SIZE[1] - 2) & (inside_v > 1) & (inside_v < SIZE[0] - 2)
    assert inside.mean() > 0.6
    assert (freed.shape, freed.dtype) == (seen.shape, np.uint8)
    difference = np.abs(freed.astype(float) - pattern(u, v))[inside]
    assert difference.max() < 4
    assert np.abs(seen.astype(float) - pattern(u, v))[inside].mean() > 5 * difference.mean()


def test_models() -> None:
    require_lens("plumb_bob", 5)
    require_lens("rational_polynomial", 8)
    for model, n, told in (
        ("equidistant", 4, "of a fisheye lens"),
        ("plumb_bob", 3, "3 coefficients, where it has 4 or 5"),
        ("thin_prism", 12, "none of plumb_bob, rational_polynomial"),
    ):
        with pytest.raises(ValueError, match=told):
            require_lens(model, n)

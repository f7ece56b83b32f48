"""Materials: what is worked out only where it shows must not show elsewhere."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from lidarsel.simulation.sensing.materials import Spots, _fraction, albedo, has_holes, holes
from lidarsel.simulation.sensing.noise import noise_texture
from lidarsel.simulation.streets.mesh import Material

N = 20_000
Floats = NDArray[np.float32]


def spots(param: tuple[float, float, float, float], footprint_m: float, width_m: float = 12.0) -> Spots:
    rng = np.random.default_rng(0)
    uv_m = (rng.uniform(0, width_m, (2, N)) - [[0], [width_m / 2]]).astype(np.float32)
    columns = np.repeat(np.array(param, np.float32)[:, None], N, 1)
    return Spots(uv_m, np.full((3, N), 0.2, np.float32), columns, np.full(N, footprint_m, np.float32))


def part(of: Spots, index: NDArray[np.int64]) -> Spots:
    return Spots(of.uv_m[:, index], of.tint[:, index], of.param[:, index], of.footprint_m[index])


def colour(material: Material, of: Spots) -> Floats:
    return albedo(np.full(N, material, np.uint8), partial(part, of))[0]


@given(arrays(np.float32, 50, elements=st.floats(-1e6, 1e6, width=32)))
def test_the_fraction_is_numpys_remainder_to_the_bit(x: Floats) -> None:
    np.testing.assert_array_equal(_fraction(x), np.mod(x, np.float32(1)))


def test_a_road_has_lines_where_its_lanes_are_and_a_yard_has_none() -> None:
    """Four lanes on 7 m either side: edges at 6.65 m all along; the middle and 3.5 m from it dashed."""
    road = spots((7.0, 4.0, 3.0, 0.2), 0.01, 16.0)
    v, white = road.uv_m[1], colour(Material.ASPHALT, road)[0] > 0.6
    across, dashed = np.abs(v), np.mod(road.uv_m[0], 9.0) < 3.0
    at = {line: np.abs(across - line) < 0.05 for line in (0.0, 3.5, 6.65)}
    assert white[at[6.65]].mean() > 0.7
    for line in (0.0, 3.5):
        assert white[at[line] & dashed].mean() > 0.7
        assert not white[at[line] & ~dashed].any()
    assert not white[~np.logical_or.reduce([np.abs(across - line) < 0.08 for line in at])].any()
    assert not (colour(Material.ASPHALT, spots((7.0, 0.0, 3.0, 0.2), 0.01, 16.0))[0] > 0.6).any()


def test_two_lanes_are_parted_in_the_middle_only() -> None:
    road = spots((7.0, 2.0, 3.0, 0.2), 0.01, 16.0)
    white = colour(Material.ASPHALT, road)[0] > 0.6
    assert white[np.abs(road.uv_m[1]) < 0.05].any()
    assert not white[np.abs(np.abs(road.uv_m[1]) - 3.5) < 0.3].any()


def test_bricks_and_cracks_show_near_by_and_not_from_afar() -> None:
    plain, brick = (3.0, 3.0, 0.0, 0.5), (3.0, 3.0, 0.0, 0.6)
    for footprint_m, shown in ((0.01, True), (0.2, False)):
        walls = [colour(Material.FACADE, spots(param, footprint_m)).std() for param in (plain, brick)]
        assert (walls[1] > 1.15 * walls[0]) == shown
    near, far = (colour(Material.ASPHALT, spots((7.0, 0.0, 3.0, 0.2), f)) for f in (0.059, 0.061))
    cracked = near[0] < far[0] - 0.05
    assert 0.005 < cracked.mean() < 0.05


def test_paint_has_blotches_of_another_colour_where_it_has_a_pattern() -> None:
    plain = colour(Material.PAINT, spots((0.0, 0.5, 0.9, 0.0), 0.01))
    blotched = colour(Material.PAINT, spots((0.5, 0.5, 0.9, 0.0), 0.01))
    other = np.isclose(blotched, np.array([[0.07], [0.63], [0.21]]), atol=1e-3).all(axis=0)
    assert 0.2 < other.mean() < 0.8
    np.testing.assert_array_equal(blotched[:, ~other], plain[:, ~other])


@pytest.mark.parametrize("tile_m", [12.0, np.full(N, 7.0, np.float32)], ids=["one tile", "tiles"])
def test_no_footprint_is_a_footprint_of_nothing(tile_m: float | Floats) -> None:
    u, v = spots((0, 0, 0, 0), 0.0).uv_m
    noise = noise_texture("grain")
    np.testing.assert_array_equal(noise(u, v, tile_m, 0.0), noise(u, v, tile_m, np.zeros(N, np.float32)))


def test_rays_pass_leaves_with_gaps_and_pickets_and_nothing_else() -> None:
    open_leaf, dense_leaf = (0.5, 0.5, 0.3, 0.0), (0.0, 0.5, 0.3, 0.0)
    material = np.array([Material.LEAF, Material.LEAF, Material.FENCE, Material.PAINT], np.uint8)
    param = np.array([open_leaf, dense_leaf, (0.2, 0.6, 0, 0), open_leaf], np.float32)
    np.testing.assert_array_equal(has_holes(material, param), [True, False, True, False])
    for kind, figures in ((Material.LEAF, open_leaf), (Material.FENCE, (0.2, 0.6, 0.0, 0.0))):
        of = spots(figures, 0.0)
        through = holes(np.full(N, kind, np.uint8), partial(part, of))
        assert 0.1 < through.mean() < 0.9

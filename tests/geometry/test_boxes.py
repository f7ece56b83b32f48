"""Points in boxes, against the tetrahedra between a box's corners."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lidarsel.geometry.boxes import Box, values_in_boxes
from tests.support.label_files import Thing

sizes = st.floats(0.2, 6.0)
places = st.floats(-5.0, 5.0)
things = st.builds(Thing, st.just("Car"), st.tuples(places, places, places), st.floats(-4.0, 4.0), sizes, sizes, sizes)


def box_of(thing: Thing, value: int) -> Box:
    raised = np.eye(4)
    raised[2, 3] = thing.height_m / 2
    size = np.array([thing.length_m, thing.width_m, thing.height_m])
    return Box(np.asarray(np.linalg.inv(thing.lidar_from_box @ raised)), size, value)


@given(things, st.integers(0, 2**32 - 1))
def test_points_are_in_the_box_that_its_corners_span(thing: Thing, seed: int) -> None:
    xyz = np.random.default_rng(seed).uniform(-9, 9, (400, 3))
    np.testing.assert_array_equal(values_in_boxes(xyz, [box_of(thing, 3)], 9) == 3, thing.holds(xyz))


def test_the_smaller_of_two_boxes_counts() -> None:
    lorry, driver = Thing("Truck", (0, 0, 0), 0.3, 8, 3, 3), Thing("Pedestrian", (1, 0, 1), 0.0, 1, 1, 1)
    xyz = np.array([[1.0, 0.0, 1.5], [-3.0, 0.0, 1.0], [30.0, 0.0, 0.0]])
    for boxes in ([box_of(lorry, 1), box_of(driver, 2)], [box_of(driver, 2), box_of(lorry, 1)]):
        assert values_in_boxes(xyz, boxes, 5).tolist() == [2, 1, 5]


def test_a_box_seen_from_elsewhere_holds_the_same_points() -> None:
    thing = Thing("Car", (2.0, -1.0, 0.5), 0.7, 4.0, 2.0, 1.5)
    moved = np.eye(4)
    moved[:3] = np.column_stack([Rotation.from_euler("xyz", [20, -40, 130], degrees=True).as_matrix(), [3, 1, -2]])
    xyz = np.random.default_rng(0).uniform(-4, 4, (500, 3))
    there = (np.column_stack([xyz, np.ones(len(xyz))]) @ np.linalg.inv(moved).T)[:, :3]
    found = values_in_boxes(there, [box_of(thing, 1).seen_from(moved)], 0)
    assert 5 < found.sum() < 400
    np.testing.assert_array_equal(found == 1, thing.holds(xyz))


def test_no_point_and_no_box() -> None:
    assert values_in_boxes(np.empty((0, 3)), [], 5).tolist() == []
    assert values_in_boxes(np.zeros((2, 3)), [], 5).tolist() == [5, 5]

"""Frames without files: from one process or several the same, and none is left behind."""

import multiprocessing
from itertools import islice

import numpy as np
import pytest

from lidarsel.simulation.frames import simulate_with_exact_depth
from lidarsel.simulation.settings import SimulateSettings

TINY = SimulateSettings(
    seed=8, frames=5, frames_per_scene=2, image_height=48, image_width=160, azimuth_step_deg=2.0, n_lines=16
)


def test_several_processes_make_the_frames_of_one() -> None:
    alone, together = (list(simulate_with_exact_depth(TINY, processes)) for processes in (1, 2))
    assert [frame.frame_id for frame, _ in alone] == [
        f"simulated_8/scene_{scene:05d}/{i:03d}" for scene, i in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0))
    ]
    for (here, exact_here), (there, exact_there) in zip(alone, together, strict=True):
        assert here.frame_id == there.frame_id
        np.testing.assert_array_equal(exact_here, exact_there)
        for name in ("image", "ground_truth_m"):
            np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
        for name in ("row", "column", "depth_m", "line"):
            np.testing.assert_array_equal(getattr(here.points, name), getattr(there.points, name))


@pytest.mark.parametrize("taken", [1, 3])
def test_who_stops_early_leaves_no_process(taken: int) -> None:
    frames = simulate_with_exact_depth(TINY, 2)
    assert len(list(islice(frames, taken))) == taken
    frames.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()

"""Simulated frames without files: what training and the benchmarks use."""

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from lidarsel.frame import Frame
from lidarsel.geometry.placed_scans import Depth
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.ground_truth import NEIGHBOURS
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.simulation.sweeps import accumulated

GAP_S = 1.2
"""Between the frames of a scene, so that they differ."""


def simulate_frames(settings: SimulateSettings) -> Iterator[Frame]:
    """``settings.frames`` frames (times ``settings.drives``) from many scenes, ``frames_per_scene`` from each.

    Every frame has its image, the lidar points in it with their true lines, ground truth as KITTI makes it (float32
    (H, W) metres, 0 = none) and the calibration.
    """
    for frame, _ in simulate_with_exact_depth(settings):
        yield frame


FrameAndDepth = tuple[Frame, Depth]


def simulate_with_exact_depth(settings: SimulateSettings, processes: int = 1) -> Iterator[FrameAndDepth]:
    """The frames of ``simulate_frames``, each with its exact dense depth, float32 (H, W) metres, 0 = none in range.

    ``processes`` make scenes side by side: the same frames in the same order.
    """
    total, each = settings.frames * settings.drives, settings.frames_per_scene
    counts = [min(each, total - done) for done in range(0, total, each)]
    if processes > 1:
        yield from _side_by_side(settings, counts, processes)
        return
    for number, count in enumerate(counts):
        yield from _scene(settings, number, count)


def _side_by_side(settings: SimulateSettings, counts: list[int], processes: int) -> Iterator[FrameAndDepth]:
    # Started anew: the fork of a process with threads may stand for ever. An interrupt is the parent's to tell.
    anew = get_context("spawn")
    pool = ProcessPoolExecutor(processes, anew, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN))
    try:
        scenes = [pool.submit(_whole_scene, settings, number, count) for number, count in enumerate(counts)]
        for scene in scenes:
            yield from scene.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _whole_scene(settings: SimulateSettings, number: int, count: int) -> list[FrameAndDepth]:
    return list(_scene(settings, number, count))


def _scene(settings: SimulateSettings, number: int, count: int) -> Iterator[FrameAndDepth]:
    """The first ``count`` frames of the scene with this number."""
    drive = Drive(settings, number, GAP_S * settings.frames_per_scene)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for i in range(count):
            yield _frame(drive, number, i, pool)


def _frame(drive: Drive, number: int, i: int, pool: ThreadPoolExecutor) -> FrameAndDepth:
    """Frame ``i`` of the scene with this number, and its exact depth."""
    settings = drive.settings
    reach, n_scans = range(-NEIGHBOURS, NEIGHBOURS + 1), 2 * NEIGHBOURS + 1
    times_s = [GAP_S * i + settings.frame_period_s * step for step in reach]
    indices = [i * n_scans + step + NEIGHBOURS for step in reach]
    seeing = pool.submit(drive.picture_at, i, GAP_S * i)
    shots = list(pool.map(drive.scan_ahead_at, indices, times_s))
    picture = seeing.result()
    own = shots[NEIGHBOURS]
    frame = Frame(
        frame_id=f"simulated_{settings.seed}/scene_{number:05d}/{i:03d}",
        size=(settings.image_height, settings.image_width),
        n_lines=settings.n_lines,
        points=drive.image_points(own),
        image=picture.image,
        ground_truth_m=accumulated(drive, i, own, shots, picture),
        calibration=drive.rig.calibration,
    )
    return frame, picture.depth_m

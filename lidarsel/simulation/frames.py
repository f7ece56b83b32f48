"""Simulated frames without files: what training and the benchmarks use."""

import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

from lidarsel.frame import Frame, ImagePoints
from lidarsel.geometry.placed_scans import Depth
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.ground_truth import NEIGHBOURS
from lidarsel.simulation.sensing.camera import Picture
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


def simulate_seen(settings: SimulateSettings) -> Iterator[Frame]:
    """The frames of ``simulate_frames`` without ground truth, which takes ten scans more than all else."""
    total, each = settings.frames * settings.drives, settings.frames_per_scene
    for number, start in enumerate(range(0, total, each)):
        drive = Drive(settings, number, GAP_S * each)
        for i in range(min(each, total - start)):
            shot = drive.scan_ahead_at(_scan_index(i, 0), GAP_S * i)
            yield _seen(drive, number, i, drive.image_points(shot), drive.picture_at(i, GAP_S * i))


def _scan_index(i: int, step: int) -> int:
    """Of the scan ``step`` turns after frame ``i``."""
    return i * (2 * NEIGHBOURS + 1) + step + NEIGHBOURS


def _seen(drive: Drive, number: int, i: int, points: ImagePoints, picture: Picture) -> Frame:
    """Frame ``i`` of the scene with this number, without ground truth."""
    settings = drive.settings
    return Frame(
        frame_id=f"simulated_{settings.seed}/scene_{number:05d}/{i:03d}",
        size=(settings.image_height, settings.image_width),
        n_lines=settings.n_lines,
        points=points,
        image=picture.image,
        calibration=drive.rig.calibration,
    )


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
    reach = range(-NEIGHBOURS, NEIGHBOURS + 1)
    times_s = [GAP_S * i + settings.frame_period_s * step for step in reach]
    indices = [_scan_index(i, step) for step in reach]
    seeing = pool.submit(drive.picture_at, i, GAP_S * i)
    shots = list(pool.map(drive.scan_ahead_at, indices, times_s))
    picture = seeing.result()
    own = shots[NEIGHBOURS]
    frame = _seen(drive, number, i, drive.image_points(own), picture)
    return replace(frame, ground_truth_m=accumulated(drive, i, own, shots, picture)), picture.depth_m

"""Simulated frames without files: what training and the benchmarks use."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from lidarsel.frame import Frame
from lidarsel.geometry.placed_scans import Depth
from lidarsel.simulate.drive import Drive
from lidarsel.simulate.ground_truth import NEIGHBOURS
from lidarsel.simulate.settings import SimulateSettings
from lidarsel.simulate.sweeps import accumulated

GAP_S = 1.2
"""Between the frames of a scene, so that they differ."""


def simulate_frames(settings: SimulateSettings) -> Iterator[Frame]:
    """``settings.frames`` frames (times ``settings.drives``) from many scenes, ``frames_per_scene`` from each.

    Every frame has its image, the lidar points in it with their true lines, ground truth as KITTI makes it (float32
    (H, W) metres, 0 = none) and the calibration.
    """
    for frame, _ in simulate_with_exact_depth(settings):
        yield frame


def simulate_with_exact_depth(settings: SimulateSettings) -> Iterator[tuple[Frame, Depth]]:
    """The frames of ``simulate_frames``, each with its exact dense depth, float32 (H, W) metres, 0 = none in range."""
    total, done, number = settings.frames * settings.drives, 0, 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        while done < total:
            count = min(settings.frames_per_scene, total - done)
            drive = Drive(settings, number, GAP_S * settings.frames_per_scene)
            for i in range(count):
                yield _frame(drive, number, i, pool)
            done += count
            number += 1


def _frame(drive: Drive, number: int, i: int, pool: ThreadPoolExecutor) -> tuple[Frame, Depth]:
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
        ground_truth_m=accumulated(drive, i, own, [(shot, drive.unrolled(shot)[0]) for shot in shots], picture),
        calibration=drive.rig.calibration,
    )
    return frame, picture.depth_m

"""Simulated frames without files: what training and the embedded demo use."""

from collections.abc import Iterator

from lidarsel.frame import Frame
from lidarsel.simulate.drive import Drive
from lidarsel.simulate.settings import SimulateSettings


def simulate_frames(settings: SimulateSettings) -> Iterator[Frame]:
    """``settings.frames`` frames (times ``settings.drives``) from many scenes, ``frames_per_scene`` from each.

    Every frame has its image, the lidar points in it with their true lines, exact dense ground truth (float32
    (H, W) metres, 0 = nothing in range) and the calibration. Frames of a scene are 1.2 s apart, so that they differ.
    """
    total, done, number = settings.frames * settings.drives, 0, 0
    gap_s = 1.2
    while done < total:
        count = min(settings.frames_per_scene, total - done)
        drive = Drive(settings, number, gap_s * settings.frames_per_scene)
        for i in range(count):
            shot, picture = drive.scan_at(i, gap_s * i), drive.picture_at(i, gap_s * i)
            yield Frame(
                frame_id=f"simulated_{settings.seed}/scene_{number:05d}/{i:03d}",
                size=(settings.image_height, settings.image_width),
                n_lines=settings.n_lines,
                points=drive.image_points(shot),
                image=picture.image,
                ground_truth_m=picture.depth_m,
                calibration=drive.rig.calibration,
            )
            done += 1
        number += 1

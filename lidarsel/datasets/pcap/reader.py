"""Packet captures of a Velodyne (tcpdump, Wireshark), with images named by their time; each capture is a drive.

A frame is a turn of the lidar and the image taken nearest to when it looked straight ahead.
"""

from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.parts.calibration_yaml import CALIBRATION, read_yaml_calibration
from lidarsel.datasets.parts.images import IMAGE_FOLDERS
from lidarsel.datasets.parts.pairing import PAIR_WITHIN_MS, pair
from lidarsel.datasets.parts.reach import require_links_inside
from lidarsel.datasets.pcap.capture import Capture, open_capture
from lidarsel.datasets.pcap.images import shown, stamped_images
from lidarsel.datasets.pcap.velodyne import elevations_deg, require_decoder
from lidarsel.datasets.reader import LayoutFacts, Reader
from lidarsel.datasets.scans.calibrated import numbered_by
from lidarsel.datasets.scans.drive_scans import DriveScans, ScanCache
from lidarsel.datasets.scans.frames_in_a_row import motion_if_in_a_row
from lidarsel.datasets.scans.numbering import SensorLines
from lidarsel.datasets.scans.ring_scans import Rings, find_rings
from lidarsel.datasets.scans.scan_dataset import ScanDataset, open_scans
from lidarsel.datasets.scans.sensor_name import NameSensor, any_sensor
from lidarsel.datasets.scans.shots import Shot
from lidarsel.errors import BadInputError
from lidarsel.geometry.cones import LineElevations
from lidarsel.geometry.ring_order import RingOrder

LAYOUT = LayoutFacts(
    name="pcap",
    looks_for="*.pcap with calibration.yaml and images/",
    ground_truth=("accumulated", "scan"),
    extra="lidarsel[pcap]; lidarsel[poses] to accumulate",
)
_SUFFIXES = (".pcap", ".pcapng")


def find_captures(path: Path) -> list[Path]:
    """The capture itself, or those in a folder."""
    inside = sorted(path.iterdir()) if path.is_dir() else [path]
    return [file for file in inside if file.suffix.lower() in _SUFFIXES and not file.is_dir()]


def recognise(path: Path) -> bool:
    return bool(find_captures(path))


def open_dataset(path: Path, options: ReadOptions) -> ScanDataset:
    """Goes through each capture once. Neighbours are accumulated where the turns show that they follow each other; then
    they are freed of motion too.

    Raises BadInputError where velodyne-decoder is not installed, a capture is damaged or of no lidar that is read, the
    calibration is missing or damaged, or images are there and none is of the time of a turn.
    """
    files = find_captures(path)
    require_decoder(files[0])
    folder = path if path.is_dir() else path.parent
    if not path.is_dir():
        require_links_inside(folder, options.follow_links, (path.name, CALIBRATION, *IMAGE_FOLDERS))
    calibration = folder / CALIBRATION
    read_yaml_calibration(calibration)  # a wrong calibration is told before any capture is read
    images = stamped_images(folder)
    captures = [open_capture(file, options.skip_bad) for file in files]
    _require_one_model(captures)
    images_of = {capture.name: _images_of(capture, images) for capture in captures}
    if images and not any(images_of.values()):
        raise _no_pair(captures, images)
    notes = [note for capture in captures for note in [*capture.notes, *_unpaired(capture, images_of)]]
    rings = None if options.sensor is not None else _rings(path, captures, options)
    motion, told = motion_if_in_a_row(path, {c.name: c.index.turns for c in captures}, options, deskewed=False)
    cache = ScanCache()
    camera = partial(lru_cache(maxsize=1)(read_yaml_calibration), calibration)
    shots: list[Shot] = []
    for capture in captures:
        paths = dict.fromkeys(capture.index.turns, capture.path)
        numbering = _numbering(capture, rings, options)
        drive = DriveScans(capture.name, paths, cache, numbering, motion, options.skip_bad)
        own = images_of[capture.name]
        numbers = own if images else capture.index.turns
        shots += [Shot(f"{capture.name}/{n:06d}", drive, n, own.get(n), camera) for n in numbers]
    return open_scans(LAYOUT.name, path, shots, [calibration], options, [*notes, *told], _sensor_name(captures))


def _images_of(capture: Capture, images: dict[int, Path]) -> dict[int, Path]:
    """By the number of the turn: images and turns that are each other's nearest in time, at most 50 ms apart."""
    turns, stamps = capture.index.turns, list(images)
    numbers = sorted(turns)
    pairs = pair([turns[number].ahead_ns for number in numbers], stamps)
    return {numbers[turn]: images[stamps[image]] for turn, image in pairs.items()}


def _unpaired(capture: Capture, images_of: dict[str, dict[int, Path]]) -> list[str]:
    n_turns, n_pairs = len(capture.index.turns), len(images_of[capture.name])
    if n_turns == n_pairs or not any(images_of.values()):
        return []
    return [
        f"{capture.name}: {n_turns - n_pairs} of {n_turns} turns are left out as frames, having no image of their own "
        f"within {PAIR_WITHIN_MS} ms."
    ]


def _no_pair(captures: list[Capture], images: dict[int, Path]) -> BadInputError:
    times = [turn.ahead_ns for capture in captures for turn in capture.index.turns.values()]
    problem = (
        f"was captured from {shown(min(times))} to {shown(max(times))}, and no image is within {PAIR_WITHIN_MS} ms of "
        f"a turn: they are from {shown(min(images))} to {shown(max(images))}"
    )
    remedy = "name the images by the clock of the machine that captured the packets"
    return BadInputError(captures[0].path, problem, remedy)


def _require_one_model(captures: list[Capture]) -> None:
    first = captures[0]
    for capture in captures:
        if capture.index.model != first.index.model:
            problem = f"is of a {capture.index.model.name}, and {first.path.name} of a {first.index.model.name}"
            raise BadInputError(capture.path, problem, "give the captures of each lidar a folder of their own")


def _rings(path: Path, captures: list[Capture], options: ReadOptions) -> Rings:
    """As the model has them, whichever of them return; the scans are looked at for how much of a turn they cover."""
    found = find_rings(path, [partial(c.scan, n) for c in captures for n in c.index.turns], options.skip_bad)
    table = elevations_deg(captures[0].index.model)
    line_of_ring = np.arange(len(table), dtype=np.int16)[::-1]
    order = RingOrder(line_of_ring, n_lines=len(table), by_elevation=False, first=0)
    return replace(found, elevation_deg=table, order=order, notes=())


def _numbering(capture: Capture, rings: Rings | None, options: ReadOptions) -> SensorLines:
    if rings is not None:
        numbering = rings.numbering(lambda _, number: capture.scan(number))
        return replace(numbering, known=LineElevations(rings.elevation_deg, "cone"))
    sensor = options.sensor
    assert sensor is not None
    return numbered_by(sensor, lambda _, number: capture.scan_by(sensor, number))


def _sensor_name(captures: list[Capture]) -> NameSensor:
    name = captures[0].index.model.name
    return lambda elevation_deg: f"Velodyne {name}" if len(elevation_deg) > 1 else any_sensor(elevation_deg)


READER = Reader(
    LAYOUT,
    place=95,
    why_there="after the clouds: a capture may lie beside what was decoded from it",
    recognise=recognise,
    open=open_dataset,
    accepts=frozenset({"sensor", "view"}),
    thinning=None,
)

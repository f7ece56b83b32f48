"""Captures as data sets: images paired by time, whatever they were captured on, lost packets, the vehicle's motion."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lidarsel.contracts import read_contract
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.pcap.images import stamped_images
from lidarsel.datasets.registry import open_dataset
from lidarsel.datasets.scans.scan_dataset import ScanDataset
from lidarsel.errors import BadInputError
from lidarsel.sensor_file import SensorFile
from tests.datasets.pcap.test_points import assert_same_points
from tests.support.commands import lidarsel, succeeded
from tests.support.kitti_trees import Array, Street, write_image, write_yaml_calibration
from tests.support.velodyne_captures import (
    START_NS,
    VLP_16,
    VLP_32C,
    MadeCapture,
    Packet,
    Truth,
    write_drive,
    write_pcap,
)

pytest.importorskip("velodyne_decoder", reason="needs the extra 'pcap'")

SCAN = ReadOptions("scan")


def assert_whole(data: Dataset, truth: Truth, turns: int = 3) -> None:
    assert len(data) == turns
    for turn in range(turns):
        assert_same_points(data.scan(turn), *truth.of(turn))


@pytest.mark.parametrize(
    "how",
    [{"vlan": True}, {"link": 101}, {"link": 113}, {"link": 0}, {"order": ">"}, {"nanoseconds": True}],
    ids=str,
)
def test_captures_of_every_kind(tmp_path: Path, how: dict[str, Any]) -> None:
    packets, truth = MadeCapture().packets()
    write_pcap(tmp_path / "drive.PCAP", packets, **how)
    write_yaml_calibration(tmp_path)
    assert_whole(open_dataset(tmp_path, SCAN), truth)


def _others(packets: list[Packet]) -> list[Packet]:
    """What else goes over the wire: the lidar's telemetry, a camera's picture, noise."""
    noise = [(8308, bytes(512)), (3956, bytes(1400)), (53, b"\x01"), (2368, b"\xff\xee"), (2368, bytes(1206))]
    return [
        packet for i, own in enumerate(packets) for packet in (own, (own[0] + 1000, "10.0.0.7", *noise[i % len(noise)]))
    ]


def test_packets_of_others_are_passed_over(tmp_path: Path) -> None:
    packets, truth = MadeCapture().packets()
    write_pcap(tmp_path / "drive.pcap", _others(packets))
    write_yaml_calibration(tmp_path)
    assert_whole(open_dataset(tmp_path, SCAN), truth)


NAMES: dict[str, Callable[[int], str]] = {
    "nanoseconds": str,
    "microseconds": lambda ns: str(ns // 1000),
    "milliseconds": lambda ns: str(ns // 1_000_000),
    "seconds": lambda ns: f"{ns // 10**9}.{ns % 10**9:09d}",
    "seconds to the hundredth": lambda ns: f"{ns / 1e9:.2f}",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", ["images", "image"])
def test_images_belong_to_the_turn_nearest_in_time(tmp_path: Path, name: str, folder: str) -> None:
    """A camera of 30 frames a second, of which every third is of a turn."""
    made = MadeCapture(turns=2)
    write_pcap(tmp_path / "drive.pcap", made.packets()[0])
    write_yaml_calibration(tmp_path)
    for shot in range(8):
        stamp_ns = made.ahead_ns(0) - 63_000_000 + 33_000_000 * shot
        write_image(tmp_path / folder / f"{NAMES[name](stamp_ns)}.png", seed=shot)
    data = open_dataset(tmp_path, SCAN)
    assert isinstance(data, ScanDataset)
    files = sorted((tmp_path / folder).iterdir())
    # 63 ms after the first is 3 ms after the third; the second turn is 99.5 ms later, at 162.5
    assert [shot.image for shot in data.shots] == [files[2], files[5]]
    assert not [note for note in data.notes if "no image" in note]


def test_turns_without_an_image_are_told_and_no_frames(tmp_path: Path) -> None:
    made = MadeCapture(turns=4)
    write_drive(tmp_path, made)
    (tmp_path / f"images/{made.ahead_ns(2) + 3_000_000}.png").unlink()
    first = tmp_path / f"images/{made.ahead_ns(0) + 3_000_000}.png"
    first.rename(first.with_name(f"{made.ahead_ns(0) - 51_000_000}.png"))
    data = open_dataset(tmp_path, SCAN)
    assert list(data.frame_ids) == ["drive.pcap/000001", "drive.pcap/000003"]
    told = "drive.pcap: 2 of 4 turns are left out as frames, having no image of their own within 50 ms."
    assert told in data.notes
    shutil.rmtree(tmp_path / "images")
    without = open_dataset(tmp_path, SCAN)
    assert len(without) == 4
    assert without.frame(0).image is None


@pytest.mark.parametrize(
    "name", ["000001", "1700000000.1.2", "17e8", "9999999999999999999", "2023-11-14", "１７００００００００"]
)
def test_images_of_other_names_are_refused(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / f"images/{name}.png", seed=0)
    with pytest.raises(BadInputError, match="not named by the time"):
        stamped_images(tmp_path)


def test_two_images_of_one_time_are_refused(tmp_path: Path) -> None:
    write_image(tmp_path / "images/1700000000.5.png", seed=0)
    write_image(tmp_path / "images/1700000000500.png", seed=1)
    with pytest.raises(BadInputError, match=r"is of the same time as 1700000000\.5\.png"):
        stamped_images(tmp_path)


def test_turns_that_lack_packets_are_left_out_and_told(tmp_path: Path) -> None:
    packets, truth = MadeCapture(turns=5).packets()
    a_turn = 75
    kept = [p for i, p in enumerate(packets) if not 2.5 * a_turn < i < 2.5 * a_turn + 5]
    write_pcap(tmp_path / "drive.pcap", kept)
    write_yaml_calibration(tmp_path)
    data = open_dataset(tmp_path, SCAN)
    assert list(data.frame_ids) == [f"drive.pcap/{turn:06d}" for turn in (0, 1, 3, 4)]
    assert "drive.pcap: 1 of 5 turns lack packets and are left out." in data.notes
    assert_same_points(data.scan(2), *truth.of(3))


def test_a_capture_of_which_every_turn_lacks_packets_is_refused_as_that(tmp_path: Path) -> None:
    packets, _ = MadeCapture(turns=5).packets()
    write_pcap(tmp_path / "drive.pcap", [packet for number, packet in enumerate(packets) if number % 5])
    write_yaml_calibration(tmp_path)
    with pytest.raises(BadInputError, match="no whole turn"):
        open_dataset(tmp_path, SCAN)


def test_whole_turns_that_were_not_captured_are_counted(tmp_path: Path) -> None:
    """The lidar comes round to the same azimuth, so that only time tells."""
    packets, truth = MadeCapture(turns=6).packets()
    write_pcap(tmp_path / "drive.pcap", [p for i, p in enumerate(packets) if not 130 <= i < 130 + 2 * 75])
    write_yaml_calibration(tmp_path)
    data = open_dataset(tmp_path, SCAN)
    assert list(data.frame_ids) == [f"drive.pcap/{turn:06d}" for turn in (0, 4, 5)]
    assert_same_points(data.scan(1), *truth.of(4))


def test_a_lidar_set_to_look_ahead_only(tmp_path: Path) -> None:
    """Its field of view can be narrowed; then it sends nothing in the rest of each turn."""
    packets, truth = MadeCapture(turns=4).packets()
    azimuth = np.array([int.from_bytes(payload[2:4], "little") for *_, payload in packets])
    kept = [packet for packet, own in zip(packets, azimuth, strict=True) if own < 9000 or own >= 27000]
    write_pcap(tmp_path / "drive.pcap", kept)
    write_yaml_calibration(tmp_path)
    data = open_dataset(tmp_path, SCAN)
    assert not [note for note in data.notes if "lack packets" in note]
    scan = data.scan(1)
    assert scan is not None
    xyz, _ = truth.of(1)
    assert len(scan.xyz_m) == pytest.approx((xyz[:, 0] > 0).sum(), rel=0.05)


def test_a_capture_alone_is_read_with_what_stands_beside_it(tmp_path: Path) -> None:
    write_drive(tmp_path, MadeCapture())
    assert list(open_dataset(tmp_path / "drive.pcap", SCAN).frame_ids) == list(open_dataset(tmp_path, SCAN).frame_ids)
    (tmp_path / "calibration.yaml").rename(tmp_path.parent / "elsewhere.yaml")
    (tmp_path / "calibration.yaml").symlink_to(tmp_path.parent / "elsewhere.yaml")
    with pytest.raises(BadInputError, match="leads out of the data"):
        open_dataset(tmp_path / "drive.pcap", SCAN)
    assert len(open_dataset(tmp_path / "drive.pcap", replace(SCAN, follow_links=True))) == 3


def test_each_capture_of_a_folder_is_a_drive(tmp_path: Path) -> None:
    packets, _ = MadeCapture(turns=2).packets()
    later = [(stamp_ns + 60 * 10**9, *rest) for stamp_ns, *rest in packets]
    write_pcap(tmp_path / "a.pcap", packets)
    write_pcap(tmp_path / "b.pcap", later)  # type: ignore[arg-type]
    write_yaml_calibration(tmp_path)
    data = open_dataset(tmp_path, SCAN)
    assert list(data.drives) == ["a.pcap"] * 2 + ["b.pcap"] * 2
    write_pcap(tmp_path / "c.pcap", MadeCapture(VLP_32C).packets()[0])
    with pytest.raises(BadInputError, match=r"c.pcap: is of a VLP-32C, and a.pcap of a VLP-16"):
        open_dataset(tmp_path, SCAN)


def test_clouds_decoded_from_a_capture_come_before_it(tmp_path: Path) -> None:
    write_drive(tmp_path, MadeCapture())
    (tmp_path / "000000.pcd").write_bytes(b"")
    with pytest.raises(BadInputError, match=r"000000\.pcd"):
        open_dataset(tmp_path, SCAN)


class Alley(Street):
    """With piers along its facades, by which registration can tell how far the lidar has come."""

    def cast(self, origin_x_m: Array | float, directions: Array) -> Array:
        reach = super().cast(origin_x_m, directions)
        x, y, _ = directions.T
        for pier_m in (-17.0, -11.0, -6.0, -2.5, 1.0, 6.5, 11.0, 14.0, 19.5, 24.0, 27.0):
            with np.errstate(divide="ignore", invalid="ignore"):
                to_it = (pier_m - origin_x_m) / x
                hit = (to_it > 0) & (to_it < reach) & (np.abs(to_it * y) > self.half_width_m - 1.5)
            reach = np.where(hit, to_it, reach)
        return reach


@pytest.mark.skipif(find_spec("kiss_icp") is None, reason="needs the extra 'poses'")
def test_neighbours_are_accumulated_free_of_motion(tmp_path: Path) -> None:
    """The wall behind is seen at the beginning and at the end of a turn, between which the lidar drives a metre."""
    street = Alley(speed_mps=10.0)
    made = MadeCapture(VLP_32C, turns=6, street=street)
    write_drive(tmp_path, made)
    data = open_dataset(tmp_path)
    assert isinstance(data, ScanDataset)
    assert data.ground_truth == "accumulated"
    for number in (2, 3):
        shot = data.shots[number]
        when_s = (made.ahead_ns(number) - START_NS) / 1e9
        measured, moved = shot.scan().xyz_m, shot.drive.xyz_m(number)
        behind = (measured[:, 0] < -15) & (np.abs(measured[:, 1]) < 4) & (measured[:, 2] > -1)
        wall_m = -20.0 - street.speed_mps * when_s
        assert np.abs(measured[behind, 0] - wall_m).mean() > 0.4
        assert np.abs(moved[behind, 0] - wall_m).mean() < 0.1


def test_the_commands_of_a_user(tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    write_drive(drive, MadeCapture(turns=4))
    told = succeeded(lidarsel("inspect", drive))
    assert "drive: pcap, Velodyne VLP-16" in told
    assert "problems: none" in told
    assert "16 lines, 15.00 to -15.00" in succeeded(lidarsel("calibrate", drive, "-o", tmp_path / "sensor.yaml"))
    cones = read_contract(tmp_path / "sensor.yaml", SensorFile).cones()
    data = open_dataset(drive, ReadOptions("scan", sensor=cones))
    _, line = MadeCapture(turns=4).packets()[1].of(1)
    scan = data.scan(1)
    assert scan is not None
    assert np.bincount(scan.line, minlength=16) == pytest.approx(np.bincount(line, minlength=16), abs=20)
    options = ["--lines", "1,5,9,13", "--network", "nearest", "--ground-truth", "scan", "--json"]
    rows = json.loads(succeeded(lidarsel("evaluate", drive, *options, cwd=tmp_path)))["rows"]
    assert [row["budget"] for row in rows] == [16, 4, 0]
    assert rows[0]["rmse_mm"] < rows[1]["rmse_mm"] < rows[2]["rmse_mm"]


def test_elevations_are_the_makers_whatever_is_seen(tmp_path: Path) -> None:
    """In a room all is at nearly one distance, and no fit would tell them."""
    write_drive(tmp_path, MadeCapture(street=Street(speed_mps=0.0, end_m=2.0, half_width_m=2.0)))
    data = open_dataset(tmp_path, SCAN)
    np.testing.assert_allclose(data.elevation_deg, np.arange(15, -16, -2), atol=1e-4)
    assert VLP_16.name in data.sensor

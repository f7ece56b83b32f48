"""The points of a capture are those that were put into its packets, each on its laser's line and in its turn."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.frame import Scan
from tests.support.kitti_trees import Array, Street, write_yaml_calibration
from tests.support.velodyne_captures import (
    ADDRESS,
    DUAL,
    LAST,
    LIDARS,
    PORT,
    START_NS,
    STRONGEST,
    VLP_16,
    VLP_32C,
    Lidar,
    MadeCapture,
    Packet,
    write_drive,
    write_pcap,
)

pytest.importorskip("velodyne_decoder", reason="needs the extra 'pcap'")
from lidarsel.datasets.pcap.capture import open_capture

SCAN = ReadOptions("scan")


def assert_same_points(scan: Scan | None, xyz_m: Array, line: NDArray[Any]) -> None:
    """To the hundredth of a degree that packets tell, but for one or two at the seam, rounded to its other side."""
    assert scan is not None
    assert abs(len(scan.xyz_m) - len(xyz_m)) <= 2
    apart, nearest = cKDTree(xyz_m).query(scan.xyz_m)
    assert np.quantile(apart / np.linalg.norm(scan.xyz_m, axis=1), 0.9999) < np.radians(0.01)
    np.testing.assert_array_equal(scan.line, line[nearest])
    unseen, _ = cKDTree(scan.xyz_m).query(xyz_m)
    assert np.count_nonzero(unseen > 0.02) <= 2


@pytest.mark.parametrize("lidar", LIDARS.values(), ids=LIDARS)
@pytest.mark.parametrize("mode", [STRONGEST, LAST, DUAL], ids=["strongest", "last", "dual"])
def test_the_points_put_in(tmp_path: Path, lidar: Lidar, mode: int) -> None:
    truth = write_drive(tmp_path, MadeCapture(lidar, mode=mode))
    data = open_dataset(tmp_path, SCAN)
    assert (data.layout, data.sensor, len(data)) == ("pcap", f"Velodyne {lidar.name}", 3)
    assert list(data.frame_ids) == [f"drive.pcap/{turn:06d}" for turn in range(3)]
    assert data.elevation_kind == "cone"
    np.testing.assert_allclose(data.elevation_deg, np.sort(lidar.elevation_deg)[::-1], atol=0.01)
    for turn in (2, 0, 1):
        assert_same_points(data.scan(turn), *truth.of(turn))
    told = [note for note in data.notes if "return" in note]
    dual = "drive.pcap: in dual return mode; of each firing the last return is taken."
    assert told == ([dual] if mode == DUAL else [])


@settings(max_examples=12, deadline=None)
@given(begun_deg=st.floats(0.0, 359.0), lidar=st.sampled_from([VLP_16, VLP_32C]))
def test_a_capture_may_begin_anywhere_in_a_turn(
    tmp_path_factory: pytest.TempPathFactory, begun_deg: float, lidar: Lidar
) -> None:
    made = MadeCapture(lidar, turns=1, begun_deg=max(round(begun_deg, 2), 16.0), street=Street(speed_mps=0.0))
    packets, truth = made.packets()
    file = write_pcap(tmp_path_factory.mktemp("begun") / "drive.pcap", packets)
    capture = open_capture(file, forgiving=False)
    assert list(capture.index.turns) == [0]
    assert capture.index.turns[0].ahead_ns == pytest.approx(made.ahead_ns(0), abs=3_000_000)
    scan = capture.scan(0)
    line = len(lidar.elevation_deg) - 1 - scan.ring
    assert_same_points(Scan(scan.xyz_m, scan.intensity, line.astype(np.int16)), *truth.of(0))


class Plain(Street):
    """Open country: the upper half of a lidar sees nothing but the sky."""

    def cast(self, origin_x_m: Array | float, directions: Array) -> Array:
        down = np.minimum(directions[:, 2], 0)
        with np.errstate(divide="ignore"):
            return np.where(down < 0, -1.7 / down, np.inf)


def test_a_ring_that_never_returns_keeps_its_line(tmp_path: Path) -> None:
    truth = write_drive(tmp_path, MadeCapture(VLP_32C, street=Plain()))
    data = open_dataset(tmp_path, SCAN)
    assert data.n_lines == 32
    xyz, line = truth.of(1)
    assert line.min() > 12
    assert_same_points(data.scan(1), xyz, line)


def test_only_a_turns_own_part_of_the_file_is_read(tmp_path: Path) -> None:
    """So that a capture of many gigabytes is read as fast as a small one."""
    packets, truth = MadeCapture().packets()
    file = write_pcap(tmp_path / "drive.pcap", packets)
    capture = open_capture(file, forgiving=False)
    turn = capture.index.turns[1]
    assert 0.9 < (turn.stop - turn.start) / file.stat().st_size * (3 + 60 / 360) < 1.2
    content = bytearray(file.read_bytes())
    content[24 : turn.start] = bytes(turn.start - 24)
    content[turn.stop :] = b""
    file.write_bytes(content)
    scan = capture.scan(1)
    assert_same_points(Scan(scan.xyz_m, scan.intensity, (15 - scan.ring).astype(np.int16)), *truth.of(1))


def _alpha_prime(raw: int) -> list[Packet]:
    """Three firings of four banks of 32 lasers a packet, each with the same distance, in units of 4 mm."""
    packets, step = list[Packet](), 19
    for n in range(int(36000 * 1.5 / step / 3)):
        blocks = [
            struct.pack("<HH", flag, (16000 + step * (3 * n + firing)) % 36000) + struct.pack("<HB", raw, 9) * 32
            for firing in range(3)
            for flag in (0xEEFF, 0xDDFF, 0xCCFF, 0xBBFF)
        ]
        us = int(53.3 * 3 * (n + 1))
        payload = b"".join(blocks) + struct.pack("<IBB", us, STRONGEST, 0xA1)
        packets.append((START_NS + 1000 * us, ADDRESS, PORT, payload))
    return packets


def test_the_128_lines_of_an_alpha_prime(tmp_path: Path) -> None:
    """By its data sheet it sees from 15 degrees above to 25 below the horizon."""
    write_yaml_calibration(tmp_path)
    write_pcap(tmp_path / "drive.pcap", _alpha_prime(raw=5000))
    data = open_dataset(tmp_path, SCAN)
    assert (data.sensor, data.n_lines, len(data)) == ("Velodyne Alpha Prime", 128, 1)
    np.testing.assert_allclose(data.elevation_deg[[0, -1]], [15, -25], atol=0.01)
    scan = data.scan(0)
    assert scan is not None
    np.testing.assert_allclose(np.linalg.norm(scan.xyz_m, axis=1), 20.0, atol=0.06)
    seen = np.degrees(np.arcsin(scan.xyz_m[:, 2] / 20))
    np.testing.assert_allclose(seen, data.elevation_deg[scan.line], atol=0.15)
    assert np.bincount(scan.line).min() > 36000 / 19 - 3

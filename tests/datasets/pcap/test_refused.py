"""Captures that are damaged, of other lidars, or of none are refused in one line that says what to do."""

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from tests.support.commands import assert_refused, lidarsel
from tests.support.kitti_trees import write_image, write_yaml_calibration
from tests.support.velodyne_captures import (
    START_NS,
    VLP_32C,
    MadeCapture,
    Packet,
    write_pcap,
)

pytest.importorskip("velodyne_decoder", reason="needs the extra 'pcap'")
from lidarsel.datasets.pcap.capture import open_capture

SCAN = ReadOptions("scan")
PACKETS = MadeCapture().packets()[0]


def refusal(folder: Path, packets: list[Packet], options: ReadOptions = SCAN, **how: int) -> str:
    write_yaml_calibration(folder)
    return refusal_of(write_pcap(folder / "drive.pcap", packets, **how), options)  # type: ignore[arg-type]


def refusal_of(file: Path, options: ReadOptions = SCAN) -> str:
    with pytest.raises(BadInputError) as refused:
        open_dataset(file.parent, options)
    told = str(refused.value)
    assert "\n" not in told
    assert str(file) in told
    return told


def changed(packets: list[Packet], change: Callable[[bytearray], object], every: int = 1) -> list[Packet]:
    made = []
    for i, (*head, payload) in enumerate(packets):
        own = bytearray(payload)
        if i % every == 0:
            change(own)
        made.append((*head, bytes(own)))
    return made  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x0a\x0d\x0d\x0a" + bytes(60), "pcapng, of which none is read; convert it: editcap -F pcap drive.pcap"),
        (b"\x1f\x8b" + bytes(60), "is compressed; unpack it with gunzip"),
        (b"\x28\xb5\x2f\xfd" + bytes(60), "unzstd"),
        (b"", "begins with nothing"),
        (bytes(10), "begins with 00 00 00 00"),
        (b"\xd4\xc3\xb2\xa1" + bytes(10), "begins with d4 c3 b2 a1"),
        (struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 105), "captured on a link of type 105"),
    ],
)
def test_files_that_are_no_classic_capture(tmp_path: Path, content: bytes, told: str) -> None:
    write_yaml_calibration(tmp_path)
    (tmp_path / "drive.pcap").write_bytes(content)
    assert told in refusal_of(tmp_path / "drive.pcap")


def test_a_capture_cut_short_is_read_up_to_there_only_if_asked(tmp_path: Path) -> None:
    write_yaml_calibration(tmp_path)
    file = write_pcap(tmp_path / "drive.pcap", PACKETS)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 3 // 4])
    assert "ends within the packet at byte" in refusal_of(file)
    data = open_dataset(tmp_path, ReadOptions("scan", skip_bad=True))
    assert len(data) == 2
    assert any("ends within the packet at byte" in note and "read up to there" in note for note in data.notes)
    assert_refused(lidarsel("evaluate", tmp_path, "--lines", "0,4", "--network", "nearest"), file, "--skip-bad")


@pytest.mark.parametrize("head", [struct.pack("<IIII", 1, 0, 1 << 30, 9), struct.pack("<IIII", 1, 1 << 30, 9, 9)])
def test_what_is_no_record_ends_the_capture(tmp_path: Path, head: bytes) -> None:
    write_yaml_calibration(tmp_path)
    file = write_pcap(tmp_path / "drive.pcap", PACKETS)
    file.write_bytes(file.read_bytes() + head + bytes(40))
    assert "holds no packet where one should stand" in refusal_of(file)
    assert len(open_dataset(tmp_path, ReadOptions("scan", skip_bad=True))) == 3


def test_packets_of_no_lidar(tmp_path: Path) -> None:
    assert "holds no data packet of a Velodyne's; capture what" in refusal(tmp_path, [])
    others: list[Packet] = [(START_NS, "10.0.0.7", 8308, bytes(512))] * 3
    assert "most of its UDP packets (3) have 512 bytes and go to port 8308" in refusal(tmp_path, others)


def test_an_ousters_packets(tmp_path: Path) -> None:
    imu: list[Packet] = [(START_NS, "10.0.0.7", 7503, bytes(48))]
    assert "an Ouster's are decoded with ouster-sdk" in refusal(tmp_path, imu)
    (tmp_path / "drive.json").write_text("{}")
    assert "an Ouster's are decoded with ouster-sdk" in refusal(tmp_path, [(START_NS, "10.0.0.7", 9000, bytes(3392))])


def test_an_hdl_64e(tmp_path: Path) -> None:
    """Its lower 32 lasers have blocks of their own, and its last bytes spell its calibration."""

    def lower(payload: bytearray) -> None:
        payload[100:102] = b"\xff\xdd"
        payload[-2:] = b"H\x17"

    assert "HDL-64E" in refusal(tmp_path, changed(PACKETS, lower))


@pytest.mark.parametrize(("at", "value", "told"), [(-1, 0x63, "the model 0x63"), (-2, 0x3A, "the return mode 0x3a")])
def test_models_and_modes_that_are_not_known(tmp_path: Path, at: int, value: int, told: str) -> None:
    assert told in refusal(tmp_path, changed(PACKETS, lambda payload: payload.__setitem__(at, value)))


def test_two_lidars_in_one_capture(tmp_path: Path) -> None:
    second = MadeCapture(address="192.168.1.202").packets()[0]
    told = refusal(tmp_path, sorted(PACKETS + second))
    assert "two lidars (192.168.1.201 to port 2368 and 192.168.1.202 to port 2368)" in told
    assert told.endswith("keep one of them: tcpdump -r drive.pcap -w one.pcap src host 192.168.1.201")
    told = refusal(tmp_path, sorted(PACKETS + MadeCapture(port=2369).packets()[0]))
    assert told.endswith("udp dst port 2368")
    assert "of a VLP-16 and, from the same address, of a VLP-32C" in refusal(
        tmp_path, [*PACKETS, *MadeCapture(VLP_32C).packets()[0]]
    )


def test_packets_that_were_captured_in_part(tmp_path: Path) -> None:
    told = refusal(tmp_path, PACKETS, most_bytes=96)
    assert "holds 54 of the 1206 bytes" in told
    assert "tcpdump -s 0" in told


def test_less_than_a_turn(tmp_path: Path) -> None:
    assert "holds no whole turn of the VLP-16, in 60 packets" in refusal(tmp_path, PACKETS[:60])


def _azimuth(payload: bytearray) -> None:
    payload[302:304] = struct.pack("<H", 36000)


def _flag(payload: bytearray) -> None:
    payload[300:302] = b"\xff\xdd"


def _silent(payload: bytearray) -> None:
    for block in range(12):
        payload[100 * block + 4 : 100 * block + 100] = bytes(96)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_azimuth, "has a packet with an azimuth over 360 degrees"),
        (_flag, "has a packet that no VLP-16 sends"),
        (_silent, "holds no return"),
    ],
)
def test_packets_that_the_decoder_must_not_see(
    tmp_path: Path, change: Callable[[bytearray], object], told: str
) -> None:
    """In every turn, or in one, which is then left out where that is asked for."""
    message = refusal(tmp_path, changed(PACKETS, change))
    assert told in message
    assert "the turn at 17000000" in message
    skip = ReadOptions("scan", skip_bad=True)
    write_pcap(tmp_path / "drive.pcap", [*PACKETS[:100], *changed(PACKETS[100:140], change), *PACKETS[140:]])
    if change is _silent:  # a part of a turn without returns is what a lidar may see
        assert len(open_dataset(tmp_path, skip)) >= 2
        return
    data = open_dataset(tmp_path, skip)
    assert list(data.frame_ids) == ["drive.pcap/000000", "drive.pcap/000002"]
    assert told in data.problems[0].message


def test_a_lidar_that_stands_still(tmp_path: Path) -> None:
    def still(payload: bytearray) -> None:
        for block in range(12):
            payload[100 * block + 2 : 100 * block + 4] = struct.pack("<H", 9000)

    assert "holds no whole turn" in refusal(tmp_path, changed(PACKETS, still))


def test_images_of_another_clock(tmp_path: Path) -> None:
    write_image(tmp_path / "images/1700003600.0.png", seed=0)
    told = refusal(tmp_path, PACKETS)
    assert "captured from 2023-11-14 22:13:20.059 UTC to 2023-11-14 22:13:20.2" in told
    assert "from 2023-11-14 23:13:20.000 UTC" in told
    assert "clock" in told


def test_a_capture_without_calibration(tmp_path: Path) -> None:
    file = write_pcap(tmp_path / "drive.pcap", PACKETS)
    assert_refused(lidarsel("inspect", file), tmp_path / "calibration.yaml", "no such file")


def test_options_that_do_not_apply(tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    write_yaml_calibration(drive)
    write_pcap(drive / "drive.pcap", PACKETS)
    with pytest.raises(BadInputError, match="leave --ring-field out"):
        open_dataset(drive, ReadOptions(ring_field="ring"))
    assert_refused(lidarsel("apply", drive, "--lines", "0,4", "-o", tmp_path / "out"), "pcap", "cannot thin")


def test_without_the_decoder_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "velodyne_decoder", None)
    assert "pip install 'lidarsel[pcap]'" in refusal(tmp_path, PACKETS)


def test_a_file_emptied_since_it_was_opened(tmp_path: Path) -> None:
    file = write_pcap(tmp_path / "drive.pcap", PACKETS)
    capture = open_capture(file, forgiving=False)
    file.write_bytes(b"")
    with pytest.raises(BadInputError, match=r"the turn at 1700000000\.\d+ s has changed since it was opened"):
        capture.scan(1)

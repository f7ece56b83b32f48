"""Packet captures of Velodyne lidars that drive down the closed-form street of ``kitti_trees``, with the points put in.

Packets and tables of lasers are after the maker's public manuals of the VLP-16, the VLP-32C and the HDL-32E.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.kitti_trees import Array, Street, write_image, write_yaml_calibration

START_NS = 1_700_000_000_000_000_000
STRONGEST, LAST, DUAL = 0x37, 0x38, 0x39
ADDRESS, PORT = "192.168.1.201", 2368
_BLOCKS, _RETURNS = 12, 32

Packet = tuple[int, str, int, bytes]
"""When it was captured in ns, the sender's address, the port that it was sent to, and the payload."""


@dataclass(frozen=True, eq=False)
class Lidar:
    """elevation_deg, aside_deg, height_mm: of each laser, in the order of firing. step: of azimuth between two blocks,
    0.01 degrees. block_us: what a block takes, in which all lasers fire ``firings`` times, ``at_once`` at a time."""

    name: str
    model: int
    elevation_deg: Array
    aside_deg: Array
    height_mm: Array
    unit_m: float
    step: int
    block_us: float
    firings: int = 1
    at_once: int = 1
    between_us: float = 2.304

    @property
    def line_of_laser(self) -> NDArray[np.int64]:
        """0 = topmost."""
        line: NDArray[np.int64] = np.argsort(np.argsort(-self.elevation_deg))
        return line


def _interleaved(lower: Iterable[float], upper: Iterable[float]) -> Array:
    return np.array([angle for pair in zip(lower, upper, strict=True) for angle in pair])


def _crossing(elevation_deg: Array, before_mm: float) -> Array:
    """The heights of lasers that cross in a point so far in front of the axis."""
    return -before_mm * np.tan(np.radians(elevation_deg))


_PUCK_MM = _interleaved(np.linspace(11.2, 0.7, 8).round(1), -np.linspace(0.7, 11.2, 8).round(1))
_PUCK_DEG = _interleaved(range(-15, 0, 2), range(1, 16, 2))
VLP_16 = Lidar("VLP-16", 0x22, _PUCK_DEG, np.zeros(16), _PUCK_MM, unit_m=0.002, step=40, block_us=110.592, firings=2)
_HI_RES_MM = _interleaved([7.4, 6.5, 5.5, 4.6, 3.7, 2.7, 1.8, 0.9], [-0.9, -1.8, -2.7, -3.7, -4.6, -5.5, -6.5, -7.4])
PUCK_HI_RES = replace(
    VLP_16,
    name="Puck Hi-Res",
    model=0x24,
    elevation_deg=_interleaved(np.linspace(-10, -2 / 3, 8), np.linspace(2 / 3, 10, 8)),
    height_mm=_HI_RES_MM,
)
_HDL_32E_DEG = _interleaved(np.linspace(-30.67, -10.67, 16), np.linspace(-9.33, 10.67, 16))
HDL_32E = Lidar(
    "HDL-32E",
    0x21,
    _HDL_32E_DEG,
    np.zeros(32),
    _crossing(_HDL_32E_DEG, 28.92),
    unit_m=0.002,
    step=17,
    block_us=46.080,
    between_us=1.152,
)
# fmt: off
_VLP_32C_DEG = np.array([
    -25, -1, -1.667, -15.639, -11.31, 0, -0.667, -8.843, -7.254, 0.333, -0.333, -6.148, -5.333, 1.333, 0.667, -4,
    -4.667, 1.667, 1, -3.667, -3.333, 3.333, 2.333, -2.667, -3, 7, 4.667, -2.333, -2, 15, 10.333, -1.333,
])
_VLP_32C_ASIDE_DEG = np.array([
    1.4, -4.2, 1.4, -1.4, 1.4, -1.4, 4.2, -1.4, 1.4, -4.2, 1.4, -1.4, 4.2, -1.4, 4.2, -1.4,
    1.4, -4.2, 1.4, -4.2, 4.2, -1.4, 1.4, -1.4, 1.4, -1.4, 1.4, -4.2, 4.2, -1.4, 1.4, -1.4,
])
# fmt: on
VLP_32C = Lidar(
    "VLP-32C",
    0x28,
    _VLP_32C_DEG,
    _VLP_32C_ASIDE_DEG,
    _crossing(_VLP_32C_DEG, 42.4),
    unit_m=0.004,
    step=20,
    block_us=55.296,
    at_once=2,
)


LIDARS = {lidar.name: lidar for lidar in (VLP_16, PUCK_HI_RES, HDL_32E, VLP_32C)}


@dataclass(frozen=True, eq=False)
class Truth:
    """The points that a capture holds, all turns after each other. turn: 0 = the first whole one."""

    xyz_m: Array
    line: NDArray[np.int64]
    turn: NDArray[np.int64]

    def of(self, turn: int) -> tuple[Array, NDArray[np.int64]]:
        return self.xyz_m[self.turn == turn], self.line[self.turn == turn]


@dataclass
class MadeCapture:
    """What a capture is made of. turns: whole ones, from straight behind; begun_deg: how much of one is before these.
    mode: of returns; in dual mode every third firing returns from half as far too, and more strongly."""

    lidar: Lidar = VLP_16
    turns: int = 3
    begun_deg: float = 30.0
    street: Street = field(default_factory=Street)
    mode: int = STRONGEST
    address: str = ADDRESS
    port: int = PORT

    def packets(self) -> tuple[list[Packet], Truth]:
        lidar = self.lidar
        own = 2 if self.mode == DUAL else 1  # blocks to a firing
        step, n_blocks = lidar.step, _BLOCKS // own
        count = int(np.ceil((self.begun_deg + 360 * self.turns + 30) * 100 / step / n_blocks))
        at = np.arange(count * n_blocks)
        lasers = len(lidar.elevation_deg)
        # (blocks, returns): when each fires, counted from the first block, and where it looks
        offset_us = lidar.block_us / lidar.firings * np.arange(lidar.firings)[:, None]
        offset_us = (offset_us + lidar.between_us * (np.arange(lasers) // lidar.at_once)).ravel()
        laser = np.tile(np.arange(lasers), lidar.firings)
        time_us = at[:, None] * lidar.block_us + offset_us
        begin = 18000 - self.begun_deg * 100
        turned_deg = (begin + step * time_us / lidar.block_us) / 100 + lidar.aside_deg[laser]
        angle, elevation = np.radians(turned_deg), np.radians(lidar.elevation_deg[laser])[None]
        flat = np.cos(elevation)
        rays = np.stack([flat * np.cos(angle), -flat * np.sin(angle), np.sin(elevation) + 0 * angle], axis=-1)
        x = self.street.speed_mps * time_us.ravel() * 1e-6
        reach = self.street.cast(x, rays.reshape(-1, 3)).reshape(angle.shape)
        raw = np.where(reach < 65535 * lidar.unit_m, np.round(reach / lidar.unit_m), 0).astype(int)
        near = np.where((at % 3 == 0)[:, None], raw // 2, raw)
        packets = []
        for n in range(count):
            payload = b"".join(
                _block(round(begin + step * k) % 36000, returns)
                for k in range(n * n_blocks, (n + 1) * n_blocks)
                for returns in ([raw[k], near[k]] if self.mode == DUAL else [raw[k]])
            )
            first_us = time_us[n * n_blocks, 0]
            payload += struct.pack("<IBB", int(first_us), self.mode, lidar.model)
            captured_ns = START_NS + int(1000 * (first_us + n_blocks * lidar.block_us))
            packets.append((captured_ns, self.address, self.port, payload))
        xyz = raw[..., None] * lidar.unit_m * rays
        xyz[..., 2] += lidar.height_mm[laser] / 1000
        turn = np.floor((turned_deg - 180) / 360).astype(int)
        there = raw > 0
        return packets, Truth(xyz[there], np.broadcast_to(lidar.line_of_laser[laser], raw.shape)[there], turn[there])

    def ahead_ns(self, turn: int) -> int:
        """When it looks straight ahead, to a tenth of a millisecond."""
        blocks = (self.begun_deg + 180 + 360 * turn) * 100 / self.lidar.step
        return START_NS + int(1000 * blocks * self.lidar.block_us)


def _block(azimuth: int, returns: NDArray[np.int64]) -> bytes:
    return struct.pack("<HH", 0xEEFF, azimuth) + b"".join(struct.pack("<HB", r, 20 + i) for i, r in enumerate(returns))


def ethernet(packet: Packet, vlan: bool = False) -> bytes:
    """A UDP datagram over IPv4 in a frame of Ethernet."""
    _, address, port, payload = packet
    udp = struct.pack(">HHHH", 2368, port, 8 + len(payload), 0) + payload
    source = bytes(map(int, address.split(".")))
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 7, 0x4000, 255, 17, 0) + source + b"\xff" * 4 + udp
    tag = b"\x81\x00\x00\x05" if vlan else b""
    return b"\xff" * 6 + b"\x60\x76\x88\x10\x20\x30" + tag + b"\x08\x00" + ip


def write_pcap(
    path: Path,
    packets: Iterable[Packet],
    order: str = "<",
    nanoseconds: bool = False,
    link: int = 1,
    vlan: bool = False,
    most_bytes: int = 65535,
) -> Path:
    """A capture in the classic format. link: 1 for Ethernet, 101 for IP alone, 113 for Linux' cooked packets, 0 for a
    loopback's."""
    before = {1: None, 101: b"", 113: bytes(14) + b"\x08\x00", 0: b"\x02\x00\x00\x00"}[link]
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, most_bytes, link)]
    for packet in packets:
        frame = ethernet(packet, vlan) if before is None else before + ethernet(packet)[14:]
        seconds, rest = divmod(packet[0], 1_000_000_000)
        kept = frame[:most_bytes]
        parts.append(struct.pack(f"{order}IIII", seconds, rest if nanoseconds else rest // 1000, len(kept), len(frame)))
        parts.append(kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))
    return path


def write_drive(folder: Path, made: MadeCapture, late_ns: int = 3_000_000) -> Truth:
    """A capture, its calibration, and an image for each turn, taken a little after the lidar looked ahead."""
    packets, truth = made.packets()
    write_pcap(folder / "drive.pcap", packets)
    write_yaml_calibration(folder)
    for turn in range(made.turns):
        write_image(folder / f"images/{made.ahead_ns(turn) + late_ns}.png", seed=turn)
    return truth

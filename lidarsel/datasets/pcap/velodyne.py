"""Packets of Velodyne's spinning lidars, and the points in those of one turn, by velodyne-decoder (BSD-3-Clause).

A data packet has 12 blocks of 100 bytes (a flag, the azimuth in 0.01 degrees clockwise from straight ahead, 32 returns)
and 6 bytes at its end: the time, the return mode and the model.
"""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from lidarsel.errors import BadInputError

PACKET_BYTES = 1206
PORT = 2368
CIRCLE = 36000
DUAL = 0x39
_FLAG = b"\xff\xee"
_LOWER_FLAG = b"\xff\xdd"
_BLOCKS, _BLOCK_BYTES = 12, 100
_PADDING = 8  # the first block that holds nothing in an Alpha Prime's packets of dual mode
_MODES = (0x37, 0x38, DUAL)
_FARTHEST_M = 300.0  # the Alpha Prime's; a VLP-16's packets can tell no more than 131 m
_NEAREST_M = 0.1


@dataclass(frozen=True)
class LidarModel:
    """name: what its maker calls it. decoder: what velodyne-decoder calls it. banks: of lasers, one a block in turn."""

    name: str
    decoder: str
    banks: int = 1


_ALPHA_PRIME = 0xA1
MODELS = {
    0x21: LidarModel("HDL-32E", "HDL32E"),
    0x22: LidarModel("VLP-16", "VLP16"),
    0x24: LidarModel("Puck Hi-Res", "PuckHiRes"),
    0x28: LidarModel("VLP-32C", "VLP32C"),
    _ALPHA_PRIME: LidarModel("Alpha Prime", "VLS128", banks=4),
}
"""By the last byte of their packets."""


def require_decoder(path: Path) -> None:
    """Raises BadInputError with the line to type where velodyne-decoder is not installed."""
    if importlib.util.find_spec("velodyne_decoder") is None:
        problem = "is a capture of packets, and velodyne-decoder, which reads a lidar's, is not installed"
        raise BadInputError(path, problem, "pip install 'lidarsel[pcap]'")


def elevations_deg(model: LidarModel) -> NDArray[np.float64]:
    """float64 (n_lines,): where its lasers point by the maker's table, 0 = topmost."""
    import velodyne_decoder as library

    table = library.Calibration.default_calibs[getattr(library.Model, model.decoder)]
    lasers = yaml.safe_load(table.to_string())["lasers"]
    elevation = np.degrees([laser["vert_correction"] for laser in lasers])
    descending: NDArray[np.float64] = np.sort(elevation)[::-1].copy()
    return descending


def is_data(payload: bytes) -> bool:
    """Whether it is a packet of points of a Velodyne's, cut short or not."""
    return payload[:2] == _FLAG


def azimuth_of(payload: bytes) -> int:
    """Of its first block, 0.01 degrees."""
    return payload[2] | payload[3] << 8


def model_of(path: Path, payload: bytes) -> LidarModel:
    """The lidar that sent a packet. Raises BadInputError where it is none of those that are read."""
    number, mode = payload[-1], payload[-2]
    if payload[_BLOCK_BYTES : _BLOCK_BYTES + 2] == _LOWER_FLAG and number != _ALPHA_PRIME:
        problem = "is of a Velodyne HDL-64E, whose calibration is spread over its packets or in a file of its own"
        remedy = "decode it with velodyne-decoder, as 'Packet captures' in datasets/README.md shows"
        raise BadInputError(path, problem, remedy)
    if number not in MODELS:
        names = ", ".join(model.name for model in MODELS.values())
        problem = f"has packets of the model {number:#04x}, none of Velodyne's that are known ({names})"
        raise BadInputError(path, problem, "see 'Packet captures' in datasets/README.md for other lidars")
    if mode not in _MODES:
        problem = f"has packets of the return mode {mode:#04x}, neither strongest, last nor dual"
        raise BadInputError(path, problem, "record in one of these modes")
    return MODELS[number]


@dataclass(frozen=True, eq=False)
class TurnPoints:
    """xyz_m: float32 (N, 3), x ahead, y left, z up. intensity: float32 (N,), 0..255. ring: uint8 (N,), 0 = lowest."""

    xyz_m: NDArray[np.float32]
    intensity: NDArray[np.float32]
    ring: NDArray[np.uint8]


def decode_turn(path: Path, model: LidarModel, packets: Sequence[tuple[int, bytes]]) -> TurnPoints:
    """The points of one turn, from straight behind to straight behind, of each firing of dual mode the last return.

    Args:
        path: the capture, for messages.
        model: of the lidar.
        packets: time in ns and payload of those of the turn in the order of sending, and of some before and after,
            less than half a turn: what is in these of other turns is left out.

    Raises:
        BadInputError: a packet is none that the lidar sends, or holds no return at all.
    """
    import velodyne_decoder as library

    _require_sound(path, model, [payload for _, payload in packets])
    which = getattr(library.Model, model.decoder)
    config = library.Config(model=which, min_range=_NEAREST_M, max_range=_FARTHEST_M)
    sent = library.PacketVector([library.VelodynePacket(stamp_ns / 1e9, payload) for stamp_ns, payload in packets])
    _, points = library.ScanDecoder(config).decode(sent, True)
    if len(points) == 0:
        raise BadInputError(path, "holds no return", "leave it out with --skip-bad")
    if any(payload[-2] == DUAL for _, payload in packets):
        points = points[(points["return_type"] & int(library.ReturnMode.LAST.value)) != 0]
    points = points[_is_of_turn(points["x"], points["y"], points["column"])]
    xyz = np.stack([points[name] for name in "xyz"], axis=1)
    return TurnPoints(xyz, points["intensity"].copy(), points["ring"].copy())


def _is_of_turn(x: NDArray[np.float32], y: NDArray[np.float32], column: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """(N,) each -> bool (N,). The lidar turns clockwise: what it sees behind begins on the left and ends on the right.
    Lasers look up to 4 degrees to the sides, so that it is the points, not the packets, that tell."""
    early = column <= column.max(initial=0) // 2
    of_turn: NDArray[np.bool_] = (x >= 0) | (early == (y >= 0))
    return of_turn


def _require_sound(path: Path, model: LidarModel, payloads: Sequence[bytes]) -> None:
    """What the decoder takes on trust: an azimuth or a bank beyond its tables would be looked up all the same."""
    whole = np.frombuffer(b"".join(payload[: _BLOCKS * _BLOCK_BYTES] for payload in payloads), np.uint8)
    blocks = whole.reshape(-1, _BLOCKS, _BLOCK_BYTES)
    flag = blocks[:, :, 1].astype(int) << 8 | blocks[:, :, 0]
    azimuth = blocks[:, :, 3].astype(int) << 8 | blocks[:, :, 2]
    used = np.ones_like(flag, bool)
    if model.banks > 1:
        used[[payload[-2] == DUAL for payload in payloads], _PADDING:] = False
    if not np.isin(flag[used], [0xEEFF - 0x1100 * bank for bank in range(model.banks)]).all():
        raise BadInputError(path, f"has a packet that no {model.name} sends", "leave it out with --skip-bad")
    if (azimuth[used] >= CIRCLE).any():
        raise BadInputError(path, "has a packet with an azimuth over 360 degrees", "leave it out with --skip-bad")

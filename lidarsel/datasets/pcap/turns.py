"""Where each turn of the lidar stands in a capture, found by going through the file once.

A turn goes from straight behind to straight behind, so that what lies ahead is in its middle. The lidar's azimuth is
told by the first block of each packet; nothing is decoded here, and of a turn two places in the file are kept.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lidarsel.datasets.pcap.datagrams import Datagram, datagram_in, require_known_link
from lidarsel.datasets.pcap.records import CaptureFormat, Record, read_format, records
from lidarsel.datasets.pcap.velodyne import CIRCLE, DUAL, PACKET_BYTES, PORT, LidarModel, azimuth_of, is_data, model_of
from lidarsel.errors import BadInputError

_MARGIN = 1500  # 0.01 degrees before and after straight behind, where lasers see parts of the turn beside theirs
_BEHIND = CIRCLE // 2 - _MARGIN
_AHEAD = CIRCLE - _BEHIND
_LOST = 1.6  # times as far as from one packet to the next: where one is lost it is twice
_LONGER = 1.5
_OUSTER_PORTS = (7502, 7503)


@dataclass(frozen=True, slots=True)
class Turn:
    """start, stop: in the file, of all its packets and some of the turns beside it. ahead_ns: when the lidar looked
    straight ahead."""

    start: int
    stop: int
    ahead_ns: int


@dataclass(frozen=True, eq=False)
class Index:
    """A capture gone through. turns: by number, which counts also those that are left out. source: the lidar's address
    and the port that it sends to. n_lost: turns left out, as packets of theirs are missing. cut: why the file could be
    read so far only."""

    form: CaptureFormat
    model: LidarModel
    source: tuple[str, int]
    is_dual: bool
    turns: dict[int, Turn]
    n_lost: int
    cut: BadInputError | None


def find_turns(path: Path, forgiving: bool) -> Index:
    """The turns in a capture. forgiving: one that is cut short is read up to there.

    Raises:
        BadInputError: it is no capture, is cut short, holds packets of no lidar, of another than those that are read,
            or of two, or not a whole turn.
    """
    form = read_format(path)
    require_known_link(path, form.link)
    seen = _Seen(path)
    finder = _TurnFinder()
    cuts = list[BadInputError]()
    for record in _up_to_damage(path, form, cuts if forgiving else None):
        datagram = datagram_in(record.packet, form.link)
        if datagram is not None and seen.is_of_lidar(datagram):
            finder.add(record, azimuth_of(datagram.payload))
    model, source = seen.require_lidar()
    turns, n_lost = finder.whole_turns()
    if not turns:
        problem = f"holds no whole turn of the {model.name}, in {seen.n_data} packets of its"
        raise BadInputError(path, problem, "record for more than two of its turns, losing no packets")
    return Index(form, model, source, seen.is_dual, turns, n_lost, cuts[0] if cuts else None)


def _up_to_damage(path: Path, form: CaptureFormat, cuts: list[BadInputError] | None) -> Iterator[Record]:
    """The records before what is damaged, why it is none goes to ``cuts``. Raises BadInputError where that is None."""
    try:
        yield from records(path, form)
    except BadInputError as error:
        if cuts is None:
            raise
        cuts.append(error)


class _Seen:
    """What a capture holds, as far as it was gone through. All data packets must be of one lidar."""

    def __init__(self, path: Path) -> None:
        self.is_dual = False
        self.n_data = 0
        self._path = path
        self._model: LidarModel | None = None
        self._tail = b""
        self._source: tuple[str, int] | None = None
        self._others: Counter[tuple[int, int]] = Counter()
        self._n_pieces = 0

    def is_of_lidar(self, datagram: Datagram) -> bool:
        """Whether it is a data packet. Raises BadInputError where that is of another lidar than those before."""
        if datagram.n_bytes != PACKET_BYTES or not is_data(datagram.payload):
            self._n_pieces += datagram.is_piece
            self._others[datagram.port, datagram.n_bytes] += not datagram.is_piece
            return False
        if len(datagram.payload) < PACKET_BYTES:
            problem = f"holds {len(datagram.payload)} of the {PACKET_BYTES} bytes of the lidar's packets"
            raise BadInputError(self._path, problem, "capture them whole: tcpdump -s 0")
        source = datagram.source, datagram.port
        if source != self._source:
            if self._source is not None:
                remedy = _keep_one(self._path, self._source, source)
                raise BadInputError(self._path, _two_sources(self._source, source), remedy)
            self._source = source
        if datagram.payload[-2:] != self._tail:
            self._take(datagram.payload)
        self.n_data += 1
        return True

    def _take(self, payload: bytes) -> None:
        model = model_of(self._path, payload)
        if self._model is not None and self._model != model:
            problem = f"has packets of a {self._model.name} and, from the same address, of a {model.name}"
            raise BadInputError(self._path, problem, "cut it where the lidar was exchanged: editcap -A and -B")
        self._model, self._tail = model, payload[-2:]
        self.is_dual = self.is_dual or payload[-2] == DUAL

    def require_lidar(self) -> tuple[LidarModel, tuple[str, int]]:
        if self._model is not None and self._source is not None:
            return self._model, self._source
        problem = "holds no data packet of a Velodyne's"
        remedy = f"capture what the lidar sends to UDP port {PORT}"
        if self._others:
            (port, n_bytes), times = self._others.most_common(1)[0]
            problem += f"; most of its UDP packets ({times}) have {n_bytes} bytes and go to port {port}"
        elif self._n_pieces:
            problem += f"; its UDP packets ({self._n_pieces}) are pieces of larger ones"
        if any(port in _OUSTER_PORTS for port, _ in self._others) or self._path.with_suffix(".json").is_file():
            remedy = "an Ouster's are decoded with ouster-sdk, as 'Packet captures' in datasets/README.md shows"
        raise BadInputError(self._path, problem, remedy)


def _two_sources(first: tuple[str, int], second: tuple[str, int]) -> str:
    both = " and ".join(f"{address} to port {port}" for address, port in (first, second))
    return f"has the packets of two lidars ({both})"


def _keep_one(path: Path, first: tuple[str, int], second: tuple[str, int]) -> str:
    which = f"src host {first[0]}" if first[0] != second[0] else f"udp dst port {first[1]}"
    return f"keep one of them: tcpdump -r {path.name} -w one.pcap {which}"


class _TurnFinder:
    """Told each data packet's azimuth, it finds where turns begin. Angles count from 15 degrees before straight
    behind."""

    def __init__(self) -> None:
        self._angle: int | None = None
        self._found: list[_OpenTurn] = []
        self._leaps: Counter[int] = Counter()

    def add(self, record: Record, azimuth: int) -> None:
        angle = (azimuth - _BEHIND) % CIRCLE
        before, self._angle = self._angle, angle
        if before is None:
            return
        self._leaps[(angle - before) % CIRCLE] += 1
        if angle < before:
            self._found.append(_OpenTurn(record.offset, record.stamp_ns))
        if not self._found:
            return
        own = self._found[-1]
        for found in self._found[-2:]:
            if found.stop is None:
                found.leap((angle - before) % CIRCLE)
        if own.ahead_ns is None and angle >= _AHEAD:
            own.ahead_ns = record.stamp_ns
        if len(self._found) > 1 and self._found[-2].stop is None and angle >= 2 * _MARGIN:
            self._found[-2].stop = record.offset

    def whole_turns(self) -> tuple[dict[int, Turn], int]:
        """By number, and how many lack packets: they leap farther than others, or take longer than a turn, or leap more
        than twice. A lidar that looks ahead only leaps over what is behind, where a turn begins and where it ends."""
        begins = np.array([found.start_ns for found in self._found], np.int64)
        whole = self._found[:-1]
        if not whole:
            return {}, 0
        lasts = np.diff(begins)
        usual_ns, usual_most = float(np.median(lasts)), float(np.median([found.farthest[0] for found in whole]))
        intact = self._intact_leap()
        turns, number, n_lost = dict[int, Turn](), 0, 0
        for found, last_ns in zip(whole, lasts.tolist(), strict=True):
            leapt = found.farthest[2] > _LOST * intact or found.farthest[0] > usual_most + (_LOST - 1) * intact
            is_whole = not leapt and last_ns <= _LONGER * usual_ns
            if is_whole and found.ahead_ns is not None and found.stop is not None:
                turns[number] = Turn(found.start, found.stop, found.ahead_ns)
            n_lost += not is_whole
            number += max(1, round(last_ns / usual_ns)) if usual_ns > 0 else 1
        return turns, n_lost

    def _intact_leap(self) -> int:
        """From one packet to the next where none is lost: a quarter of all leaps is no farther, whatever the rest."""
        leaps = sorted(self._leaps.items())
        counts = np.cumsum([count for _, count in leaps])
        return leaps[int(np.searchsorted(counts, counts[-1] / 4))][0]


@dataclass(slots=True)
class _OpenTurn:
    """A turn while it is looked for. farthest: its three farthest leaps of the azimuth, from packet to packet."""

    start: int
    start_ns: int
    ahead_ns: int | None = None
    stop: int | None = None
    farthest: tuple[int, int, int] = (0, 0, 0)

    def leap(self, angle: int) -> None:
        first, second, third = sorted((*self.farthest, angle), reverse=True)[:3]
        self.farthest = first, second, third

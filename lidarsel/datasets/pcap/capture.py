"""One packet capture as a drive: its turns, and any one of them read by going to its place in the file."""

from dataclasses import dataclass
from pathlib import Path

from lidarsel.datasets.parts.within import within
from lidarsel.datasets.pcap.datagrams import datagram_in
from lidarsel.datasets.pcap.records import records
from lidarsel.datasets.pcap.turns import Index, find_turns
from lidarsel.datasets.pcap.velodyne import PACKET_BYTES, TurnPoints, decode_turn, is_data
from lidarsel.datasets.scans.calibrated import scan_by
from lidarsel.datasets.scans.ring_scans import RingScan, ring_scan
from lidarsel.errors import BadInputError
from lidarsel.frame import Scan
from lidarsel.geometry.unordered import LaserCones


@dataclass(frozen=True, eq=False)
class Capture:
    """A capture gone through once. index: its turns, by which they are read."""

    path: Path
    index: Index

    @property
    def name(self) -> str:
        """Of the drive."""
        return self.path.name

    @property
    def notes(self) -> list[str]:
        """What results must say of how it is read."""
        index, notes = self.index, list[str]()
        if index.is_dual:
            notes.append(f"{self.name}: in dual return mode; of each firing the last return is taken.")
        if index.n_lost:
            n_turns = index.n_lost + len(index.turns)
            notes.append(f"{self.name}: {index.n_lost} of {n_turns} turns lack packets and are left out.")
        if index.cut is not None:
            notes.append(f"{self.name}: {index.cut.problem}, and is read up to there.")
        return notes

    def scan(self, number: int) -> RingScan:
        """The scan of a turn, of rings from the lowest. Raises BadInputError naming the capture and the time."""
        with within(self._name_of(number)):
            points = self._points(number)
            return ring_scan(self.path, points.xyz_m, points.intensity, points.ring)

    def scan_by(self, cones: LaserCones, number: int) -> Scan:
        """Numbered by a calibration, whatever its rings."""
        with within(self._name_of(number)):
            points = self._points(number)
            return scan_by(cones, self.path, points.xyz_m, points.intensity)

    def _points(self, number: int) -> TurnPoints:
        """Without the returns of other senders' packets, which may stand between the lidar's."""
        turn, form = self.index.turns[number], self.index.form
        packets = []
        for record in records(self.path, form, turn.start, turn.stop):
            datagram = datagram_in(record.packet, form.link)
            if datagram is None or (datagram.source, datagram.port) != self.index.source:
                continue
            if len(datagram.payload) == PACKET_BYTES and is_data(datagram.payload):
                packets.append((record.stamp_ns, datagram.payload))
        if not packets:
            raise BadInputError(self.path, "has changed since it was opened", "give the same command again")
        return decode_turn(self.path, self.index.model, packets)

    def _name_of(self, number: int) -> str:
        return f"the turn at {self.index.turns[number].ahead_ns / 1e9:.3f} s"


def open_capture(path: Path, forgiving: bool) -> Capture:
    """Goes through the file once. forgiving: one that is cut short is read up to there. Raises BadInputError."""
    return Capture(path, find_turns(path, forgiving))

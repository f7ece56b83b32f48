"""The records of a packet capture in the classic format (pcap), each with its place in the file and its time.

After the format's description (draft-ietf-opsawg-pcap): a header of 24 bytes, then of each packet 16 bytes with its
time and size, and as much of it as was captured.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lidarsel.errors import BadInputError, unreadable
from lidarsel.reading import require_regular

SKIP = "copy it anew, or read what stands before that with --skip-bad"
_HEADER_BYTES, _RECORD_BYTES = 24, 16
_NS_PER_TICK = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}
_NEXT_GENERATION = b"\x0a\x0d\x0d\x0a"
_PACKED = {b"\x1f\x8b": "gunzip", b"\xfd7": "unxz", b"(\xb5": "unzstd", b"BZ": "bunzip2"}
_MOST_BYTES = 1 << 18  # of a packet: the limit that tcpdump and Wireshark have
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class CaptureFormat:
    """order: of bytes in its headers, as struct has it. ns_per_tick: of the fractions of seconds. link: the type of
    link that the packets were captured on, which tells what their first bytes are."""

    order: str
    ns_per_tick: int
    link: int


@dataclass(frozen=True, slots=True)
class Record:
    """offset: where it begins in the file. stop: where the next one does. stamp_ns: since 1970, by the clock of the
    machine that captured. packet: what was captured of it."""

    offset: int
    stop: int
    stamp_ns: int
    packet: bytes


def read_format(path: Path) -> CaptureFormat:
    """Raises BadInputError where the file is no classic capture, with what makes one of it."""
    require_regular(path, "give the path of a packet capture")
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError as error:
        raise unreadable(path, error, "give the path of a packet capture") from None
    if header[:4] == _NEXT_GENERATION:
        remedy = f"convert it: editcap -F pcap {path.name} {path.stem}-classic.pcap (editcap comes with Wireshark)"
        raise BadInputError(path, "is a capture in the format pcapng, of which none is read", remedy)
    if header[:2] in _PACKED:
        raise BadInputError(path, "is compressed", f"unpack it with {_PACKED[header[:2]]}")
    for order in "<>":
        if len(header) == _HEADER_BYTES:
            magic, *_, link = struct.unpack(f"{order}IHHiIII", header)
            if magic in _NS_PER_TICK:
                return CaptureFormat(order, _NS_PER_TICK[magic], link & 0xFFFF)
    problem = f"is no packet capture: it begins with {header[:4].hex(' ') or 'nothing'}"
    raise BadInputError(path, problem, "give a file of tcpdump or Wireshark in the classic format (editcap -F pcap)")


def records(path: Path, form: CaptureFormat, start: int = _HEADER_BYTES, stop: int | None = None) -> Iterator[Record]:
    """The records from one place in the file to another, or to its end.

    Raises BadInputError where the file ends within a record, or holds what cannot be one: after the whole ones.
    """
    unpack = struct.Struct(f"{form.order}IIII").unpack
    offset = start
    try:
        with path.open("rb", buffering=_BUFFER_BYTES) as file:
            file.seek(start)
            while stop is None or offset < stop:
                head = file.read(_RECORD_BYTES)
                if not head:
                    return
                packet, n_bytes = b"", 0
                if len(head) == _RECORD_BYTES:
                    seconds, ticks, n_bytes, _ = unpack(head)
                    if n_bytes > _MOST_BYTES or ticks * form.ns_per_tick >= 1_000_000_000:
                        raise BadInputError(path, f"holds no packet where one should stand, at byte {offset}", SKIP)
                    packet = file.read(n_bytes)
                if len(head) < _RECORD_BYTES or len(packet) < n_bytes:
                    raise BadInputError(path, f"ends within the packet at byte {offset}", SKIP)
                after = offset + _RECORD_BYTES + n_bytes
                yield Record(offset, after, seconds * 1_000_000_000 + ticks * form.ns_per_tick, packet)
                offset = after
    except OSError as error:
        raise unreadable(path, error, SKIP) from None

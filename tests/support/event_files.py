"""TensorBoard's event files, read without what wrote them: records with their lengths, each a message of protobuf."""

import struct
from collections.abc import Iterator
from pathlib import Path

LENGTH, SUMS = 8, (4, 4)
"""Bytes of a record's length, and of the checksums after it and after the record."""


def scalars_of(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Name -> (step, value), in the order written, of the one event file of a folder."""
    from tensorboardX.proto.event_pb2 import Event

    (path,) = folder.glob("events.out.tfevents.*")
    found: dict[str, list[tuple[int, float]]] = {}
    for record in _records(path.read_bytes()):
        event = Event.FromString(record)
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def _records(content: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        begin = place + LENGTH + SUMS[0]
        yield content[begin : begin + length]
        place = begin + length + SUMS[1]

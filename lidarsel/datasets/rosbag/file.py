"""A ROS bag opened for random access: its topics, when their messages are from, and any one of them.

ROS 1 (.bag) and ROS 2 (a folder with metadata.yaml, or a single .db3 or .mcap file), by the library rosbags
(Apache-2.0), an optional extra that needs no ROS.
"""

import importlib.util
import os
import struct
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from lidarsel.errors import BadInputError
from lidarsel.reading import read_yaml, require_regular

METADATA = "metadata.yaml"
_REMEDY = "copy it anew, or mend it with 'rosbag reindex' or 'ros2 bag reindex'"
_REASON_CHARACTERS = 100


@dataclass(frozen=True)
class Message:
    """A message's place in a bag. record_ns: when it was recorded; nth: of the topic's messages recorded just then.
    stamp_ns: the time in its header, when it was measured (0 where the driver set none)."""

    topic: str
    record_ns: int
    nth: int
    stamp_ns: int


def require_rosbags(path: Path) -> None:
    """Raises BadInputError with the line to type where rosbags is not installed."""
    if importlib.util.find_spec("rosbags") is None:
        problem = "is a ROS bag, and rosbags, which reads it, is not installed"
        raise BadInputError(path, problem, "pip install 'lidarsel[ros]'")


class Bag:
    """Every method raises BadInputError naming the bag where it is damaged. A process that is forked opens it anew, as
    two processes cannot share a position in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: tuple[int, Any] | None = None

    @cached_property
    def types(self) -> dict[str, str]:
        """Message type by topic, like sensor_msgs/msg/Image, for ROS 1 too; topics without a message are left out."""
        with _told(self.path):
            found = {c.topic: c.msgtype for c in self._reader().connections if c.msgcount}
            if not all(isinstance(text, str) for pair in found.items() for text in pair):
                raise ValueError("its metadata name a topic or a type that is no text")
            return found

    def index(self, topics: Collection[str]) -> dict[str, list[Message]]:
        """All messages of some topics (their messages begin with a header), as recorded. Reads through the bag once,
        as neither of ROS 2's formats lists the times of measurement."""
        found: dict[str, list[Message]] = {topic: [] for topic in topics}
        seen: Counter[tuple[str, int]] = Counter()
        for topic, record_ns, raw in self._messages(topics):
            nth = seen[topic, record_ns]
            seen[topic, record_ns] += 1
            found[topic].append(Message(topic, record_ns, nth, self._stamp_ns(raw)))
        return found

    def read(self, message: Message) -> Any:
        """The message itself, its fields as attributes."""
        raws = self._messages([message.topic], message.record_ns, message.record_ns + 1)
        for nth, (_, _, raw) in enumerate(raws):
            if nth == message.nth:
                return self._decoded(message.topic, raw)
        raise BadInputError(self.path, f"has lost a message of {message.topic} since it was opened", _REMEDY)

    def first(self, topic: str) -> Any:
        """The topic's first message."""
        for message in self.read_all(topic):
            return message
        raise BadInputError(self.path, f"announces messages of {topic}, and holds none", _REMEDY)

    def read_all(self, topic: str) -> Iterator[Any]:
        for _, _, raw in self._messages([topic]):
            yield self._decoded(topic, raw)

    def file_of(self, message: Message) -> Path:
        """The file that holds a message: ROS 2 may split a bag."""
        return next((path for path, end_ns in self._files if message.record_ns < end_ns), self._files[-1][0])

    @cached_property
    def _files(self) -> list[tuple[Path, int]]:
        """Each file and when it ends."""
        if self.path.is_file():
            return [(self.path, 1 << 63)]
        with _told(self.path):
            names = read_yaml(self.path / METADATA, _REMEDY)["rosbag2_bagfile_information"]
            paths = [self.path / PurePath(name).name for name in names["relative_file_paths"]]
            ends_ns = [storage.metadata.end_time for storage in self._reader().readers[0].storage.storages]
            return list(zip(paths, ends_ns, strict=True))

    def _reader(self) -> Any:
        from rosbags.highlevel import AnyReader
        from rosbags.typesys import Stores, get_typestore

        if self._opened is None or self._opened[0] != os.getpid():
            for file in [] if self.path.is_file() else self.path.iterdir():
                if not file.is_dir():
                    require_regular(file, _REMEDY)
            with _told(self.path):
                # bags of ROS 2 before Iron hold no definitions; those of the messages read here never changed
                reader = AnyReader([self.path], default_typestore=get_typestore(Stores.ROS2_HUMBLE))
                reader.open()
                self._opened = os.getpid(), reader
        assert self._opened is not None
        return self._opened[1]

    def _messages(
        self, topics: Collection[str], start_ns: int | None = None, stop_ns: int | None = None
    ) -> Iterator[tuple[str, int, bytes]]:
        reader = self._reader()
        connections = [connection for connection in reader.connections if connection.topic in topics]
        with _told(self.path):
            for connection, record_ns, raw in reader.messages(connections, start_ns, stop_ns):
                yield connection.topic, record_ns, raw

    def _decoded(self, topic: str, raw: bytes) -> Any:
        with _told(self.path):
            return self._reader().deserialize(raw, self.types[topic])

    def _stamp_ns(self, raw: bytes) -> int:
        """From the message's first bytes: ROS 1 puts a sequence number before the stamp, ROS 2 the byte order."""
        with _told(self.path):
            big_endian = self._reader().is2 and raw[1] == 0
            seconds, nanoseconds = struct.unpack_from(">iI" if big_endian else "<iI", raw, 4)
        return int(seconds) * 1_000_000_000 + int(nanoseconds)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """rosbags and what it stands on raise errors of many kinds for a damaged file (struct, assert, SQLite, zstd)."""
    try:
        yield
    except BadInputError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:_REASON_CHARACTERS] or type(error).__name__
        raise BadInputError(path, f"cannot be read as a ROS bag ({reason})", _REMEDY) from None

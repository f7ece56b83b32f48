"""stdout and stderr that remember whether they could be written, and that any character can be written to."""

import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO


class _StreamDescriptor(io.FileIO):
    """A descriptor to write to. failed: its first error; after that one what is written goes nowhere, so that neither
    a handler of the error nor Python on its way out meets it again."""

    failed: OSError | None = None

    def write(self, content: Any, /) -> int:
        if self.failed is None:
            try:
                return super().write(content)
            except OSError as error:
                self.failed = error
                raise
        return memoryview(content).nbytes


class Streams:
    """In place of Python's stdout and stderr from its making on."""

    def __init__(self) -> None:
        self._raw: dict[str, _StreamDescriptor] = {}
        self.stdout_is_closed = sys.stdout is None
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is None:  # closed by who started us; the next file opened would take its number
                stream = open(os.devnull, "w")  # noqa: SIM115, PTH123
            setattr(sys, name, self._remembering(name, stream))

    def _remembering(self, name: str, stream: TextIO) -> TextIO:
        try:
            number = stream.fileno()
        except (OSError, AttributeError):  # put there by a test or a program that calls main()
            return stream
        stream.flush()
        self._raw[name] = _StreamDescriptor(number, "wb", closefd=False)
        return io.TextIOWrapper(
            io.BufferedWriter(self._raw[name]),
            encoding=stream.encoding,
            errors="backslashreplace",  # a terminal that knows ASCII alone is no reason to lose hours of work
            line_buffering=name == "stderr" or stream.isatty(),
            write_through=getattr(stream, "write_through", False),
        )

    def flush(self) -> None:
        """Write what is held back; ``failure`` says whether that could be done."""
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()

    def failure(self) -> tuple[str, OSError] | None:
        """The stream that could not be written, and why."""
        for name, raw in self._raw.items():
            if raw.failed is not None:
                return name, raw.failed
        return None

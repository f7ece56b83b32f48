"""Evaluated coalitions, kept in SQLite: what was once computed is never computed again, whatever asks for it.

One row holds the four errors of one coalition of players on one frame. Rows belong to a context (``EvaluationKey``):
only within one are errors comparable and reusable.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from math import isfinite
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import BadInputError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store_file import FORMAT_VERSION, KEY_COLUMNS, KEY_SQL, REMEDY, naming, open_database
from lidarsel.metrics import FIGURES

_CHUNK = 500  # coalitions per query: SQLite built before 2020 takes at most 999 parameters


class EvaluationStore:
    """An open store. Several processes may have the same one open and write to it; one thread each.

    A batch is one transaction: whatever kills the process, batches that ``put`` returned from are there, and no
    batch is there in part.

    Raises:
        BadInputError: by every method, naming the file, where the database turns out to be damaged or stays locked
            for a minute.
        OutputError: by every method, where it cannot be written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def open(cls, path: Path) -> "EvaluationStore":
        """Open the store in a file, or make an empty one where there is none.

        Raises:
            BadInputError: the file is no SQLite database, is one of another program or of another format, or is
                damaged; it is left untouched.
            OutputError: it cannot be made or written.
        """
        return cls(path, open_database(path))

    def context(self, key: EvaluationKey, format_version: int = FORMAT_VERSION) -> int:
        """The number of a key's context, new or known, from now on last used now; it is never given again.

        format_version: to be raised by whoever changes what an evaluation means.
        """
        now_s = time.time()
        row = (*astuple(key), format_version, now_s, now_s)
        with naming(self.path), self.transaction():
            return put_context(self.connection, row)

    def get(
        self, context: int, frame_id: str, coalitions: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which of bool (M, n_players) coalitions are known, bool (M,), and their errors, float64 (M, 4) by FIGURES.

        Errors are 0 where unknown.
        """
        known = np.zeros(len(coalitions), bool)
        errors = np.zeros((len(coalitions), len(FIGURES)))
        with naming(self.path):
            frame = self._frame_number(frame_id)
            if frame is None:
                return known, errors
            keys = _keys(coalitions)
            distinct = list(dict.fromkeys(keys))
            found: dict[bytes, tuple[float, ...]] = {}
            for start in range(0, len(distinct), _CHUNK):
                part = distinct[start : start + _CHUNK]
                rows = self.connection.execute(
                    f"SELECT coalition, {', '.join(FIGURES)} FROM evaluation WHERE context = ? AND frame = ? "
                    f"AND coalition IN ({', '.join('?' * len(part))})",
                    (context, frame, *part),
                )
                found.update((row[0], row[1:]) for row in rows)
        if not all(isinstance(error, float) and isfinite(error) for row in found.values() for error in row):
            raise BadInputError(self.path, "is a damaged evaluation store (an error that is no number)", REMEDY)
        for index, key in enumerate(keys):
            if (row := found.get(key)) is not None:
                known[index], errors[index] = True, row
        return known, errors

    def put(self, context: int, frame_id: str, coalitions: NDArray[np.bool_], errors: NDArray[np.float64]) -> None:
        """Keep errors of coalitions: all of them or, if killed, none.

        What is already known stays as it is, so that a reader never sees a value change. Shapes are those of ``get``.

        Raises:
            ValueError: errors of another shape or that are not finite.
            BadInputError: another process pruned the context meanwhile.
        """
        if errors.shape != (len(coalitions), len(FIGURES)) or not np.isfinite(errors).all():
            raise ValueError(f"{len(coalitions)} coalitions need that many rows of {len(FIGURES)} finite errors")
        with naming(self.path), self.transaction():
            frame = self._frame_number(frame_id)
            if frame is None:
                self.connection.execute("INSERT INTO frame (name) VALUES (?)", (frame_id,))
                frame = self._frame_number(frame_id)
            self.connection.executemany(
                "INSERT INTO evaluation VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                ((context, frame, key, *row) for key, row in zip(_keys(coalitions), errors.tolist(), strict=True)),
            )

    def count(self) -> int:
        """How many evaluations the store holds, of all contexts."""
        with naming(self.path):
            return int(self.connection.execute("SELECT count(*) FROM evaluation").fetchone()[0])

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> "EvaluationStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _frame_number(self, frame_id: str) -> int | None:
        row = self.connection.execute("SELECT id FROM frame WHERE name = ?", (frame_id,)).fetchone()
        return None if row is None else int(row[0])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. IMMEDIATE takes the write lock first, so that a second writer waits instead of failing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.connection.in_transaction:  # SQLite has already rolled back where the disk is full
                self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


def put_context(connection: sqlite3.Connection, row: tuple[object, ...]) -> int:
    """The number of a context, new or known, as used from the first to the last of both uses.

    row: its KEY_COLUMNS, then the times of its first and last use in seconds since 1970.
    """
    connection.execute(
        f"INSERT INTO context ({KEY_SQL}, first_used_s, last_used_s) VALUES ({', '.join('?' * len(row))}) "
        f"ON CONFLICT ({KEY_SQL}) DO UPDATE SET first_used_s = min(first_used_s, excluded.first_used_s), "
        "last_used_s = max(last_used_s, excluded.last_used_s)",
        row,
    )
    marks = ", ".join("?" * len(KEY_COLUMNS))
    found = connection.execute(f"SELECT id FROM context WHERE ({KEY_SQL}) = ({marks})", row[: len(KEY_COLUMNS)])
    return int(found.fetchone()[0])


def _keys(coalitions: NDArray[np.bool_]) -> list[bytes]:
    """Each coalition of bool (M, n) as its bits, packed into ceil(n / 8) bytes, player 0 in the highest bit."""
    return [bits.tobytes() for bits in np.packbits(coalitions, axis=1)]

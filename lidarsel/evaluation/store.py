"""Evaluated coalitions, kept in SQLite: what was once computed is never computed again, whatever asks for it.

One row holds the four errors of one coalition of players on one frame. Rows belong to a context (``EvaluationKey``):
only within one are errors comparable and reusable.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, fields
from math import isfinite
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import BadInputError, OutputError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.metrics import FIGURES
from lidarsel.reading import require_regular

FORMAT_VERSION = 3
KEY_COLUMNS = (*(field.name for field in fields(EvaluationKey)), "format_version")
"""What tells a context from any other."""
_APPLICATION_ID = 0x6C696473  # "lids", in the file's header: tells our database from any other
_BUSY_S = 60.0
_CHUNK = 500  # coalitions per query: SQLite built before 2020 takes at most 999 parameters
_REMEDY = "move it away or use another folder; it is left as it is"

_SCHEMA = f"""
CREATE TABLE context (
    id INTEGER PRIMARY KEY AUTOINCREMENT, players TEXT NOT NULL, data_fingerprint TEXT NOT NULL,
    network_sha256 TEXT NOT NULL, crop TEXT NOT NULL, device_type TEXT NOT NULL, format_version INTEGER NOT NULL,
    first_used_s REAL NOT NULL, last_used_s REAL NOT NULL,
    UNIQUE ({", ".join(KEY_COLUMNS)}));
CREATE TABLE frame (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE evaluation (
    context INTEGER NOT NULL REFERENCES context, frame INTEGER NOT NULL, coalition BLOB NOT NULL,
    {", ".join(f"{name} REAL NOT NULL" for name in FIGURES)},
    PRIMARY KEY (context, frame, coalition)) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {FORMAT_VERSION};
"""


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
        """Open a store, or make an empty one where there is no file.

        Args:
            path: its file.

        Raises:
            BadInputError: the file is no SQLite database, is one of another program or of another format, or is
                damaged; it is left untouched.
            OutputError: it cannot be made or written.
        """
        _check_header(path)
        with naming(path):
            connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
            with naming(path):
                _create_if_empty(connection)
                _check_tables(path, connection)
                _use_write_ahead_log(connection)
                connection.execute("PRAGMA foreign_keys = ON")  # a context in use may be pruned by another process
                problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if problem != "ok":
                raise BadInputError(path, f"is a damaged evaluation store ({problem.splitlines()[-1]})", _REMEDY)
        except BaseException:
            connection.close()
            raise
        return cls(path, connection)

    def context(self, key: EvaluationKey, format_version: int = FORMAT_VERSION) -> int:
        """The context of a key, new or known, from now on last used now.

        Args:
            key: what its evaluations have in common.
            format_version: to be raised by whoever changes what an evaluation means.

        Returns:
            Its number, which is never given again.
        """
        now_s = time.time()
        row = (*astuple(key), format_version, now_s, now_s)
        with naming(self.path), self.transaction():
            return put_context(self.connection, row)

    def get(
        self, context: int, frame_id: str, coalitions: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """What is known of coalitions.

        Args:
            context: by ``context``.
            frame_id: the frame's name.
            coalitions: bool (M, n_players).

        Returns:
            bool (M,), which are known, and their errors, float64 (M, 4) by FIGURES, 0 where unknown.
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
            raise BadInputError(self.path, "is a damaged evaluation store (an error that is no number)", _REMEDY)
        for index, key in enumerate(keys):
            if (row := found.get(key)) is not None:
                known[index], errors[index] = True, row
        return known, errors

    def put(self, context: int, frame_id: str, coalitions: NDArray[np.bool_], errors: NDArray[np.float64]) -> None:
        """Keep errors of coalitions: all of them or, if killed, none.

        What is already known stays as it is, so that a reader never sees a value change.

        Args:
            context: by ``context``.
            frame_id: the frame's name.
            coalitions: bool (M, n_players).
            errors: float64 (M, 4) by FIGURES.

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
    """A context, new or known, as used from the first to the last of both uses.

    Args:
        connection: to a store.
        row: its KEY_COLUMNS, then the times of its first and last use in seconds since 1970.

    Returns:
        Its number.
    """
    columns = ", ".join(KEY_COLUMNS)
    connection.execute(
        f"INSERT INTO context ({columns}, first_used_s, last_used_s) VALUES ({', '.join('?' * len(row))}) "
        f"ON CONFLICT ({columns}) DO UPDATE SET first_used_s = min(first_used_s, excluded.first_used_s), "
        "last_used_s = max(last_used_s, excluded.last_used_s)",
        row,
    )
    marks = ", ".join("?" * len(KEY_COLUMNS))
    found = connection.execute(f"SELECT id FROM context WHERE ({columns}) = ({marks})", row[: len(KEY_COLUMNS)])
    return int(found.fetchone()[0])


def _keys(coalitions: NDArray[np.bool_]) -> list[bytes]:
    """Each coalition of bool (M, n) as its bits, packed into ceil(n / 8) bytes, player 0 in the highest bit."""
    return [bits.tobytes() for bits in np.packbits(coalitions, axis=1)]


def _check_header(path: Path) -> None:
    """Refuse a file that is not ours before SQLite touches it: opening a stranger's may already write beside it.

    The application id is at byte 68 and the user version at byte 60 of the header, big-endian (SQLite file format,
    section 1.3). Both are on the disk before the write-ahead log is switched on, so the header alone is enough.
    """
    if not path.exists():
        return
    require_regular(path, _REMEDY)
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise BadInputError(
            path, f"cannot be read ({error.strerror})", "check what it is and who may read it"
        ) from error
    if header == b"":
        return  # made by a run that was killed before it wrote anything
    if not header.startswith(b"SQLite format 3\0") or len(header) < 100:
        raise BadInputError(path, "is no evaluation store (not an SQLite database)", _REMEDY)
    if int.from_bytes(header[68:72], "big") != _APPLICATION_ID:
        raise BadInputError(path, "is no evaluation store (an SQLite database of another program)", _REMEDY)
    version = int.from_bytes(header[60:64], "big")
    if version != FORMAT_VERSION:
        raise BadInputError(path, f"is an evaluation store of format {version}, not {FORMAT_VERSION}", _REMEDY)


def _create_if_empty(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none, in one transaction, whichever of several processes comes first."""
    count = "SELECT count(*) FROM sqlite_master"
    if connection.execute(count).fetchone()[0]:
        return
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute(count).fetchone()[0] == 0:  # nobody was faster
        for statement in _SCHEMA.split(";")[:-1]:
            connection.execute(statement)
    connection.execute("COMMIT")


def _check_tables(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse what no lidarsel made: a view or a trigger would say or do something else than what is asked."""
    connection.execute("PRAGMA trusted_schema = OFF")
    found = connection.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite^_%' ESCAPE '^'")
    if sorted(found) != sorted(("table", name) for name in ("context", "frame", "evaluation")):
        raise BadInputError(path, "is a damaged evaluation store (its tables are others)", _REMEDY)


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Readers beside a writer, and commits that a kill cannot undo (NORMAL: only a power cut may lose the last).

    Switching needs the file for a moment alone, and SQLite does not wait for that by itself.
    """
    deadline = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, with the file's name."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        remedy = "give the same command again; it begins anew with what was pruned"
        raise BadInputError(path, "another process pruned what this one was adding to", remedy) from error
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text:
            remedy = "wait for the other process to end and try again"
            raise BadInputError(path, f"is in use by another process ({text})", remedy) from error
        remedy = "check that its folder exists, may be written and has room"
        raise OutputError(path, f"cannot be read or written ({text})", remedy) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # text in it, or in SQLite's own complaint of it
        raise BadInputError(path, f"is a damaged evaluation store ({error})", _REMEDY) from error

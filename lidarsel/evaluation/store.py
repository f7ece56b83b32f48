"""Evaluated coalitions, kept in SQLite: what was once computed is never computed again, whatever asks for it.

One row holds the errors of one coalition of players on one frame, sealed by a checksum (``sealing.py``). A frame is
known by its content. Rows belong to a context (``EvaluationKey``): only within one are errors comparable and reusable.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.checks import MOST
from lidarsel.errors import BadInputError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.sealing import Seal
from lidarsel.evaluation.store_file import KEY_COLUMNS, KEY_SQL, REMEDY, naming, open_database

_CHUNK = 500  # coalitions per query: SQLite built before 2020 takes at most 999 parameters


@dataclass(frozen=True)
class Context:
    """A key with its number in one store."""

    number: int
    key: EvaluationKey


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
        self.id = str(connection.execute("SELECT id FROM store").fetchone()[0])

    @classmethod
    def open(cls, path: Path) -> "EvaluationStore":
        """Open the store in a file, or make an empty one where there is none.

        Raises:
            BadInputError: the file is no SQLite database, is one of another program or of another format, or is
                damaged; it is left untouched.
            OutputError: it cannot be made or written.
        """
        return cls(path, open_database(path))

    def context(self, key: EvaluationKey) -> Context:
        """A key's context, new or known, from now on last used now; its number is never given again."""
        now_s = time.time()
        with naming(self.path), self.transaction():
            return put_context(self.connection, key, now_s, now_s)

    def get(
        self, context: Context, digest: str, coalitions: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which coalitions are known on a frame, and their errors.

        Args:
            context: of this store.
            digest: the frame's content.
            coalitions: bool (M, n_players).

        Returns:
            Bool (M,), and float64 (M, F) by the key's figures, 0 where unknown.
        """
        known = np.zeros(len(coalitions), bool)
        errors = np.zeros((len(coalitions), len(context.key.figures)))
        with naming(self.path):
            frame = self._frame_number(digest)
            if frame is None:
                return known, errors
            packed = pack(coalitions)
            distinct = list(dict.fromkeys(packed))
            rows: list[tuple[bytes, bytes]] = []
            for start in range(0, len(distinct), _CHUNK):
                part = distinct[start : start + _CHUNK]
                rows += self.connection.execute(
                    "SELECT coalition, errors FROM evaluation WHERE context = ? AND frame = ? "
                    f"AND coalition IN ({', '.join('?' * len(part))})",
                    (context.number, frame, *part),
                )
        found = self.unseal(context.key, digest, rows)
        row_of = {coalition: row for row, (coalition, _) in enumerate(rows)}
        for index, coalition in enumerate(packed):
            if (row := row_of.get(coalition)) is not None:
                known[index], errors[index] = True, found[row]
        return known, errors

    def put(
        self, context: Context, digest: str, name: str, coalitions: NDArray[np.bool_], errors: NDArray[np.float64]
    ) -> None:
        """Keep errors of coalitions: all of them or, if killed, none.

        What is already known stays as it is, so that a reader never sees a value change.

        Args:
            context: what the errors are of, but for frame and coalition.
            digest: of the frame's content.
            name: the frame's, for people.
            coalitions: bool (M, n).
            errors: float64 (M, figures) of each.

        Raises:
            ValueError: errors of another shape, or that no error can be.
            BadInputError: another process pruned the context meanwhile.
        """
        figures = context.key.figures
        if errors.shape != (len(coalitions), len(figures)) or not are_errors(errors).all():
            raise ValueError(
                f"{len(coalitions)} coalitions need that many rows of {len(figures)} errors, 0 to {MOST:g}"
            )
        packed = pack(coalitions)
        sealed = Seal(self.id, context.key, digest).pack(packed, errors)
        with naming(self.path), self.transaction():
            frame = put_frame(self.connection, digest, name)
            put_rows(self.connection, context.number, frame, zip(packed, sealed, strict=True))

    def count(self) -> int:
        """How many evaluations the store holds, of all contexts."""
        with naming(self.path):
            return int(self.connection.execute("SELECT count(*) FROM evaluation").fetchone()[0])

    def unseal(self, key: EvaluationKey, digest: str, rows: list[tuple[bytes, bytes]]) -> NDArray[np.float64]:
        """Packed coalitions with what is kept of them -> float64 (M, F).

        Raises:
            BadInputError: one does not fit its checksum.
        """
        coalitions, kept = [row[0] for row in rows], [row[1] for row in rows]
        errors = Seal(self.id, key, digest).unpack(coalitions, kept)
        if errors is None:
            problem = "is a damaged evaluation store (an evaluation does not fit its checksum)"
            raise BadInputError(self.path, problem, REMEDY)
        return errors

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> "EvaluationStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _frame_number(self, digest: str) -> int | None:
        row = self.connection.execute("SELECT id FROM frame WHERE digest = ?", (digest,)).fetchone()
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


def are_errors(figures: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of some figures an error can be: none is below 0, and beyond the bound sums and ratios would overflow."""
    possible: NDArray[np.bool_] = (figures >= 0) & (figures <= MOST)
    return possible


def put_context(connection: sqlite3.Connection, key: EvaluationKey, first_used_s: float, last_used_s: float) -> Context:
    """A key's context, new or known, as used from the first to the last of both uses, in seconds since 1970."""
    row = key_row(key)
    connection.execute(
        f"INSERT INTO context (id, {KEY_SQL}, first_used_s, last_used_s) "
        f"VALUES ({', '.join('?' * (len(row) + 3))}) "
        f"ON CONFLICT ({KEY_SQL}) DO UPDATE SET first_used_s = min(first_used_s, excluded.first_used_s), "
        "last_used_s = max(last_used_s, excluded.last_used_s)",
        (_new_number(connection, "context"), *row, first_used_s, last_used_s),
    )
    found = connection.execute(f"SELECT id FROM context WHERE ({KEY_SQL}) = ({', '.join('?' * len(row))})", row)
    return Context(int(found.fetchone()[0]), key)


def put_frame(connection: sqlite3.Connection, digest: str, name: str) -> int:
    """The number of a frame by its content; it keeps the name that it came with first."""
    row = (_new_number(connection, "frame"), digest, name)
    connection.execute("INSERT INTO frame VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING", row)
    return int(connection.execute("SELECT id FROM frame WHERE digest = ?", (digest,)).fetchone()[0])


def put_rows(connection: sqlite3.Connection, context: int, frame: int, rows: Iterator[tuple[bytes, bytes]]) -> None:
    """Packed coalitions with what is to be kept of them; what is known stays."""
    connection.executemany(
        "INSERT INTO evaluation VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((context, frame, *row) for row in rows),
    )


def key_row(key: EvaluationKey) -> tuple[object, ...]:
    """A key as ``KEY_COLUMNS``."""
    return tuple(",".join(part) if isinstance(part, tuple) else part for part in astuple(key))


def key_of(row: tuple[object, ...]) -> EvaluationKey:
    """``KEY_COLUMNS`` as a key."""
    parts: dict[str, Any] = dict(zip(KEY_COLUMNS, row, strict=True))
    return EvaluationKey(**{**parts, "figures": tuple(str(parts["figures"]).split(","))})


def pack(coalitions: NDArray[np.bool_]) -> list[bytes]:
    """Each coalition of bool (M, n) as its bits, packed into ceil(n / 8) bytes, player 0 in the highest bit."""
    return [bits.tobytes() for bits in np.packbits(coalitions, axis=1)]


def unpack(packed: Sequence[bytes], n_players: int) -> NDArray[np.bool_]:
    """Bool (M, n_players) of coalitions that ``pack`` packed."""
    octets = np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), -1)
    return np.unpackbits(octets, axis=1, count=n_players).astype(bool)


def members(coalition: NDArray[np.bool_], kind: str) -> str:
    """A coalition bool (n,) in words: ``lines 0,4,7``."""
    return f"{several(kind)} {','.join(map(str, np.flatnonzero(coalition))) or 'none'}"


def several(players: str) -> str:
    """Players as a key names them, in the plural: ``lines``, ``channels of inner8``."""
    kind, *rest = players.split(" ", 1)
    return " ".join([f"{kind}s", *rest])


def _new_number(connection: sqlite3.Connection, table: str) -> int:
    """By chance, so that numbers of two stores do not meet when their files get mixed up."""
    while True:
        number = secrets.randbelow(2**31 - 1) + 1
        if connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (number,)).fetchone() is None:
            return number

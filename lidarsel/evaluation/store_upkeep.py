"""Looking into stores of evaluations, pruning them and merging them."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from lidarsel.errors import BadInputError, OutputError, UsageError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store import EvaluationStore, put_context
from lidarsel.evaluation.store_file import KEY_COLUMNS, KEY_SQL, naming
from lidarsel.metrics import FIGURES
from lidarsel.writing import whole_file

_DAY_S = 86400.0


class StoreContext(msgspec.Struct, frozen=True, kw_only=True):
    """What evaluations belong to, and how many there are on how many frames; times in seconds since 1970."""

    id: int
    players: str
    data_fingerprint: str
    network_sha256: str
    crop: str
    device_type: str
    format_version: int
    first_used_s: float
    last_used_s: float
    evaluations: int
    frames: int


class StoreInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A store. size_bytes: with its write-ahead log. contexts: by last use, newest first."""

    path: str
    size_bytes: int
    evaluations: int
    contexts: list[StoreContext]


def look_into(path: Path) -> StoreInfo:
    """What a store holds. Raises BadInputError where there is none, or it is damaged or foreign."""
    with _existing(path) as store, naming(path):
        rows = store.connection.execute(
            f"SELECT id, {KEY_SQL}, first_used_s, last_used_s, count(frame), count(DISTINCT frame) "
            "FROM context LEFT JOIN evaluation ON context = id GROUP BY id ORDER BY last_used_s DESC, id"
        )
        try:
            contexts = [
                msgspec.convert(dict(zip(StoreContext.__struct_fields__, row, strict=True)), StoreContext)
                for row in rows
            ]
        except msgspec.ValidationError as error:
            raise BadInputError(path, f"is a damaged evaluation store ({error})", "move it away") from None
        size = sum(file.stat().st_size for file in (path, path.with_name(path.name + "-wal")) if file.exists())
    return StoreInfo(
        path=str(path), size_bytes=size, evaluations=sum(c.evaluations for c in contexts), contexts=contexts
    )


def chosen(info: StoreInfo, network: str | None, data: str | None, unused_days: float | None) -> list[StoreContext]:
    """The contexts that fit all that is given: how digests begin, and the least days since the last use.

    Raises UsageError where nothing is given.
    """
    if network is None and data is None and unused_days is None:
        raise UsageError("say what to prune: --network SHA256, --data FINGERPRINT or --unused-days N")
    before_s = np.inf if unused_days is None else time.time() - unused_days * _DAY_S
    return [
        context
        for context in info.contexts
        if context.network_sha256.startswith(network or "")
        and context.data_fingerprint.startswith(data or "")
        and context.last_used_s <= before_s
    ]


def prune(path: Path, contexts: Sequence[StoreContext]) -> None:
    """Delete these contexts with their evaluations, and give the space back. Raises BadInputError, OutputError."""
    with _existing(path) as store, naming(path):
        with store.transaction():
            for context in contexts:
                store.connection.execute("DELETE FROM evaluation WHERE context = ?", (context.id,))
                store.connection.execute("DELETE FROM context WHERE id = ?", (context.id,))
            store.connection.execute("DELETE FROM frame WHERE id NOT IN (SELECT frame FROM evaluation)")
        store.connection.execute("VACUUM")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def merge(paths: Sequence[Path], out: Path) -> None:
    """Write a new store that holds what any of the stores holds.

    Args:
        paths: of the stores.
        out: of the new one.

    Raises:
        BadInputError: two hold different errors for the same frame and coalition in the same context, or a store is
            damaged, foreign or not there.
        OutputError: ``out`` exists or cannot be written.
    """
    if out.exists():
        raise OutputError(out, "exists", "choose another name with -o, and merge it too if it is a store")
    for path in paths:
        _existing(path).close()  # looked through whole before anything is written
    with whole_file(out) as partial, EvaluationStore.open(partial) as store:
        for path in paths:
            with naming(path):
                store.connection.execute("ATTACH DATABASE ? AS source", (str(path),))
                try:
                    with store.transaction():
                        _add(store.connection, path)
                finally:
                    store.connection.execute("DETACH DATABASE source")


def _add(connection: sqlite3.Connection, path: Path) -> None:
    """Add all of the attached store."""
    connection.execute("INSERT INTO frame (name) SELECT name FROM source.frame WHERE true ON CONFLICT DO NOTHING")
    for number, *row in connection.execute(
        f"SELECT id, {KEY_SQL}, first_used_s, last_used_s FROM source.context"
    ).fetchall():
        context = put_context(connection, tuple(row))
        both = (
            "FROM source.evaluation AS s JOIN source.frame AS f ON f.id = s.frame "
            "JOIN main.frame AS m ON m.name = f.name"
        )
        conflict = connection.execute(
            f"SELECT f.name, s.coalition {both} JOIN main.evaluation AS e "
            "ON e.context = ? AND e.frame = m.id AND e.coalition = s.coalition "
            f"WHERE s.context = ? AND ({' OR '.join(f'e.{name} != s.{name}' for name in FIGURES)}) LIMIT 1",
            (context, number),
        ).fetchone()
        if conflict is not None:
            key = EvaluationKey(*row[: len(KEY_COLUMNS) - 1])
            members = np.flatnonzero(np.unpackbits(np.frombuffer(conflict[1], np.uint8)))
            problem = (
                f"has other errors than a store before it for frame {conflict[0]} with {key.players}s "
                f"{','.join(map(str, members)) or 'none'} (data {key.data_fingerprint[:12]}, "
                f"network {key.network_sha256[:12]}, {key.device_type})"
            )
            remedy = "keep the stores apart: they come from machines that round differently"
            raise BadInputError(path, problem, remedy)
        connection.execute(
            f"INSERT INTO main.evaluation SELECT ?, m.id, s.coalition, {', '.join(f's.{name}' for name in FIGURES)} "
            f"{both} WHERE s.context = ? ON CONFLICT DO NOTHING",
            (context, number),
        )


def _existing(path: Path) -> EvaluationStore:
    """The open store at a path. Raises BadInputError where there is none."""
    if not path.exists() or not path.stat().st_size:
        raise BadInputError(path, "there is no evaluation store", "give an evaluations.sqlite of lidarsel")
    return EvaluationStore.open(path)

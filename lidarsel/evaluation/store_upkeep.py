"""Looking into stores of evaluations, pruning them and merging them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.errors import BadInputError, OutputError, UsageError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.sealing import Seal
from lidarsel.evaluation.store import EvaluationStore, key_of, members, put_context, put_frame, put_rows, unpack
from lidarsel.evaluation.store_file import KEY_COLUMNS, KEY_SQL, REMEDY, naming
from lidarsel.writing import whole_file

_DAY_S = 86400.0


class StoreContext(msgspec.Struct, frozen=True, kw_only=True):
    """What evaluations belong to, and how many there are on how many frames; times in seconds since 1970."""

    id: int
    players: str
    n_players: int
    figures: str
    network_sha256: str
    crop: str
    device: str
    libraries: str
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


def look_into(path: Path, frames: str = "") -> StoreInfo:
    """What a store holds.

    Args:
        path: of the store.
        frames: evaluations of frames whose name begins so are counted.

    Raises:
        BadInputError: there is none, or it is damaged or foreign.
    """
    with _existing(path) as store, naming(path):
        rows = store.connection.execute(
            f"SELECT id, {KEY_SQL}, first_used_s, last_used_s, count(frame), count(DISTINCT frame) FROM context "
            f"LEFT JOIN (SELECT context, frame FROM evaluation WHERE frame IN {_FRAMES_SQL}) ON context = id "
            "GROUP BY id ORDER BY last_used_s DESC, id",
            (len(frames), frames),
        )
        try:
            contexts = [
                msgspec.convert(dict(zip(StoreContext.__struct_fields__, row, strict=True)), StoreContext)
                for row in rows
            ]
        except msgspec.ValidationError as error:
            raise BadInputError(path, f"is a damaged evaluation store ({error})", REMEDY) from None
        size = sum(file.stat().st_size for file in (path, path.with_name(path.name + "-wal")) if file.exists())
    return StoreInfo(
        path=str(path), size_bytes=size, evaluations=sum(c.evaluations for c in contexts), contexts=contexts
    )


_FRAMES_SQL = "(SELECT id FROM frame WHERE substr(name, 1, ?) = ?)"


def chosen(path: Path, network: str | None, frames: str | None, unused_days: float | None) -> list[StoreContext]:
    """The contexts that fit all that is given, with what they hold of the frames that do.

    Args:
        path: of the store.
        network: how its digest begins.
        frames: how their names begin.
        unused_days: the least days since the last use.

    Raises:
        UsageError: nothing is given.
        BadInputError: as ``look_into``.
    """
    if network is None and frames is None and unused_days is None:
        raise UsageError("say what to prune: --network SHA256, --frames NAME or --unused-days N")
    before_s = np.inf if unused_days is None else time.time() - unused_days * _DAY_S
    return [
        context
        for context in look_into(path, frames or "").contexts
        if context.network_sha256.startswith(network or "")
        and context.last_used_s <= before_s
        and (context.evaluations or not frames)
    ]


def prune(path: Path, contexts: Sequence[StoreContext], frames: str = "") -> None:
    """Delete what contexts hold of the frames whose name begins so, and give the space back.

    Raises:
        BadInputError, OutputError: as the store.
    """
    with _existing(path) as store, naming(path):
        with store.transaction():
            for context in contexts:
                of_frames = f"DELETE FROM evaluation WHERE context = ? AND frame IN {_FRAMES_SQL}"
                store.connection.execute(of_frames, (context.id, len(frames), frames))
                empty = "DELETE FROM context WHERE id = ? AND id NOT IN (SELECT context FROM evaluation)"
                store.connection.execute(empty, (context.id,))
            store.connection.execute("DELETE FROM frame WHERE id NOT IN (SELECT frame FROM evaluation)")
        store.connection.execute("VACUUM")
        store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def merge(paths: Sequence[Path], out: Path) -> None:
    """Write a new store that holds what any of the stores holds, each evaluation looked at.

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
            with _existing(path) as source, naming(path), store.transaction():
                _add(store, source)


def count_sealed(path: Path) -> int:
    """How many evaluations a store holds, each of which fits its checksum.

    Raises:
        BadInputError: one does not, or the store is damaged otherwise, foreign or not there.
    """
    with _existing(path) as store, naming(path):
        return sum(len(batch.coalitions) for batch in _batches(store))


@dataclass(frozen=True, eq=False)
class _FrameRows:
    """What a store holds of a frame in a context, each evaluation checked.

    Args:
        key: the context's.
        times: of its first and last use, seconds since 1970.
        digest: the frame's content.
        name: the frame's.
        coalitions: packed.
        errors: float64 (M, F), theirs.
    """

    key: EvaluationKey
    times: tuple[float, float]
    digest: str
    name: str
    coalitions: list[bytes]
    errors: NDArray[np.float64]


def _batches(store: EvaluationStore) -> Iterator[_FrameRows]:
    """All that a store holds."""
    query = f"SELECT id, {KEY_SQL}, first_used_s, last_used_s FROM context"
    for number, *row in store.connection.execute(query).fetchall():
        key, times = key_of(tuple(row[: len(KEY_COLUMNS)])), (row[-2], row[-1])
        known = store.connection.execute(
            "SELECT frame, digest, name FROM (SELECT DISTINCT frame FROM evaluation WHERE context = ?) "
            "LEFT JOIN frame ON id = frame",
            (number,),
        )
        for frame, digest, name in known.fetchall():
            rows = store.connection.execute(
                "SELECT coalition, errors FROM evaluation WHERE context = ? AND frame = ?", (number, frame)
            ).fetchall()
            yield _FrameRows(key, times, digest, name, [row[0] for row in rows], store.unseal(key, digest, rows))


def _add(store: EvaluationStore, source: EvaluationStore) -> None:
    """Add all of another store."""
    for batch in _batches(source):
        key, coalitions = batch.key, unpack(batch.coalitions, batch.key.n_players)
        context = put_context(store.connection, key, *batch.times)
        frame = put_frame(store.connection, batch.digest, batch.name)
        known, before = store.get(context, batch.digest, coalitions)
        differs = known & (before != batch.errors).any(axis=1)
        if differs.any():
            problem = (
                f"has other errors than a store before it for frame {batch.name} with "
                f"{members(coalitions[differs][0], key.players)} "
                f"(network {key.network_sha256[:12]}, {key.device}, {key.libraries})"
            )
            remedy = "keep the stores apart, and see with lidarsel store verify which of them is right"
            raise BadInputError(source.path, problem, remedy)
        sealed = Seal(store.id, key, batch.digest).pack(batch.coalitions, batch.errors)
        put_rows(store.connection, context.number, frame, zip(batch.coalitions, sealed, strict=True))


def _existing(path: Path) -> EvaluationStore:
    """The open store at a path. Raises BadInputError where there is none."""
    if not path.exists() or not path.stat().st_size:
        raise BadInputError(path, "there is no evaluation store", "give an evaluations.sqlite of lidarsel")
    return EvaluationStore.open(path)

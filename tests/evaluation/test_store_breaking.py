"""Every known way to make a store answer with another's figure: it refuses or does not know, never answers wrong."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.choices import FIGURES
from lidarsel.errors import BadInputError, StorageError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_file import FORMAT_VERSION, naming
from lidarsel.evaluation.store_upkeep import look_into, merge
from lidarsel.evaluation.store_verify import verify
from lidarsel.evaluation.stored import StoredGame
from tests.evaluation.modules import Modules
from tests.support.commands import assert_refused, lidarsel, succeeded

KEY = EvaluationKey("line", 64, FIGURES, "ab" * 32, "352x1216", "cpu x86_64 AVX2", "torch 2.13.0")
FRAMES = ("a1", "b2", "c3")
COALITIONS = np.unique(np.random.default_rng(0).random((400, 64)) < 0.5, axis=0)


def errors_of(store: int, frame: int) -> np.ndarray:
    """Float64 (M, 4), others in every store and frame."""
    return np.random.default_rng([store, frame]).lognormal(7, 1, (len(COALITIONS), len(FIGURES)))


def filled(path: Path, number: int, key: EvaluationKey = KEY) -> Path:
    with EvaluationStore.open(path) as store:
        context = store.context(key)
        for frame, digest in enumerate(FRAMES):
            store.put(context, digest, f"drive/{frame}", COALITIONS, errors_of(number, frame))
    return path


def answers(path: Path, number: int, key: EvaluationKey = KEY) -> str:
    """What a store says when asked for all that store ``number`` was given: refused, unknown, right or wrong."""
    told = set()
    try:
        with EvaluationStore.open(path) as store:
            context = store.context(key)
            for frame, digest in enumerate(FRAMES):
                known, errors = store.get(context, digest, COALITIONS)
                told.add("right" if np.array_equal(errors[known], errors_of(number, frame)[known]) else "wrong")
                if not known.all():
                    told.add("unknown")
    except BadInputError as error:
        return "refused" if str(error).startswith(f"{path}: ") and "\n" not in str(error) else "wrong words"
    return "wrong" if "wrong" in told else "unknown" if "unknown" in told else "right"


def flipped(tmp_path: Path, tries: int) -> Counter[str]:
    """What stores answer of which one bit is another, each its own."""
    path, found = filled(tmp_path / "whole.sqlite", 0), Counter[str]()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, rng = path.read_bytes(), np.random.default_rng(5)
    for number in range(tries):
        bits, at = bytearray(whole), int(rng.integers(8 * len(whole)))
        bits[at // 8] ^= 1 << at % 8
        (tmp_path / str(number)).mkdir()
        bent = tmp_path / str(number) / "evaluations.sqlite"
        bent.write_bytes(bits)
        found[answers(bent, 0)] += 1
        shutil.rmtree(bent.parent)
    return found


def test_one_flipped_bit_never_gives_a_wrong_figure(tmp_path: Path) -> None:
    found = flipped(tmp_path, 200)
    assert set(found) <= {"refused", "unknown", "right"}
    assert found["refused"] > 50, "many bits are those of evaluations"


@pytest.mark.slow
def test_two_thousand_flipped_bits_never_give_a_wrong_figure(tmp_path: Path) -> None:
    assert set(flipped(tmp_path, 2000)) <= {"refused", "unknown", "right"}


def test_a_store_copied_over_another_whose_log_stayed(tmp_path: Path) -> None:
    """What SQLite makes of one's pages and the other's log may be either or neither; no figure is the other's."""
    for contexts in (1, 40):
        folder = tmp_path / str(contexts)
        (folder / "own").mkdir(parents=True)
        other = filled(folder / "other.sqlite", 1)
        own = folder / "own" / "evaluations.sqlite"
        with EvaluationStore.open(own) as store:  # left open: its log stays
            for number in range(contexts):
                context = store.context(replace(KEY, crop=f"{number}x1"))
                for frame, digest in enumerate(FRAMES):
                    store.put(context, digest, "drive", COALITIONS, errors_of(0, frame))
            mixed = folder / "mixed.sqlite"
            shutil.copy(own.with_name(own.name + "-wal"), mixed.with_name(mixed.name + "-wal"))
            shutil.copy(other, mixed)
            assert answers(mixed, 1) in ("right", "unknown", "refused")
        assert answers(own, 0, replace(KEY, crop="0x1")) == "right"


def test_a_schema_that_sqlite_cannot_read_is_told_in_one_line(tmp_path: Path) -> None:
    path = filled(tmp_path / "evaluations.sqlite", 0)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"first_used_s REAL", b'first_used_s "EAL'))
    assert answers(path, 0) == "refused"


def by_hand(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def exchanged(path: Path) -> None:
    """Two frames that change places."""
    turns = (("a1", "x"), ("b2", "a1"), ("x", "b2"))
    by_hand(path, *(f"UPDATE frame SET digest = '{new}' WHERE digest = '{old}'" for old, new in turns))


@pytest.mark.parametrize(
    "bend",
    [
        exchanged,
        lambda path: by_hand(path, "UPDATE evaluation SET errors = (SELECT min(errors) FROM evaluation)"),
        lambda path: by_hand(path, "UPDATE evaluation SET errors = zeroblob(40)"),
        lambda path: by_hand(path, "UPDATE evaluation SET errors = CAST(hex(errors) AS TEXT)"),
        lambda path: by_hand(path, "UPDATE evaluation SET errors = substr(errors, 1, 32)"),
        lambda path: by_hand(path, "UPDATE store SET id = 'another'"),
        lambda path: by_hand(path, "DELETE FROM store"),
        lambda path: by_hand(path, "INSERT INTO store VALUES ('another')"),
    ],
)
def test_what_somebody_edits_is_refused(tmp_path: Path, bend: Callable[[Path], None]) -> None:
    path = filled(tmp_path / "evaluations.sqlite", 0)
    bend(path)
    assert answers(path, 0) == "refused"
    with pytest.raises(BadInputError, match="damaged evaluation store"):
        verify(path, None, 1, seed=0)


def test_the_command_verifies_checksums_without_data(tmp_path: Path) -> None:
    path = filled(tmp_path / "evaluations.sqlite", 0)
    assert f"{3 * len(COALITIONS)} evaluations, each fits its checksum" in succeeded(lidarsel("store", "verify", path))
    by_hand(path, "UPDATE evaluation SET errors = zeroblob(40) WHERE frame = (SELECT max(frame) FROM evaluation)")
    assert_refused(lidarsel("store", "verify", path), path, "damaged evaluation store")


def test_evaluations_of_another_key_do_not_become_ours_by_renaming_it(tmp_path: Path) -> None:
    """Lines and channels, 64 of each, give the same bytes; a context that says another kind answers for neither."""
    channels = replace(KEY, players="channel")
    path = filled(tmp_path / "evaluations.sqlite", 1, channels)
    assert answers(path, 0) == "unknown"
    by_hand(path, "DELETE FROM context WHERE players = 'line'", "UPDATE context SET players = 'line'")
    assert answers(path, 0) == "refused"


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("digest TEXT NOT NULL UNIQUE", "digest TEXT NOT NULL UNIQUE COLLATE NOCASE"),
        ("digest TEXT NOT NULL UNIQUE", "digest TEXT NOT NULL"),
        ("PRIMARY KEY (context, frame, coalition)) WITHOUT ROWID", "UNIQUE (context, frame, coalition))"),
        ("coalition BLOB NOT NULL", "coalition TEXT NOT NULL"),
        ("players TEXT NOT NULL", "players TEXT"),
    ],
)
def test_tables_that_compare_in_another_way_are_refused(tmp_path: Path, was: str, becomes: str) -> None:
    path = filled(tmp_path / "ours.sqlite", 0)
    with closing(sqlite3.connect(path)) as connection:
        tables = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
    assert sum(was in sql for sql in tables) == 1
    other = tmp_path / "other.sqlite"
    header = (f"PRAGMA application_id = {0x6C696473}", f"PRAGMA user_version = {FORMAT_VERSION}")
    by_hand(other, *(sql.replace(was, becomes) for sql in tables), *header, "INSERT INTO store VALUES ('x')")
    with pytest.raises(BadInputError, match="its tables are others"):
        EvaluationStore.open(other)


def test_an_older_store_is_refused_by_name_with_what_to_do(tmp_path: Path) -> None:
    path = filled(tmp_path / "old.sqlite", 0)
    by_hand(path, f"PRAGMA user_version = {FORMAT_VERSION - 1}")
    with pytest.raises(BadInputError, match=rf"old\.sqlite: .*of format {FORMAT_VERSION - 1}.*evaluated anew"):
        EvaluationStore.open(path)


def test_stores_of_two_instruction_sets_are_merged_and_both_kept(tmp_path: Path) -> None:
    wide = replace(KEY, device="cpu x86_64 AVX512")
    parts = [filled(tmp_path / "a.sqlite", 0), filled(tmp_path / "b.sqlite", 1, wide)]
    merge(parts, tmp_path / "both.sqlite")
    assert answers(tmp_path / "both.sqlite", 0) == answers(tmp_path / "both.sqlite", 1, wide) == "right"
    assert sorted(context.device for context in look_into(tmp_path / "both.sqlite").contexts) == [
        KEY.device,
        wide.device,
    ]


def test_merging_looks_at_every_checksum(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.sqlite", 0)
    by_hand(path, "UPDATE evaluation SET errors = zeroblob(40) WHERE frame = (SELECT max(frame) FROM evaluation)")
    with pytest.raises(BadInputError, match=r"a\.sqlite: .*checksum"):
        merge([path], tmp_path / "out.sqlite")
    assert not (tmp_path / "out.sqlite").exists()


def test_verifying_evaluates_again_and_names_what_differs(tmp_path: Path) -> None:
    """The second game says the same of itself and gives other errors, as a network that keeps a state would."""
    sets = np.random.default_rng(0).random((20, 6)) < 0.5
    path = tmp_path / "evaluations.sqlite"
    with EvaluationStore.open(path) as store:
        stored = StoredGame(Modules(), store)
        for frame in range(stored.n_frames):
            stored.errors(frame, sets)
        count = store.count()
    found = verify(path, Modules(), 7, seed=0)
    assert (found.evaluations, found.of_game, found.again) == (count, count, 7)
    assert verify(path, Modules(), 10_000, seed=0).again == count
    assert verify(path, None, 7, seed=0).evaluations == count
    with pytest.raises(BadInputError, match=r"holds rmse_mm .* with modules .*; evaluated again it is"):
        verify(path, Modules(seed=1), 7, seed=0)
    other = Modules("channel")
    with pytest.raises(BadInputError, match="no evaluation of this data with this network on this machine"):
        verify(path, other, 7, seed=0)


def test_a_whole_store_that_a_disk_fails_to_read_once_is_not_called_damaged(tmp_path: Path) -> None:
    """SQLite calls it malformed where one read of a page ends with EIO; the advice was to move the store away."""
    path = filled(tmp_path / "evaluations.sqlite", 0)
    with pytest.raises(StorageError, match=r"could not be read at first .malformed., and is whole"), naming(path):
        raise sqlite3.DatabaseError("malformed")

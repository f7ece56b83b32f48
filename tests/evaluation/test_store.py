"""The store of evaluations: nothing lost, nothing overwritten, nothing mixed up."""

import signal
import sqlite3
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lidarsel.choices import FIGURES
from lidarsel.errors import BadInputError, OutputError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_file import FORMAT_VERSION
from tests.support.commands import ROOT

KEY = EvaluationKey("line", 64, FIGURES, "network", "352x1216", "cpu AVX2", "torch 2.13.0")


def sample(count: int, seed: int = 0, n: int = 64) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Distinct coalitions bool (count, n) and errors float64 (count, 4) that follow from them."""
    numbers = np.random.default_rng(seed).choice(2**40, count, replace=False)
    coalitions = np.zeros((count, n), bool)
    coalitions[:, :40] = (numbers[:, None] >> np.arange(40)) & 1
    return coalitions, errors_of(coalitions)


def errors_of(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.sqrt(1 + coalitions @ np.random.default_rng(9).uniform(1, 9, (coalitions.shape[1], 4)))


def test_what_is_put_is_there_to_the_last_bit_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.sqlite"
    coalitions, errors = sample(3000)
    with EvaluationStore.open(path) as store:
        context = store.context(KEY)
        store.put(context, "d1", "drive/0", coalitions[:2000], errors[:2000])
        assert store.count() == 2000
    with EvaluationStore.open(path) as store:
        assert store.context(KEY) == context
        known, found = store.get(context, "d1", coalitions[::-1])
        assert known[::-1].tolist() == [True] * 2000 + [False] * 1000
        assert np.array_equal(found[::-1][:2000], errors[:2000])
        assert np.all(found[::-1][2000:] == 0)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 70), data=st.data())
def test_like_a_dictionary(tmp_path_factory: pytest.TempPathFactory, n: int, data: st.DataObject) -> None:
    """Any batches, with repetitions, in any context and frame, against a dict; the first value stays."""
    path = tmp_path_factory.mktemp("store") / "e.sqlite"
    truth: dict = {}
    batches = data.draw(st.lists(st.tuples(st.integers(0, 1), st.sampled_from("ab"), st.integers(0, 99)), max_size=6))
    with EvaluationStore.open(path) as store:
        contexts = [store.context(KEY), store.context(replace(KEY, device="cuda NVIDIA H200"))]
        for number, frame, seed in batches:
            rng = np.random.default_rng(seed)
            coalitions = rng.random((rng.integers(0, 9), n)) < 0.5
            errors = rng.lognormal(size=(len(coalitions), 4))
            store.put(contexts[number], frame, f"frame {frame}", coalitions, errors)
            for coalition, row in zip(coalitions, errors, strict=True):
                truth.setdefault((number, frame, coalition.tobytes()), row)
        assert store.count() == len(truth)
        for number in (0, 1):
            for frame in "abc":
                asked = np.random.default_rng(5).random((20, n)) < 0.5
                stored = [np.frombuffer(k[2], bool) for k in truth]
                asked = np.concatenate([asked, *(s[None] for s in stored)])
                known, errors = store.get(contexts[number], frame, asked)
                for coalition, is_known, row in zip(asked, known, errors, strict=True):
                    expected = truth.get((number, frame, coalition.tobytes()))
                    assert is_known == (expected is not None)
                    assert np.array_equal(row, np.zeros(4) if expected is None else expected)


def test_contexts_differ_in_every_part(tmp_path: Path) -> None:
    with EvaluationStore.open(tmp_path / "e.sqlite") as store:
        others: dict[str, Any] = {part.name: "other" for part in fields(KEY)} | {
            "n_players": 65,
            "figures": ("rmse_mm",),
        }
        keys = [KEY, *(replace(KEY, **{name: other}) for name, other in others.items())]
        contexts = [store.context(key) for key in keys]
        assert len({context.number for context in contexts}) == len(keys) == 8
        assert [store.context(key) for key in keys] == contexts


def test_wrong_errors_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    coalitions, errors = sample(3)
    with EvaluationStore.open(tmp_path / "e.sqlite") as store:
        context = store.context(KEY)
        spoilt = []
        for impossible in (np.nan, np.inf, -5000.0, 1e200):
            spoilt.append(errors.copy())
            spoilt[-1][1, 2] = impossible
        for wrong in (*spoilt, errors[:2], errors[:, :3]):
            with pytest.raises(ValueError, match="3 coalitions need"):
                store.put(context, "d", "f", coalitions, wrong)
        assert store.count() == 0


def test_an_empty_file_is_taken_as_new(tmp_path: Path) -> None:
    (tmp_path / "e.sqlite").touch()
    with EvaluationStore.open(tmp_path / "e.sqlite") as store:
        assert store.count() == 0


def folder_of(path: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in path.parent.iterdir()}


def assert_refused(path: Path, message: str) -> None:
    before = folder_of(path)
    with pytest.raises(BadInputError, match=message) as caught:
        EvaluationStore.open(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert folder_of(path) == before


def test_foreign_files_are_refused_and_untouched(tmp_path: Path) -> None:
    text = tmp_path / "text" / "e.sqlite"
    text.parent.mkdir()
    text.write_text("no database " * 100)
    assert_refused(text, "not an SQLite database")

    foreign = tmp_path / "foreign" / "e.sqlite"
    foreign.parent.mkdir()
    with sqlite3.connect(foreign) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE evaluation (a)")
    connection.close()
    assert_refused(foreign, "of another program")


def filled_store(path: Path, count: int = 5000) -> None:
    path.parent.mkdir(exist_ok=True)
    with EvaluationStore.open(path) as store:
        store.put(store.context(KEY), "d", "f", *sample(count))


def test_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.sqlite"
    filled_store(path, 1)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    connection.close()
    assert_refused(path, f"of format {FORMAT_VERSION + 1}")


@pytest.mark.parametrize("share", [0.0001, 0.02, 0.5, 0.99])
def test_a_truncated_store_is_refused_and_untouched(tmp_path: Path, share: float) -> None:
    path = tmp_path / "e.sqlite"
    filled_store(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    before = path.read_bytes()
    with pytest.raises(BadInputError, match=r"damaged|no evaluation store") as caught:
        EvaluationStore.open(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_store_with_a_destroyed_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.sqlite"
    filled_store(path)
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2 // 4096 * 4096
    whole[middle : middle + 4096] = b"\xa5" * 4096
    path.write_bytes(whole)
    with pytest.raises(BadInputError, match="damaged") as caught:
        EvaluationStore.open(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == bytes(whole)


def test_places_that_cannot_hold_a_store(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="check that its folder exists"):
        EvaluationStore.open(tmp_path / "nowhere" / "e.sqlite")
    with pytest.raises(BadInputError, match="is a folder"):
        EvaluationStore.open(tmp_path)


WRITER = """
import sys
from dataclasses import fields, replace
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.evaluation import test_store as t
with t.EvaluationStore.open(Path(sys.argv[2])) as store:
    context = store.context(t.KEY)
    for batch in range(int(sys.argv[3]), int(sys.argv[4])):
        store.put(context, f"d{batch}", f"frame {batch}", *t.sample(200, seed=batch))
        print(batch, flush=True)
"""


def writer(path: Path, first: int, end: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, str(ROOT), str(path), str(first), str(end)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("after", [0, 3, 17])
def test_kill_loses_at_most_the_batch_in_flight(tmp_path: Path, after: int) -> None:
    path = tmp_path / "e.sqlite"
    process = writer(path, 0, 100_000)
    assert process.stdout is not None
    told = -1
    try:
        while told < after:
            told = int(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        rest = process.stdout.read().split()  # not by communicate(), which passes over what readline() has buffered
    assert process.returncode == -signal.SIGKILL
    done = 1 + (int(rest[-1]) if rest else told)
    with EvaluationStore.open(path) as store:
        context = store.context(KEY)
        batches, left_over = divmod(store.count(), 200)
        assert left_over == 0
        assert done <= batches <= done + 1
        for batch in range(batches):
            coalitions, errors = sample(200, seed=batch)
            known, found = store.get(context, f"d{batch}", coalitions)
            assert known.all()
            assert np.array_equal(found, errors)
        store.put(context, "d", "after", *sample(10))  # and it goes on


def test_two_processes_make_and_fill_one_store(tmp_path: Path) -> None:
    path = tmp_path / "e.sqlite"
    processes = [writer(path, 0, 60), writer(path, 40, 100)]  # 20 batches are written by both
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    with EvaluationStore.open(path) as store:
        assert store.count() == 100 * 200
        known, errors = store.get(store.context(KEY), "d50", sample(200, seed=50)[0])
        assert known.all()
        assert np.array_equal(errors, sample(200, seed=50)[1])


KILLED_IN_A_BATCH = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.evaluation import test_store as t
import lidarsel.evaluation.store as s
with t.EvaluationStore.open(Path(sys.argv[2])) as store:
    context = store.context(t.KEY)
    store.put(context, "d1", "whole", *t.sample(200))
    put_rows = s.put_rows
    def dying(connection, context, frame, rows):
        def some():
            for number, row in enumerate(rows):
                if number == 150:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield row
        put_rows(connection, context, frame, some())
    s.put_rows = dying
    store.put(context, "d2", "in flight", *t.sample(200, seed=1))
"""


def test_kill_after_150_rows_of_a_batch_keeps_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "e.sqlite"
    command = [sys.executable, "-c", KILLED_IN_A_BATCH, str(ROOT), str(path)]
    assert subprocess.run(command, check=False, timeout=300).returncode == -signal.SIGKILL
    with EvaluationStore.open(path) as store:
        assert store.count() == 200
        assert not store.get(store.context(KEY), "d2", sample(200, seed=1)[0])[0].any()

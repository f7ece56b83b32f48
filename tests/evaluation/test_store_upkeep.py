"""Looking into stores, pruning and merging them, against plain dictionaries of what was put in."""

import json
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.choices import FIGURES
from lidarsel.errors import BadInputError, OutputError, UsageError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_file import FORMAT_VERSION
from lidarsel.evaluation.store_upkeep import chosen, look_into, merge, prune
from tests.evaluation.test_store import sample
from tests.support.commands import assert_refused, lidarsel, succeeded

ONE = EvaluationKey("line", 64, FIGURES, "aa" * 32, "352x1216", "cpu AVX2", "torch 2.13.0")
TWO = replace(ONE, network_sha256="bb" * 32)


def digest_of(frame: str) -> str:
    return frame.encode().hex()


def filled(path: Path, *parts: tuple[EvaluationKey, str, int, int]) -> Path:
    """A store with parts (key, frame, count, seed)."""
    with EvaluationStore.open(path) as store:
        for key, frame, count, seed in parts:
            store.put(store.context(key), digest_of(frame), frame, *sample(count, seed))
    return path


def holds(path: Path, key: EvaluationKey, frame: str, count: int, seed: int) -> bool:
    """Whether all of a part is there to the bit."""
    coalitions, errors = sample(count, seed)
    with EvaluationStore.open(path) as store:
        known, found = store.get(store.context(key), digest_of(frame), coalitions)
    return bool(known.all()) and np.array_equal(found, errors)


def test_info_counts_what_was_put(tmp_path: Path) -> None:
    begun = time.time()
    path = filled(tmp_path / "e.sqlite", (ONE, "a", 30, 0), (ONE, "b", 20, 1), (TWO, "a", 7, 2))
    info = look_into(path)
    assert (info.evaluations, info.size_bytes) == (57, path.stat().st_size)
    found = {context.network_sha256: context for context in info.contexts}
    assert {key: (c.evaluations, c.frames) for key, c in found.items()} == {"aa" * 32: (50, 2), "bb" * 32: (7, 1)}
    assert all(begun <= c.first_used_s <= c.last_used_s <= time.time() for c in info.contexts)
    assert found["aa" * 32].first_used_s < found["aa" * 32].last_used_s, "it was opened twice"


def test_prune_deletes_the_chosen_and_gives_the_space_back(tmp_path: Path) -> None:
    path = filled(tmp_path / "e.sqlite", (ONE, "a", 3000, 0), (ONE, "only one", 10, 1), (TWO, "a", 7, 2))
    before = path.stat().st_size
    prune(path, chosen(path, "aa", None, None))
    info = look_into(path)
    assert [(c.network_sha256, c.evaluations) for c in info.contexts] == [("bb" * 32, 7)]
    assert path.stat().st_size < before / 2
    assert holds(path, TWO, "a", 7, 2)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM frame").fetchall() == [("a",)]
    connection.close()


def test_prune_chooses_by_network_frames_and_age(tmp_path: Path) -> None:
    path = filled(tmp_path / "e.sqlite", (ONE, "a", 1, 0), (TWO, "a", 1, 0))
    with sqlite3.connect(path) as connection:
        connection.execute(
            "UPDATE context SET last_used_s = ? WHERE network_sha256 LIKE 'bb%'", (time.time() - 864000,)
        )
    connection.close()

    def networks(network: str | None, frames: str | None, unused_days: float | None) -> list[str]:
        return sorted(context.network_sha256[:2] for context in chosen(path, network, frames, unused_days))

    assert networks("aa", None, None) == ["aa"]
    assert networks(None, "a", None) == ["aa", "bb"]
    assert networks(None, None, 9) == ["bb"]
    assert networks("aa", None, 9) == networks(None, "other", None) == networks(None, "%", None) == []
    with pytest.raises(UsageError, match="say what to prune"):
        chosen(path, None, None, None)


def test_a_context_pruned_while_in_use_is_told_and_its_number_not_given_again(tmp_path: Path) -> None:
    path = filled(tmp_path / "e.sqlite", (ONE, "a", 5, 0))
    with EvaluationStore.open(path) as store:
        number = store.context(ONE)
        prune(path, chosen(path, "aa", None, None))
        with EvaluationStore.open(path) as other:
            assert other.context(TWO).number != number.number
        with pytest.raises(BadInputError, match="pruned"):
            store.put(number, digest_of("a"), "a", *sample(5))
    assert look_into(path).evaluations == 0


def test_merge_is_the_union(tmp_path: Path) -> None:
    a = filled(tmp_path / "a.sqlite", (TWO, "x", 40, 0), (ONE, "a", 30, 1), (ONE, "b", 9, 2))
    b = filled(tmp_path / "b.sqlite", (ONE, "b", 20, 2), (ONE, "c", 5, 3))  # 9 of its 25 are in a too
    before = a.read_bytes(), b.read_bytes()
    merge([a, b, a], tmp_path / "c.sqlite")
    assert (a.read_bytes(), b.read_bytes()) == before
    assert look_into(tmp_path / "c.sqlite").evaluations == 40 + 30 + 20 + 5 - shared(9, 20, 2)
    for part in ((TWO, "x", 40, 0), (ONE, "a", 30, 1), (ONE, "b", 9, 2), (ONE, "b", 20, 2), (ONE, "c", 5, 3)):
        assert holds(tmp_path / "c.sqlite", *part)
    times = {c.network_sha256: (c.first_used_s, c.last_used_s) for c in look_into(tmp_path / "c.sqlite").contexts}
    parts = [c for path in (a, b) for c in look_into(path).contexts if c.network_sha256 == "aa" * 32]
    # ``holds`` opened the merged context after that
    assert times["aa" * 32][0] == min(c.first_used_s for c in parts)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.sqlite", "b.sqlite", "c.sqlite"]


def shared(one: int, other: int, seed: int) -> int:
    """How many fewer than one + other coalitions the two samples of a seed have, beyond the ``other``."""
    rows = {row.tobytes() for count in (one, other) for row in sample(count, seed)[0]}
    return other - len(rows)


@pytest.mark.parametrize("figure", range(len(FIGURES)))
def test_merge_refuses_a_last_bit_of_difference_by_name(tmp_path: Path, figure: int) -> None:
    a = filled(tmp_path / "a.sqlite", (ONE, "drive/7", 10, 0))
    coalitions, errors = sample(10, 0)
    errors[4, figure] = np.nextafter(errors[4, figure], np.inf)
    with EvaluationStore.open(tmp_path / "b.sqlite") as store:
        store.put(store.context(ONE), digest_of("drive/7"), "drive/7", coalitions, errors)
    with pytest.raises(BadInputError, match="drive/7") as caught:
        merge([a, tmp_path / "b.sqlite"], tmp_path / "c.sqlite")
    assert str(caught.value).startswith(str(tmp_path / "b.sqlite"))
    assert f"lines {','.join(map(str, np.flatnonzero(coalitions[4])))} " in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.sqlite", "b.sqlite"]


def test_what_is_no_store_is_refused_everywhere(tmp_path: Path) -> None:
    good = filled(tmp_path / "good.sqlite", (ONE, "a", 3000, 0))
    newer = filled(tmp_path / "newer.sqlite", (ONE, "a", 1, 0))
    with sqlite3.connect(newer) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT_VERSION + 1}")
    connection.close()
    cut = tmp_path / "cut.sqlite"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    text = tmp_path / "text.sqlite"
    text.write_text("nothing of the kind " * 20)
    for bad in (newer, cut, text, tmp_path / "none.sqlite"):
        before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
        for attempt in (lambda: look_into(bad), lambda: prune(bad, []), lambda: merge([good, bad], tmp_path / "c")):  # noqa: B023
            with pytest.raises(BadInputError, match=bad.name):
                attempt()
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    with pytest.raises(OutputError, match="text"):
        merge([good], text)


def test_the_commands(tmp_path: Path) -> None:
    path = filled(tmp_path / "e.sqlite", (ONE, "a", 30, 0), (TWO, "a", 7, 2))
    assert json.loads(succeeded(lidarsel("store", "info", path, "--json")))["evaluations"] == 37
    assert "30" in succeeded(lidarsel("store", "info", path))
    assert "would be deleted" in succeeded(lidarsel("store", "prune", path, "--network", "bb"))
    assert look_into(path).evaluations == 37
    assert "7 evaluations deleted" in succeeded(lidarsel("store", "prune", path, "--network", "bb", "--yes"))
    assert look_into(path).evaluations == 30
    other = filled(tmp_path / "other.sqlite", (TWO, "a", 7, 2))
    assert "37 evaluations" in succeeded(lidarsel("store", "merge", path, other, "-o", tmp_path / "both.sqlite"))
    assert_refused(lidarsel("store", "merge", path, other, "-o", other), other, "exists")
    assert_refused(lidarsel("store", "prune", path), "say what to prune")

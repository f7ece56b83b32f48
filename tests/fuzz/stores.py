"""The store of evaluations: damaged files, and databases that say what no lidarsel would write."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from lidarsel.choices import FIGURES
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_upkeep import chosen, look_into, merge, prune
from tests.fuzz.choices import Choices
from tests.fuzz.target import Target

NAME, OTHER = "evaluations.sqlite", "other.sqlite"
COALITIONS = np.random.default_rng(0).random((40, 16)) < 0.5
_COLUMNS = ("context", "frame", "coalition", "errors")
_ODD = ("'text'", "9e999", "-1", "x'00'", "''", "1e308", "NULL", "9223372036854775807", "x'ff' || zeroblob(1000000)")
_STATEMENTS = (
    "DROP TABLE evaluation",
    "DROP TABLE context",
    "DROP TABLE frame",
    "DELETE FROM frame",
    "DELETE FROM context",
    "DELETE FROM store",
    "UPDATE store SET id = 'another'",
    "INSERT INTO store VALUES ('another')",
    "ALTER TABLE evaluation RENAME COLUMN errors TO x",
    "ALTER TABLE context DROP COLUMN first_used_s",
    "CREATE TRIGGER t AFTER INSERT ON evaluation BEGIN DELETE FROM evaluation; END",
    "CREATE TRIGGER t AFTER INSERT ON frame BEGIN SELECT RAISE(ABORT, 'no'); END",
    "PRAGMA user_version = 99",
    "PRAGMA application_id = 1",
    "PRAGMA journal_mode = DELETE",
    "DROP TABLE frame; CREATE VIEW frame AS SELECT 1 AS id, 'a' AS name",
    "UPDATE frame SET name = x'ff00'",
    "UPDATE frame SET digest = CASE digest WHEN 'a' THEN 'b' ELSE 'a' || id END",
    "UPDATE context SET n_players = 15",
    "UPDATE context SET figures = 'rmse_mm'",
    "UPDATE context SET network_sha256 = 'ab'",
    "UPDATE context SET first_used_s = 'never'",
    "UPDATE context SET last_used_s = 9e999",
    "UPDATE context SET libraries = x'ff'",
    "PRAGMA writable_schema = 1; UPDATE sqlite_master SET sql = 'CREATE TABLE x(y' WHERE name = 'frame'",
)


KEY = EvaluationKey("line", COALITIONS.shape[1], FIGURES, "ab" * 32, "352x1216", "cpu AVX2", "torch 2.13.0")
ERRORS = np.arange(160.0).reshape(40, 4) + 1


def make(folder: Path) -> None:
    for name in (NAME, OTHER):
        with EvaluationStore.open(folder / name) as store:
            context = store.context(KEY)
            for frame in ("a", "b"):
                store.put(context, frame, f"frame {frame}", COALITIONS, ERRORS)
            store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def say(folder: Path, choices: Choices) -> None:
    """A statement that SQLite obeys."""
    column = choices.one_of(_COLUMNS)
    odd = f"UPDATE OR REPLACE evaluation SET {column} = {choices.one_of(_ODD)}"
    text = choices.one_of((*_STATEMENTS, *[odd] * 12))
    try:
        with closing(sqlite3.connect(folder / choices.one_of((NAME, OTHER)))) as connection:
            connection.executescript(text)
    except sqlite3.Error:  # damaged before, or SQLite does not obey
        return


def use(folder: Path, choices: Choices) -> None:
    """What runs and the ``store`` commands do."""
    path = folder / NAME
    with EvaluationStore.open(path) as store:
        context = store.context(KEY)
        known, errors = store.get(context, "a", COALITIONS)
        assert (errors[known] == ERRORS[known]).all(), "no answer but what was put"
        assert (errors[~known] == 0).all()
        store.put(context, "new", "new", COALITIONS[:3], np.ones((3, 4)))
        assert store.get(context, "new", COALITIONS[:3])[0].all(), "what was put is there"
        assert store.count() >= 3
    look_into(path)
    merge([path, folder / OTHER], folder / "merged.sqlite")
    info = look_into(folder / "merged.sqlite")
    assert info.evaluations >= 3
    prune(path, chosen(path, "ab", None, None))


TARGETS = (
    Target("evaluations.sqlite", make, use, bend=(say,)),
    Target("store-sql", make, use, lambda name: False, (say,)),
)

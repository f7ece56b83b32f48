"""What a store of evaluations holds, read by SQLite alone: without what is another in every store."""

import sqlite3
from contextlib import closing
from pathlib import Path

CHECKSUM_BYTES = 8
_QUESTION = (
    f"SELECT f.name, e.coalition, substr(e.errors, 1, length(e.errors) - {CHECKSUM_BYTES}) "
    "FROM evaluation AS e JOIN frame AS f ON f.id = e.frame"
)

Rows = set[tuple[str, bytes, bytes]]


def stored_rows(store: Path) -> Rows:
    """Frame, coalition and errors of every evaluation; none where the store was killed before it had tables."""
    if not store.exists() or not store.stat().st_size:
        return set()
    with closing(sqlite3.connect(store)) as connection:
        try:
            return set(connection.execute(_QUESTION))
        except sqlite3.OperationalError:
            return set()

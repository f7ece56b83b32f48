"""The store's file: an SQLite database of ours and of this format, or a refusal that leaves it as it is.

``docs/store.md`` describes the format, what it promises, and how it was tried to break it.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path

from lidarsel.errors import BadInputError, LidarselError, OutputError, StorageError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.reading import read_in_pieces, require_regular

FORMAT_VERSION = 4
KEY_COLUMNS = tuple(field.name for field in fields(EvaluationKey))
"""What tells a context from any other."""
KEY_SQL = ", ".join(KEY_COLUMNS)
_APPLICATION_ID = 0x6C696473  # "lids", in the file's header: tells our database from any other
_BUSY_S = 60.0
REMEDY = "move it away or use another folder; it is left as it is"
_OLDER = "move it away: what it holds does not say which content its frames had, and is evaluated anew"

# A frame is known by its content; its name is for people. The last bytes of an evaluation are its checksum.
_SCHEMA = (
    f"""CREATE TABLE context (
    id INTEGER PRIMARY KEY, players TEXT NOT NULL, n_players INTEGER NOT NULL, figures TEXT NOT NULL,
    network_sha256 TEXT NOT NULL, crop TEXT NOT NULL, device TEXT NOT NULL, libraries TEXT NOT NULL,
    first_used_s REAL NOT NULL, last_used_s REAL NOT NULL,
    UNIQUE ({KEY_SQL}))""",
    "CREATE TABLE frame (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL)",
    """CREATE TABLE evaluation (
    context INTEGER NOT NULL REFERENCES context, frame INTEGER NOT NULL, coalition BLOB NOT NULL, errors BLOB NOT NULL,
    PRIMARY KEY (context, frame, coalition)) WITHOUT ROWID""",
    "CREATE TABLE store (id TEXT NOT NULL)",
)
_PRAGMAS = (f"PRAGMA application_id = {_APPLICATION_ID}", f"PRAGMA user_version = {FORMAT_VERSION}")


def open_database(path: Path) -> sqlite3.Connection:
    """A connection to the database, with its tables; see ``EvaluationStore.open``."""
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
            ids = connection.execute("SELECT id FROM store").fetchall()
        if problem != "ok":
            raise _damaged(path, problem.splitlines()[-1])
        if len(ids) != 1:
            raise BadInputError(path, "is a damaged evaluation store (it has lost its own name)", REMEDY)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_header(path: Path) -> None:
    """Refuse a file that is not ours before SQLite touches it: opening a stranger's may already write beside it.

    The application id is at byte 68 and the user version at byte 60 of the header, big-endian (SQLite file format,
    section 1.3). Both are on the disk before the write-ahead log is switched on, so the header alone is enough.
    """
    if not path.exists():
        return
    require_regular(path, REMEDY)
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
        raise BadInputError(path, "is no evaluation store (not an SQLite database)", REMEDY)
    if int.from_bytes(header[68:72], "big") != _APPLICATION_ID:
        raise BadInputError(path, "is no evaluation store (an SQLite database of another program)", REMEDY)
    version = int.from_bytes(header[60:64], "big")
    if version != FORMAT_VERSION:
        problem = f"is an evaluation store of format {version}, not {FORMAT_VERSION}"
        raise BadInputError(path, problem, _OLDER if version < FORMAT_VERSION else REMEDY)


def _create_if_empty(connection: sqlite3.Connection) -> None:
    """Make the tables where there are none, in one transaction, whichever of several processes comes first."""
    count = "SELECT count(*) FROM sqlite_master"
    if connection.execute(count).fetchone()[0]:
        return
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute(count).fetchone()[0] == 0:  # nobody was faster
        for statement in (*_SCHEMA, *_PRAGMAS):
            connection.execute(statement)
        connection.execute("INSERT INTO store VALUES (?)", (secrets.token_hex(16),))
    connection.execute("COMMIT")


def _check_tables(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse what no lidarsel made, to the letter: a view or a trigger would say or do something else than what is
    asked, and a table that compares names in another way or has no primary key would mix frames."""
    connection.execute("PRAGMA trusted_schema = OFF")
    if _tables_of(connection) != _our_tables():
        raise BadInputError(path, "is a damaged evaluation store (its tables are others)", REMEDY)


def _our_tables() -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in _SCHEMA:
            connection.execute(statement)
        return _tables_of(connection)


def _tables_of(connection: sqlite3.Connection) -> set[tuple[object, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"))


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
        text = _one_line(error)
        if "locked" in text:
            remedy = "wait for the other process to end and try again"
            raise BadInputError(path, f"is in use by another process ({text})", remedy) from error
        remedy = "check that its folder exists, may be written and has room"
        raise OutputError(path, f"cannot be read or written ({text})", remedy) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, _one_line(error)) from error
    except UnicodeDecodeError as error:  # text in it, or in SQLite's own complaint of it
        raise BadInputError(path, f"is a damaged evaluation store ({_one_line(error)})", REMEDY) from error


def _damaged(path: Path, reason: str) -> LidarselError:
    """What to raise where SQLite calls a store damaged. It says so too where a disk fails at a read, and then the store
    must not be given up: another look tells the two apart. Raises StorageError where it fails again."""
    for _ in read_in_pieces(path, "check who may read it"):
        pass
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)) as again:
            whole = again.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        whole = False
    if not whole:
        return BadInputError(path, f"is a damaged evaluation store ({reason})", REMEDY)
    remedy = "see what the disk or the network share says, and give the same command again"
    return StorageError(f"{path}: could not be read at first ({reason}), and is whole; {remedy}")


def _one_line(error: Exception) -> str:
    """SQLite quotes its tables as they were written, over several lines."""
    return " ".join(str(error).split())

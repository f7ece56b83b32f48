"""The folder of a run. It has its name, ``<time>-<name>``, only once it is whole.

Until then it is ``.unfinished-<name>-<key>``, in which the same command, given again, finds what was evaluated.
"""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lidarsel.errors import LidarselError, OutputError
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.places import require_folder_place
from lidarsel.writing import locked, rename_folder

STORE = "evaluations.sqlite"
_LONGEST_NAME = 200
"""Of a run; a time or a key stands beside it, and file systems take 255 bytes."""


@dataclass(frozen=True)
class RunFolder:
    """path: where to write until the run is whole. runs, name: of the folder that it then is."""

    path: Path
    runs: Path
    name: str

    def finish(self) -> Path:
        """Give the folder its name, as the last thing of a whole run. Returns where it is then. Raises OutputError."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        final = self.runs / f"{stamp}-{self.name}"
        count = 1
        while final.exists():
            count += 1
            final = self.runs / f"{stamp}-{self.name}-{count}"
        (self.path / ".lock").unlink()
        try:
            rename_folder(self.path, final)
        except OSError as error:
            problem = f"cannot be written ({error.strerror})"
            raise OutputError(final, problem, "choose a writable place with -o") from None
        return final


@contextmanager
def run_folder(runs: Path, name: str, key: str) -> Iterator[RunFolder]:
    """A folder that keeps its evaluations when the run is killed; within the block a whole run finishes it.

    What a refused run leaves behind is removed, ``runs`` too if it was made for it, unless it has evaluations worth
    going on with.

    Args:
        runs: where the folder is made.
        name: what it is called, after its time.
        key: the same for the same run, which so finds its evaluations again.

    Raises:
        OutputError: it cannot be written, or another process is at this run.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:_LONGEST_NAME].strip("-.") or "run"
    unfinished = runs / f".unfinished-{name}-{key[:12]}"
    require_folder_place(runs)
    made = [place for place in (runs, *runs.parents) if not place.exists()]
    with locked(unfinished, unfinished / ".lock"):
        for half_written in unfinished.glob(".*.part"):  # of a run that was killed
            half_written.unlink()
        try:
            yield RunFolder(unfinished, runs, name)
        except LidarselError:
            if not _has_evaluations(unfinished / STORE):
                shutil.rmtree(unfinished, ignore_errors=True)
                with suppress(OSError):  # others write there by now
                    for place in made:
                        place.rmdir()
            raise


def _has_evaluations(store: Path) -> bool:
    if not store.exists():
        return False
    with EvaluationStore.open(store) as opened:
        return opened.count() > 0

"""The commands that are disturbed, on tiny data, and what is to be compared of them."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lidarsel.evaluation.store_upkeep import count_sealed
from tests.support.chosen_lines import HDL64, write_lines
from tests.support.commands import lidarsel, succeeded

DATA = "data"
_CHECKSUM_BYTES = 8
RECIPE = """data: ../data
start: scratch
steps: 12
learning_rate: 1e-4
crop: [64, 96]
subsets_per_image: 2
validate_every: 3
validation_frames: 2
validation_crop: [64, 96]
log_every: 1
design: {image_channels: [8, 8, 16, 16, 16], depth_channels: [8, 8, 16]}
"""
_SETTINGS = "crop: [48, 200]\nnetwork: classical\nevaluations: 400\nsets: 24\nseed: 3\n"
_SMALL = ("--image-size", "112x368", "--azimuth-step-deg", "0.8", "--seed", "5")


@dataclass(frozen=True)
class Job:
    """arguments: of lidarsel, in a folder beside the data. out: what it makes, a pattern in that folder. once: it
    refuses to write over what it has made. improves: it writes a whole result now and then and replaces it by a
    better one, so that what a fault leaves need not be the last.
    """

    name: str
    arguments: tuple[str, ...]
    out: str
    once: bool = False
    improves: bool = False

    def prepare(self, folder: Path) -> None:
        folder.mkdir()
        if self.out == "made":
            (folder / "made").mkdir()
        (folder / "recipe.yaml").write_text(RECIPE)
        (folder / "settings.yaml").write_text(_SETTINGS)

    def made(self, folder: Path) -> dict[str, object]:
        """What the command has made, by name, the latest where it makes a new folder each time; empty before it has.

        A store counts by its rows: SQLite's pages depend on when they were written.
        """
        return {
            name: _rows(path) if path.suffix == ".sqlite" else path.read_bytes() for name, path in self.files(folder)
        }

    def whole_at_once(self, folder: Path) -> dict[str, bytes]:
        """Of what stands there, files that have their names only once they are whole. A store and a log grow."""
        grow = (".sqlite", ".jsonl")
        return {name: path.read_bytes() for name, path in self.files(folder) if path.suffix not in grow}

    def files(self, folder: Path) -> list[tuple[str, Path]]:
        """What the command has made, by name; not what SQLite keeps beside a store."""
        found = []
        places = sorted(path for path in folder.glob(self.out) if not path.name.startswith("."))
        if self.out.startswith("runs/"):
            places = places[-1:]
        for place in places:
            for path in [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file()):
                name = path.name if path == place else path.relative_to(place).as_posix()
                if not path.name.endswith(("-wal", "-shm")):
                    found.append((name, path))
        return found


def _rows(path: Path) -> list[tuple[object, ...]]:
    """A store's evaluations without their checksums, which cover the store's own name; they are looked at first."""
    n_sealed = count_sealed(path)
    question = (
        "SELECT c.players, c.network_sha256, c.crop, f.digest, f.name, e.coalition, e.errors FROM evaluation AS e "
        "JOIN frame AS f ON f.id = e.frame JOIN context AS c ON c.id = e.context"
    )
    with closing(sqlite3.connect(path)) as connection:
        rows = sorted((*row[:-1], row[-1][:-_CHECKSUM_BYTES]) for row in connection.execute(question))
    assert len(rows) == n_sealed, path
    return rows


JOBS = {
    job.name: job
    for job in (
        Job("simulate", ("simulate", "out", "--frames", "3", *_SMALL), "out", once=True),
        Job("apply", ("apply", "../data", "--lines", "../lines.yaml", "-o", "out"), "out", once=True),
        Job("shapley", ("shapley", "../data", "--settings", "settings.yaml", "-o", "made/values.json"), "made"),
        Job("sweep", ("sweep", "../data", "--settings", "settings.yaml", "--budgets", "8", "-o", "runs"), "runs/*"),
        Job("train", ("train", "--recipe", "recipe.yaml", "-o", "made/w.safetensors"), "made", improves=True),
    )
}


def prepare_data(base: Path) -> None:
    """Two drives of three frames, and lines to thin them to."""
    succeeded(lidarsel("simulate", base / DATA, "--frames", 3, "--drives", 2, *_SMALL))
    choose_lines(base)


def choose_lines(base: Path) -> None:
    write_lines(base / "lines.yaml", range(2, 64, 5), HDL64)

"""The commands that are disturbed, on tiny data, and what is to be compared of them."""

from dataclasses import dataclass
from pathlib import Path

from tests.support.chosen_lines import HDL64, write_lines
from tests.support.commands import lidarsel, succeeded
from tests.support.stored_rows import stored_rows

DATA = "data"
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
        found: dict[str, object] = {}
        places = sorted(path for path in folder.glob(self.out) if not path.name.startswith("."))
        if self.out.startswith("runs/"):
            places = places[-1:]
        for place in places:
            for path in [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file()):
                name = path.name if path == place else path.relative_to(place).as_posix()
                if path.suffix == ".sqlite":
                    found[name] = stored_rows(path)
                elif not path.name.endswith(("-wal", "-shm")):
                    found[name] = path.read_bytes()
        return found


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

"""Figures belong to what was read: a file that changes, its size and time kept, is never answered for by the old one.

The oracle is the same data without any store.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lidarsel.errors import BadInputError
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.settings import RunSettings
from lidarsel.workflow.session import Source, open_source
from tests.support.quick import slow_but

SETTINGS = RunSettings(crop=(96, 320))
COALITIONS = np.random.default_rng(0).random((2, 64)) < 0.5
KINDS = (("raw", "accumulated"), ("raw", "scan"), ("depth", "official"), ("depth", "dense"))
"""Layout and ground truth."""


@pytest.fixture
def data(drives: Path, tmp_path: Path) -> Path:
    """A copy of which any pixel can change without its file's size: no PNG is compressed."""
    copy = Path(shutil.copytree(drives, tmp_path / "data"))
    for path in sorted(copy.rglob("*.png")):
        _save(path, np.asarray(Image.open(path)))
    return copy


def in_layout(data: Path, layout: str) -> Path:
    """The copy as a tree of depth images with the raw one inside, or as the raw one alone."""
    if layout == "raw":
        shutil.rmtree(data / "train")
        (data / "lidarsel_simulation.json").unlink()
    return data


def _save(path: Path, pixels: NDArray[np.generic]) -> None:
    Image.fromarray(pixels).save(path, compress_level=0)


def change(path: Path, rng: np.random.Generator) -> None:
    """Other content of the same size, and the same time of change: another figure."""
    before = path.stat()
    if path.parent.name == "line":
        path.write_bytes(path.read_bytes()[::-1])
    elif path.suffix == ".bin":
        points = np.fromfile(path, np.float32).reshape(-1, 4)
        points[:, :3] *= 1.25
        points.tofile(path)
    elif path.suffix == ".png":
        pixels = np.asarray(Image.open(path)).copy()
        # an image's brightness; a depth image's depths, its blanks kept
        pixels = np.where(pixels > 0, pixels // 2 + 300, 0).astype(pixels.dtype) if pixels.ndim == 2 else 255 - pixels
        _save(path, pixels)
    else:
        _change_number(path, rng)
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _change_number(path: Path, rng: np.random.Generator) -> None:
    """The leading digit of some number of a calibration or of a pose."""
    text = path.read_text()
    places = [found.start(1) for found in re.finditer(r"(?<![\d.e+-])-?([1-9])(?=[\d]*\.)", text)]
    place = int(rng.choice(places))
    path.write_text(text[:place] + str(int(text[place]) % 9 + 1) + text[place + 1 :])


def source(data: Path, ground_truth: str) -> Source:
    return open_source(data, msgspec.structs.replace(SETTINGS, ground_truth=ground_truth))


def alone(data: Path, ground_truth: str) -> NDArray[np.float64] | str:
    """Float64 (F, M, 4) of the data as they are, or why they are refused."""
    try:
        opened = source(data, ground_truth)
        game = opened.game(opened.frames)
        return np.stack([game.errors(frame, COALITIONS & game.active(frame)) for frame in range(len(game))])
    except BadInputError as error:
        return str(error)


def through(store: Path, data: Path, ground_truth: str) -> NDArray[np.float64] | str:
    """The same with a store that knows the data as they were."""
    try:
        opened = source(data, ground_truth)
        with EvaluationStore.open(store) as kept:
            game = StoredGame(opened.game(opened.frames), kept)
            return np.stack([game.errors(frame, COALITIONS) for frame in range(game.n_frames)])
    except BadInputError as error:
        return str(error)


def same(one: NDArray[np.float64] | str, other: NDArray[np.float64] | str) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and one == other
    return np.array_equal(one, other)


def files_of(data: Path, rng: np.random.Generator, count: int) -> list[Path]:
    """Files by chance, of every kind that a frame is made of as many."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(path for path in data.rglob("*") if path.suffix in (".bin", ".png", ".txt")):
        if path.name != "timestamps.txt":
            kind = path.stem if path.stem.startswith("calib") else "/".join(path.parts[-3:-1])
            kinds.setdefault(kind, []).append(path)
    picked = [rng.choice(np.array(paths, object)) for _ in range(-(-count // len(kinds))) for paths in kinds.values()]
    return [Path(path) for path in picked[:count]]


@contextmanager
def changed(path: Path, rng: np.random.Generator) -> Iterator[None]:
    content = path.read_bytes()
    change(path, rng)
    try:
        yield
    finally:
        path.write_bytes(content)


def between_runs(data: Path, tmp_path: Path, ground_truth: str, count: int) -> tuple[int, int]:
    """How many changes were made, and how many of them changed a figure; none may be answered for by the store."""
    rng = np.random.default_rng(3)
    store, before = tmp_path / "evaluations.sqlite", alone(data, ground_truth)
    assert same(through(store, data, ground_truth), before)
    others = 0
    for path in files_of(data, rng, count):
        with changed(path, rng):
            now = alone(data, ground_truth)
            assert same(through(store, data, ground_truth), now), f"{path} was not noticed"
        others += not same(now, before)
    assert same(through(store, data, ground_truth), before)
    return count, others


@pytest.mark.parametrize(("layout", "ground_truth"), slow_but([KINDS[2]], [KINDS[0], KINDS[2]]))
def test_a_file_changed_between_runs_is_noticed(data: Path, tmp_path: Path, layout: str, ground_truth: str) -> None:
    count, others = between_runs(in_layout(data, layout), tmp_path, ground_truth, 5)
    assert others >= count / 3, "files that no figure hangs on prove nothing"


@pytest.mark.slow
@pytest.mark.parametrize(("layout", "ground_truth"), KINDS)
def test_of_two_hundred_files_changed_none_is_missed(
    data: Path, tmp_path: Path, layout: str, ground_truth: str
) -> None:
    between_runs(in_layout(data, layout), tmp_path, ground_truth, 50)


def test_a_file_changed_during_a_run_is_refused_and_what_is_stored_stays_right(data: Path, tmp_path: Path) -> None:
    opened, store = source(data, "official"), tmp_path / "evaluations.sqlite"
    whole = alone(data, "official")
    image = next(path for path in sorted(data.rglob("*.png")) if path.parent.name == "data")
    with EvaluationStore.open(store) as kept:
        line_game = opened.game(opened.frames)
        game = StoredGame(line_game, kept)
        game.errors(0, COALITIONS[:1])
        with changed(image, np.random.default_rng(0)):
            line_game._prepared.forget()  # as where there are more frames than memory
            with pytest.raises(BadInputError, match="was changed while it was used"):
                game.errors(0, COALITIONS[1:])
    assert same(through(store, data, "official"), whole)

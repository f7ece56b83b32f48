"""What a run writes to be looked at: a page with what its selectors learned, and the same figures as files."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.commands import lidarsel, succeeded

FAST = ("--network", "nearest", "--estimator", "permutation", "--evaluations", "600", "--sets", "40", "--seed", "3")
PICTURES = {
    "lines",
    "camera",
    "truth",
    *(f"{what}-{of}" for what in ("sparse", "completion", "error") for of in ("chosen", "all")),
}


def run(drives: Path, folder: Path, *options: str) -> Path:
    succeeded(lidarsel("run", drives, "--budget", "16,8", "-o", folder, *FAST, *options))
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def finished(drives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(drives, tmp_path_factory.mktemp("runs"), "--methods", "spaced,interval,switch", "--same-frames")


def test_the_page_tells_what_selectors_learned_and_shows_six_frames(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    for section in ("importance", "interaction", "frames"):
        assert f'<section id="{section}"' in page
    frames = re.findall(r'<input type="radio" name="frame" id="(frame-\d)"', page)
    assert frames == [f"frame-{number}" for number in range(6)]
    assert len(page) < 6_000_000


def test_every_figure_is_there_as_a_file(finished: Path) -> None:
    found = {path.stem: path for path in (finished / "figures").iterdir()}
    assert set(found) == {"error", "value", "distance", "stability", "interaction", "importance", *PICTURES}
    for name in ("error", "value", "interaction", "importance"):
        assert ElementTree.parse(found[name]).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert {path.suffix for path in found.values()} == {".svg", ".png", ".jpg"}


@pytest.mark.slow
def test_what_was_not_asked_is_not_drawn_and_the_same_run_draws_the_same(drives: Path, tmp_path: Path) -> None:
    one, two = (run(drives, tmp_path / name, "--methods", "spaced", "--method", "spaced") for name in ("one", "two"))
    names = sorted(path.name for path in (one / "figures").iterdir())
    assert "error.svg" in names
    assert not {"interaction.svg", "importance.svg"} & set(names)
    for name in names:
        assert (one / "figures" / name).read_bytes() == (two / "figures" / name).read_bytes(), name

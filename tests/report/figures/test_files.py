"""The files beside the page: well-formed SVG on white paper, whole PNGs, the same bytes every time."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import open3d
import pytest

from lidarsel.errors import OutputError
from lidarsel.report.figures.files import write_figures
from tests.support.report_samples import insights, pictures, report, values

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = {
    *("lines.jpg", "camera.jpg", "truth.png", "sparse-chosen.png", "sparse-all.png"),
    *("completion-chosen.png", "completion-all.png", "error-chosen.png", "error-all.png"),
}


def test_a_run_has_a_picture_of_every_figure(tmp_path: Path) -> None:
    write_figures(tmp_path / "figures", report(), values(), pictures(), insights())
    found = {path.name for path in (tmp_path / "figures").iterdir()}
    assert found == {*PICTURES, "error.svg", "value.svg", "importance.svg", "interaction.svg"}
    for name in PICTURES - {"lines.jpg", "camera.jpg"}:
        image = np.asarray(open3d.io.read_image(tmp_path / "figures" / name))
        assert image.shape == (120, 400, 3)
    for path in (tmp_path / "figures").glob("*.svg"):
        root = ElementTree.parse(path).getroot()
        paper = next(root.iter(f"{SVG}path"))
        assert "fill: #ffffff" in paper.attrib["style"], "readable on a dark page"
        assert "nan" not in path.read_text().lower()
        assert list(root.iter(f"{SVG}text")), "text is text"


def test_the_same_report_is_drawn_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_figures(tmp_path / name, report(), values(), pictures(), insights())
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_what_an_unfinished_run_left_is_gone_and_nothing_is_drawn_that_was_not_learned(tmp_path: Path) -> None:
    (tmp_path / ".error.svg.17.part").write_text("half")
    write_figures(tmp_path, report(), values(), pictures())
    assert {path.name for path in tmp_path.iterdir()} == {*PICTURES, "error.svg", "value.svg"}


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_figures(tmp_path / "file" / "figures", report(), values(), pictures())

"""A product's file: what is read, and what is refused by file and key."""

from pathlib import Path

import pytest

from lidarsel.errors import BadInputError
from lidarsel.sensors.product import Product, RangeFigure, read_product

OWN = """
maker: Own
model: Four
lines: 4
elevation: {by: design, source: drawing 7, deg: [2.0, 0.5, -1.5, -10]}
field_of_view: {deg: [2.5, -10.5], source: drawing 7}
azimuth: {deg: [0.1, 0.2], source: measured}
ranges: [{metres: 50, by: maker, reflectivity: 0.1, source: drawing 7}]
"""


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    product = read_product(path)
    assert isinstance(product, Product)
    assert (product.maker, product.model, product.lines) == ("Own", "Four", 4)
    assert product.steps_deg == [1.5, 2.0, 8.5]
    assert product.ranges == [RangeFigure(metres=50, by="maker", reflectivity=0.1, source="drawing 7")]
    assert (product.aliases, product.beam_order, product.note) == ([], None, None)


@pytest.mark.parametrize(
    ("whole", "part", "named"),
    [
        ("lines: 4", "lines: 5", "elevation.deg must have lines = 5 entries"),
        ("lines: 4", "lines: four", "$.lines"),
        ("lines: 4", "lines: 4\nbeams: 4", "beams"),
        ("by: design, source: drawing 7, deg", "source: drawing 7, deg", "`by`"),
        ("by: design", "by: guess", "$.elevation.by"),
        ("source: measured", "", "`source`"),
        ("-1.5, -10", "-1.5, -1.5", "deg must descend, within -90..90 - at `$.elevation`"),
        ("-1.5, -10", "-10, -1.5", "deg must descend"),
        ("-1.5, -10", "-1.5, -90", "within -90..90"),
        ("-1.5, -10", "-1.5, .nan", "deg must be finite"),
        ("[2.0, 0.5, -1.5, -10]", "[]", "deg must not be empty"),
        ("deg: [2.5, -10.5]", "deg: [-10.5, 2.5]", "deg must be the highest and the lowest"),
        ("deg: [2.5, -10.5]", "deg: [2.5]", "$.field_of_view.deg"),
        ("deg: [0.1, 0.2]", "deg: [0.2, 0.1]", "deg must ascend"),
        ("deg: [0.1, 0.2]", "deg: [0, 0.1]", "deg must be above 0"),
        ("deg: [0.1, 0.2]", "deg: [.nan]", "deg must be above 0"),
        ("metres: 50", "metres: -50", "metres must be above 0"),
        ("metres: 50", "metres: .nan", "metres must be above 0"),
        ("reflectivity: 0.1", "reflectivity: 10", "reflectivity must be above 0 and at most 1"),
        ("maker: Own", "maker: ' '", "maker and model"),
    ],
)
def test_what_cannot_be_is_refused_by_file_and_key(tmp_path: Path, whole: str, part: str, named: str) -> None:
    path = tmp_path / "own.yaml"
    assert whole in OWN
    path.write_text(OWN.replace(whole, part))
    with pytest.raises(BadInputError) as refused:
        read_product(path)
    assert refused.value.path == path
    assert named in refused.value.problem
    assert "docs/sensors.md" in refused.value.remedy


@pytest.mark.parametrize("text", ["", "[1, 2]", "maker: [", "maker: x\nmaker: y"])
def test_what_is_no_product_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(BadInputError):
        read_product(path)

"""The catalogue: its form, its names, and its values where something else than its files holds them."""

from collections import Counter

import numpy as np
import pytest

from lidarsel.datasets.pcap.velodyne import MODELS, elevations_deg
from lidarsel.errors import UsageError
from lidarsel.sensors.product import Product
from lidarsel.sensors.registry import CATALOGUE, NOT_EXPRESSIBLE, find_product, model_names, products

LINES_OF = {
    **{"VLP-16": 16, "VLP-16 Hi-Res": 16, "HDL-32E": 32, "VLP-32C": 32, "HDL-64E S2": 64, "HDL-64E S3": 64},
    **{"VLS-128": 128, "Alpha Prime": 128, "OS0-32": 32, "OS0-64": 64, "OS0-128": 128, "OS1-32": 32, "OS1-64": 64},
    **{"OS1-128": 128, "OS2-32": 32, "OS2-64": 64, "OS2-128": 128, "OS1-32-G": 32, "OS1-64-BH": 64, "OS1-32-BH": 32},
    **{"Pandar40P": 40, "Pandar64": 64, "Pandar128": 128, "XT16": 16, "XT32": 32, "QT64": 64},
    **{"RS-LiDAR-16": 16, "Helios-32": 32, "RS-LiDAR-32": 32, "Ruby-128": 128},
}
"""What the catalogue must have, with the number of lines that the name or the maker tells."""
MOST_BEYOND_DEG = 1.5  # of a unit's topmost or lowest line, outside the field of view that is stated


def test_every_product_asked_for_is_there() -> None:
    assert {name: find_product(name).lines for name in LINES_OF} == LINES_OF
    assert len(products()) == len(list(CATALOGUE.glob("*.yaml"))) >= 25


@pytest.mark.parametrize("product", products(), ids=lambda product: product.model)
def test_tables_have_the_form_they_claim(product: Product) -> None:
    deg = np.array(product.elevation.deg)
    assert len(deg) == product.lines == len(set(deg))
    assert (np.diff(deg) < 0).all()
    if product.elevation.by == "even steps":
        np.testing.assert_allclose(np.diff(deg), np.diff(deg).mean(), atol=0.001)
    if product.field_of_view is not None:
        high, low = product.field_of_view.deg
        assert low - MOST_BEYOND_DEG < deg[-1] < deg[0] < high + MOST_BEYOND_DEG
    sources = [product.elevation.source, *(figure.source for figure in product.ranges)]
    assert all(sources)


def test_files_are_named_by_maker_and_model() -> None:
    made = {f"{each.maker} {each.model}" for each in products()}
    names = {"".join(letter if letter.isalnum() else "-" for letter in name.lower()) for name in made}
    assert {path.stem for path in CATALOGUE.glob("*.yaml")} == names


def test_no_name_is_of_two_products() -> None:
    names = [name for each in products() for name in {each.model, *each.aliases}]
    keys = Counter("".join(filter(str.isalnum, name.lower())) for name in names)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("typed", ["OS1-32", "os1-32", "OS-1-32-U1", "ouster os1 32", "OUSTER_OS1_32"])
def test_names_go_by_letters_and_digits(typed: str) -> None:
    assert find_product(typed).model == "OS1-32"


def test_an_unknown_name_is_offered_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"no product 'VLP-17' .*VLP-16"):
        find_product("VLP-17")
    with pytest.raises(UsageError, match="nor any name like it; lidarsel sensors lists all"):
        find_product("~")


def test_the_shell_is_offered_every_model() -> None:
    assert sorted(model_names()) == sorted(each.model for each in products())


def test_lidars_without_lines_are_named_and_not_listed() -> None:
    told = " ".join(NOT_EXPRESSIBLE)
    for name in ("Livox", "solid-state", "AT128"):
        assert name in told
    assert not any(each.maker in ("Livox", "Luminar", "Innoviz") for each in products())


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_velodynes_are_those_of_velodyne_decoder(model: object) -> None:
    pytest.importorskip("velodyne_decoder")
    (lidar,) = (each for each in MODELS.values() if each == model)
    np.testing.assert_allclose(find_product(lidar.name).elevation.deg, elevations_deg(lidar), atol=0.0006)


# Figures as they are printed elsewhere: none was copied out of the catalogue.
VLP_32C = (
    *(15.000, 10.333, 7.000, 4.667, 3.333, 2.333, 1.667, 1.333, 1.000, 0.667, 0.333, 0.000, -0.333, -0.667, -1.000),
    *(-1.333, -1.667, -2.000, -2.333, -2.667, -3.000, -3.333, -3.667, -4.000, -4.667, -5.333, -6.148, -7.254, -8.843),
    *(-11.310, -15.639, -25.000),
)
"""VLP-32C User Manual 63-9325 Rev. C, table 9-6."""
XT32M2X = (19.5, 18.2, 16.9, 15.6, 14.3, 13.0, 11.7, 10.4, 9.1, 7.8, 6.5, 5.2, 3.9, 2.6, 1.3, 0.0)
"""XT32M2X User Manual X03-en-240110, appendix I, channels 1 to 16."""
PANDAR40 = (15, 11, 8, 5, 3, 2, 1.67, 1.33, 1, 0.67, 0.33, 0, -0.33, -0.67)
"""Pandar40 User's Manual, appendix I, channels 1 to 14, by design; a unit of the 40P is up to 0.25 degrees lower."""
RUBY_PLUS = (-8.38, -9.27, -10.37, -11.78, -16.07, -19.64, -25.10)
"""RS-Ruby Plus User Manual, table 6, of its seven first channels."""


@pytest.mark.parametrize(
    ("name", "part", "printed", "within_deg"),
    [
        ("VLP-16", slice(None), range(15, -16, -2), 0),
        ("XT16", slice(None), range(15, -16, -2), 0),
        ("VLP-32C", slice(None), VLP_32C, 0.0006),
        ("XT32M2X", slice(16), XT32M2X, 0),
        ("XT32", slice(None), range(15, -17, -1), 0.09),
        ("RS-LiDAR-16", slice(None), range(15, -16, -2), 0.05),
        ("Pandar40P", slice(14), PANDAR40, 0.25),
        ("OS0-64", slice(2), (45.85, 44.07), 0),
    ],
)
def test_tables_are_those_printed(name: str, part: slice, printed: tuple[float, ...], within_deg: float) -> None:
    np.testing.assert_allclose(find_product(name).elevation.deg[part], printed, rtol=0, atol=within_deg + 1e-9)


def test_the_ruby_plus_has_the_lines_of_its_manual() -> None:
    deg = np.array(find_product("Ruby Plus").elevation.deg)
    assert max(np.abs(deg - angle).min() for angle in RUBY_PLUS) < 0.06


def test_the_rule_of_derived_tables_holds_where_both_are_known() -> None:
    """Of an OS0-32 (U1) and an OS0-128, Ouster publishes both: it has row 2 of every four."""
    whole, own = (np.array(find_product(name).elevation.deg) for name in ("OS0-128", "OS0-32"))
    by_row = [np.abs(whole[row::4] - own).max() for row in range(4)]
    assert np.argmin(by_row) == 2
    assert by_row[2] < 0.2
    for name, row, step in (("OS1-32", 2, 4), ("OS2-64", 1, 2)):
        product, source = find_product(name), find_product(f"{name[:3]}-128")
        assert product.elevation.by == "derived"
        assert product.elevation.deg == source.elevation.deg[row::step]

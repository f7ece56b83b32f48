"""Which products are near chosen lines, against loops and made lines whose answer is known."""

import random
from pathlib import Path

import pytest

from lidarsel.errors import BadInputError
from lidarsel.sensors.nearest import Likeness, nearest
from lidarsel.sensors.product import ElevationTable, Product
from lidarsel.sensors.ranking import rank
from lidarsel.sensors.registry import products
from tests.support.chosen_lines import HDL64, write_lines


def made(model: str, *deg: float) -> Product:
    return Product(
        maker="test", model=model, lines=len(deg), elevation=ElevationTable(deg=list(deg), by="design", source="test")
    )


def by_loops(chosen: list[float], table: list[float]) -> tuple[float, float, float, int]:
    """missing, worst, extra, within."""
    missing = [min(abs(line - other) for other in table) for line in chosen]
    within = [other for other in table if min(chosen) <= other <= max(chosen)]
    extra = [min(abs(line - other) for line in chosen) for other in within]
    return sum(missing) / len(missing), max(missing), sum(extra) / max(len(extra), 1), len(within)


def test_measures_are_those_of_loops() -> None:
    drawn = random.Random(4)
    for _ in range(200):
        chosen = [round(drawn.uniform(-30, 20), 2) for _ in range(drawn.randint(1, 12))]
        table = sorted({round(drawn.uniform(-30, 20), 2) for _ in range(drawn.randint(1, 40))}, reverse=True)
        (found,) = nearest(chosen, [made("drawn", *table)])
        missing, worst, extra, within = by_loops(chosen, table)
        assert (found.missing_deg, found.worst_deg) == pytest.approx((missing, worst))
        assert (found.extra_deg, found.within) == (pytest.approx(extra), within)
        assert found.difference_deg == pytest.approx((missing + extra) / 2)


@pytest.mark.parametrize("product", products(), ids=lambda product: product.model)
def test_a_products_own_table_ranks_it_first_with_distance_0(product: Product) -> None:
    found = nearest(product.elevation.deg, products())
    alike = [each.model for each in found if each.difference_deg == 0]
    assert product.model in alike
    tables = {each.model: each.elevation.deg for each in products()}
    assert all(set(tables[name]) >= set(product.elevation.deg) for name in alike)
    assert tables[found[0].model] == product.elevation.deg  # not a finer one that has these lines too
    assert (found[0].missing_deg, found[0].extra_deg, found[0].covered) == (0, 0, 1)


def test_known_answers() -> None:
    even, shifted, half = made("even", 2, 1, 0, -1, -2), made("shifted", 2.1, 1.1, 0.1, -0.9, -1.9), made("half", 2, 1)
    first, second, third = nearest([2, 1, 0, -1, -2], [half, shifted, even])
    assert [each.model for each in (first, second, third)] == ["even", "shifted", "half"]
    assert second.missing_deg == pytest.approx(0.1)
    assert second.covered == pytest.approx(3.9 / 4)
    assert (third.missing_deg, third.worst_deg, third.extra_deg) == pytest.approx(((0 + 0 + 1 + 2 + 3) / 5, 3, 0))
    assert (third.covered, third.within) == (0.25, 2)


def test_lines_beyond_the_chosen_range_take_nothing_away() -> None:
    tall, same = made("tall", 60, 2, 1, 0, -60), made("same", 2, 1, 0)
    found = nearest([2, 1, 0], [tall, same])
    assert [(each.model, each.difference_deg) for each in found] == [("same", 0), ("tall", 0)]  # equals: fewest lines


def test_one_line_and_a_product_elsewhere() -> None:
    (found,) = nearest([5], [made("low", -3, -4)])
    assert found == Likeness("low", "test", 2, "design", 0, 4.0, 8.0, 8.0, 0.0, 0.0)
    (found,) = nearest([5], [made("around", 6, 3)])
    assert (found.missing_deg, found.covered) == (1, 1)


def test_apparent_elevations_are_told_as_such(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "lines.yaml", range(0, 64, 8), HDL64)
    assert rank(path, products()).doubts == []
    path.write_text(path.read_text().replace("elevation_kind: cone", "elevation_kind: apparent"))
    ranking = rank(path, products())
    assert ranking.elevation_kind == "apparent"
    assert "apparent" in ranking.doubts[-1]
    assert len(ranking.products) == len(products())


def test_lines_that_cannot_be_ranked_are_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "lines.yaml", [], HDL64)
    with pytest.raises(BadInputError, match="has no chosen lines"):
        rank(path, products())
    write_lines(path, [0], [91.0, 3.0])
    with pytest.raises(BadInputError, match="beyond 90 degrees"):
        rank(path, products())

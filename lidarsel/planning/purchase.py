"""The sensors of a price list, each with what is known of its error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lidarsel.planning.known import KnownErrors, Point
from lidarsel.planning.measured import MeasuredRow


@dataclass(frozen=True)
class Sensor:
    """An entry of the price list: a sensor of so many lines, or a product by its model; the other one is None.

    Attributes:
        point: of the lines, or of those that imitate the product; None where nothing is known.
        per_money: error less than with the next cheaper known sensor, of several the best, per unit of money more.
        untold: share, 0..1, of the product's lines that the log cannot tell of; None where it is no known product.
        efficient: none of the list that is known costs no more and errs no more, one of both less.
    """

    lines: int | None
    price: float
    point: Point | None
    per_money: float | None
    model: str | None = None
    untold: float | None = None
    efficient: bool = False

    @property
    def product_lines(self) -> int | None:
        """How many lines the product has, those included that the log cannot tell; None where that is not known."""
        if self.point is None or self.untold is None:
            return None
        return round(self.point.lines / (1 - self.untold))


def price_sensors(
    prices: Mapping[int | str, float], known: KnownErrors, products: Mapping[str, MeasuredRow] | None = None
) -> list[Sensor]:
    """The sensors, cheapest first; of one price, the one of less error first, and those of unknown error last.

    Args:
        prices: by number of lines or product.
        known: the errors by number of lines.
        products: rows of those that lines imitate, by model.
    """
    found = [_sensor(of, price, known, products or {}) for of, price in prices.items()]
    found.sort(key=lambda each: (each.price, float("inf") if each.point is None else each.point.error))
    sensors: list[Sensor] = []
    before: list[tuple[float, float]] = []  # price and error of those that are known
    for each in found:
        if each.point is None:
            sensors.append(each)
            continue
        own = each.price, each.point.error
        sensors.append(replace(each, per_money=_gain(own, before), efficient=not _beaten(own, before)))
        before.append(own)
    return sensors


def _gain(own: tuple[float, float], before: Sequence[tuple[float, float]]) -> float | None:
    """Error less than with the best sensor of the next lower price, per unit of money more; None of the cheapest.

    before: price and error, of one price the least error first.
    """
    cheaper = max((known for known in before if known[0] < own[0]), key=lambda known: known[0], default=None)
    return None if cheaper is None else (cheaper[1] - own[1]) / (own[0] - cheaper[0])


def _beaten(own: tuple[float, float], before: Sequence[tuple[float, float]]) -> bool:
    """Whether one of the sensors before, none of which costs more, errs no more, one of both less."""
    return any(error <= own[1] and (price, error) != own for price, error in before)


def _sensor(of: int | str, price: float, known: KnownErrors, products: Mapping[str, MeasuredRow]) -> Sensor:
    if isinstance(of, int):
        return Sensor(of, price, known.at(of), None)
    row = products.get(of)
    if row is None:
        return Sensor(None, price, None, None, of)
    return Sensor(None, price, known.of_product(row), None, of, row.untold)


def cheapest(sensors: Sequence[Sensor], only_measured: bool = False) -> Sensor | None:
    """The cheapest sensor that holds the bound; of one price, that with the least error. only_measured: none that the
    curve alone speaks for; imitated products are measured."""
    holding = [
        (sensor.price, sensor.point.error, sensor)
        for sensor in sensors
        if sensor.point is not None and sensor.point.holds and (sensor.point.basis != "curve" or not only_measured)
    ]
    return min(holding, key=lambda entry: entry[:2])[2] if holding else None

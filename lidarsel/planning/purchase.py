"""The sensors of a price list, each with what is known of its error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lidarsel.planning.known import KnownErrors, Point


@dataclass(frozen=True)
class Sensor:
    """An entry of the price list. point: None for a number of lines that was not measured and lies outside of it.

    mm_per_money: RMSE less than with the next cheaper known sensor, per unit of money more.
    """

    lines: int
    price: float
    point: Point | None
    mm_per_money: float | None


def price_sensors(prices: Mapping[int, float], known: KnownErrors) -> list[Sensor]:
    """The sensors, cheapest first; of one price, that with more lines first."""
    sensors: list[Sensor] = []
    for lines, price in sorted(prices.items(), key=lambda entry: (entry[1], -entry[0])):
        point, gain = known.at(lines), None
        cheaper = next((s for s in reversed(sensors) if s.point is not None and s.price < price), None)
        if point is not None and cheaper is not None and cheaper.point is not None:
            gain = (cheaper.point.rmse_mm - point.rmse_mm) / (price - cheaper.price)
        sensors.append(Sensor(lines, price, point, gain))
    return sensors


def cheapest(sensors: Sequence[Sensor], only_measured: bool = False) -> Sensor | None:
    """The cheapest sensor that holds the bound; of one price, that with the least error."""
    holding = [
        (sensor.price, sensor.point.rmse_mm, sensor)
        for sensor in sensors
        if sensor.point is not None and sensor.point.holds and (sensor.point.basis == "measured" or not only_measured)
    ]
    return min(holding, key=lambda entry: entry[:2])[2] if holding else None

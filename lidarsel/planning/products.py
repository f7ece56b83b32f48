"""What a reader of a price list of products must know: a price is of the whole sensor, a figure of lines of the log."""

import shlex
from collections.abc import Sequence

from lidarsel.contracts import ReportFile
from lidarsel.planning.purchase import Sensor
from lidarsel.printable import printable
from lidarsel.sensors.registry import model_names

_OF_IMITATION = (
    "The price of a product is that of the whole sensor, its figures are of the lines of this log that imitate it, "
    "with the range, azimuth step, noise and place of mounting of the log's lidar (docs/sensors.md)."
)


def product_notes(report: ReportFile, sensors: Sequence[Sensor]) -> list[str]:
    """Cautions on the products among the sensors; none where there are no products."""
    judged = [sensor for sensor in sensors if sensor.model is not None and sensor.point is not None]
    unknown = [sensor for sensor in sensors if sensor.model is not None and sensor.point is None]
    found = [_OF_IMITATION] if judged else []
    untold = [f"{100 * sensor.untold:.0f} % of {printable(sensor.model or '')}" for sensor in judged if sensor.untold]
    if untold:
        found.append(
            f"This log cannot tell {', '.join(untold)}: where such lines reach the image, the product can do better "
            "than here."
        )
    if unknown:
        names = printable(", ".join(sensor.model or "" for sensor in unknown))
        found.append(f"Not judged, as the report has no row of it: {names}. {_remedy(report, [*judged, *unknown])}")
    return found


def _remedy(report: ReportFile, products: Sequence[Sensor]) -> str:
    """What makes a report with a row of every product."""
    models = [sensor.model or "" for sensor in products]
    own = "" if set(models) <= set(model_names()) else ", your own by its YAML file"
    named = f"{shlex.quote(report.data)} --sensor-model {shlex.quote(','.join(models))}"
    return f"Make one with lidarsel evaluate {printable(named)}{own}."

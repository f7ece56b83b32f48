"""Products imitated by a log's lines, held against drives that the same products really saw.

    python benchmarks/imitation.py --log OS1-128 --products OS1-32,XT32,VLP-16 --heights 0.1,0.3

Held-out streets, a frame each, are simulated with the log's lidar and with every product (``lidarsel simulate
--sensor-model``). The network completes each frame from the lines that imitate the product on the log (as ``lidarsel
evaluate --sensor-model`` takes them) and from all lines of the product itself. Both are judged against the same ground
truth, which is the log's: as KITTI makes it, and the exact depth where the log's lidar sweeps. In between stand the
product's elevations with the log's range and azimuth step, and those with its own azimuth step: what imitation loses to
which. Last the product mounted other heights. Prints tables and writes benchmarks/results/imitation.json.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from frames import CROP, HELD_OUT_SEED, add_network_options, counted, held_out, line_game, networks_of
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.base import CompletionNetwork
from lidarsel.confidence import independent_groups, mean_interval
from lidarsel.frame import Frame
from lidarsel.sensors.imitation import Imitation, imitate
from lidarsel.sensors.product import Product
from lidarsel.sensors.registry import find_product
from lidarsel.settings import RunSettings
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.frames import GAP_S
from lidarsel.simulation.ground_truth import NEIGHBOURS
from lidarsel.simulation.settings import SimulateSettings

LOG = "OS1-128"
PRODUCTS = "OS1-64,OS1-32,OS1-32-BH,OS1-32-G,OS2-32,XT32,VLP-16,HDL-32E"


@dataclass(frozen=True)
class Comparison:
    """A product imitated and itself, RMSE in mm over the frames. difference: imitated over itself, less 1; low, high:
    its 95 % interval, frames paired, None of one frame."""

    imitated_mm: float
    itself_mm: float
    difference: float
    low: float | None
    high: float | None


def seen_by(product: str) -> SimulateSettings:
    """How a product sees held-out streets, one frame of each."""
    given = {"sensor_model": product, "seed": HELD_OUT_SEED, "frames_per_scene": 1}
    return SimulateSettings.from_options(None, given)


def ways_to_see(
    log: SimulateSettings, product: SimulateSettings, heights_m: Sequence[float]
) -> Iterator[tuple[str, SimulateSettings]]:
    """What stands beside the imitation: the product's elevations on the log's lidar; the product; mounted higher."""
    yield "elevations", replace(log, n_lines=product.n_lines, elevation_deg=product.elevation_deg)
    yield "itself", product
    for up in heights_m:
        yield higher(up), replace(product, mount_height_m=up)


def higher(up_m: float) -> str:
    return f"itself, {up_m:+g} m"


def seen_points(frames: Sequence[Frame], settings: SimulateSettings) -> list[Frame]:
    """Held-out streets, one of each frame, cropped as these are: what another lidar sees there, and nothing else."""
    found = []
    for number, frame in enumerate(frames):
        drive = Drive(settings, number, GAP_S)
        whole = Frame(
            frame_id=frame.frame_id,
            size=(settings.image_height, settings.image_width),
            n_lines=settings.n_lines,
            points=drive.image_points(drive.scan_ahead_at(NEIGHBOURS, 0.0)),
            image=None,
            ground_truth_m=None,
            calibration=drive.rig.calibration,
        )
        found.append(whole.crop(*CROP))
    return found


def judged_alike(seen: Sequence[Frame], frames: Sequence[Frame]) -> list[Frame]:
    """Points of the one, image and ground truth of the other."""
    pairs = zip(seen, frames, strict=True)
    return [replace(points, image=frame.image, ground_truth_m=frame.ground_truth_m) for points, frame in pairs]


def rmse_mm(frames: Sequence[Frame], network: CompletionNetwork, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of sets of lines, bool (n, n_lines), on each frame: float64 (F, n)."""
    game = line_game(frames, network)
    return np.array([game.errors(frame, kept)[:, 0] for frame in counted(frames, network.name)])


def compare(imitated: NDArray[np.float64], itself: NDArray[np.float64]) -> Comparison:
    """RMSE in mm of the same frames, float64 (F,) each."""
    mean = float(itself.mean())
    found = mean_interval((imitated - itself) / mean, independent_groups([str(place) for place in range(len(itself))]))
    return Comparison(float(imitated.mean()), mean, float(imitated.mean()) / mean - 1, found.low, found.high)


def kept_by(found: Imitation, n_lines: int) -> NDArray[np.bool_]:
    """bool (n_lines,)."""
    kept = np.zeros(n_lines, bool)
    kept[found.lines] = True
    return kept


def measure(
    log: Product, products: Sequence[Product], heights_m: Sequence[float], network: CompletionNetwork, count: int
) -> dict[str, Any]:
    """By ground truth: RMSE of all lines, and of each product what the log does not tell and how far imitation is."""
    log_seen = seen_by(log.model)
    imitations = [imitate(log.elevation.deg, each.elevation.deg, RunSettings().tolerance_deg) for each in products]
    kept = np.array([np.ones(log.lines, bool), *(kept_by(found, log.lines) for found in imitations)])
    truths = held_out(count, log_seen)
    of_log = {truth: rmse_mm(frames, network, kept) for truth, frames in truths.items()}
    result: dict[str, Any] = {
        truth: {"all_lines_mm": float(errors[:, 0].mean()), "products": {}} for truth, errors in of_log.items()
    }
    for place, (product, found) in enumerate(zip(products, imitations, strict=True), 1):
        row = {"imitated_lines": len(found.lines), "lines": product.lines, "untold": found.untold}
        rows: dict[str, dict[str, Any]] = {truth: dict(row) for truth in truths}
        for name, settings in ways_to_see(log_seen, seen_by(product.model), heights_m):
            seen = seen_points(next(iter(truths.values())), settings)
            for truth, frames in truths.items():
                itself = rmse_mm(judged_alike(seen, frames), network, np.ones((1, settings.n_lines), bool))
                rows[truth][name] = asdict(compare(of_log[truth][:, place], itself[:, 0]))
        for truth in truths:
            result[truth]["products"][product.model] = rows[truth]
    return result


def shown(truth: str, measured: dict[str, Any], heights_m: Sequence[float]) -> list[Table]:
    """The tables of one ground truth."""
    rows: dict[str, dict[str, Any]] = measured["products"]
    heads = ("product", "imitated by", "untold", "imitated", "itself", "off by", "95 %", "by elevations alone")
    first = Table(*heads, title=f"{truth}: all lines of the log {measured['all_lines_mm']:.0f} mm")
    for product, row in rows.items():
        itself = Comparison(**row["itself"])
        ends = "" if itself.low is None else f"{itself.low:+.1%} to {itself.high:+.1%}"
        first.add_row(
            product,
            f"{row['imitated_lines']} of {row['lines']}",
            f"{row['untold']:.0%}",
            f"{itself.imitated_mm:.0f}",
            f"{itself.itself_mm:.0f}",
            f"{itself.difference:+.1%}",
            ends,
            f"{row['elevations']['difference']:+.1%}",
        )
    if not heights_m:
        return [first]
    second = Table("product", "0 m", *(f"{up:+g} m" for up in heights_m), title="itself mounted higher: off by")
    for product, row in rows.items():
        names = ("itself", *map(higher, heights_m))
        second.add_row(product, *(f"{row[name]['difference']:+.1%}" for name in names))
    return [first, second]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", default=LOG, help="the product whose log is imitated on")
    parser.add_argument("--products", default=PRODUCTS, help="the products, as a,b,c")
    parser.add_argument("--heights", default="", help="metres that they are also mounted higher, as 0.1,0.3")
    parser.add_argument("--frames", type=int, default=16, help="held-out streets, a frame of each")
    add_network_options(parser)
    parser.set_defaults(networks=["lidarsel"])
    options = parser.parse_args()
    log, products = find_product(options.log), [find_product(name) for name in options.products.split(",")]
    heights_m = [float(up) for up in options.heights.split(",") if up]
    console = Console(width=120)
    for network in networks_of(options):
        result = measure(log, products, heights_m, network, options.frames)
        for truth, measured in result.items():
            for table in shown(truth, measured, heights_m):
                console.print(table)
        asked = {"log": log.model, "frames": options.frames, "network": network.name, "sha256": network.sha256}
        write_result("imitation", {**asked, "truths": result})


if __name__ == "__main__":
    main()

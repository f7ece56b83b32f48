"""Of 100 intervals that say 95 %, how many hold the truth: by form, by the skew of errors, and on simulated drives.

    python benchmarks/intervals.py [--repetitions 2000] [--drives 60]

Errors of frames are drawn from log-normal and gamma distributions, and the mean that they were drawn from is the truth.
Drives are simulated, frames 0.4 s apart; their errors are of the nearest depth in the image, from every fourth line,
against exact depth within 80 m. There the truth is the mean of one drive, or of all of them. Prints tables and writes
benchmarks/results/intervals.json.
"""

import argparse
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel import confidence
from lidarsel.completion.classical import fill_nearest
from lidarsel.confidence import (
    ConfidenceInterval,
    Groups,
    error_interval,
    half_width,
    independent_groups,
    mean_interval,
)
from lidarsel.simulation.drive import Drive
from lidarsel.simulation.settings import SimulateSettings

FRAMES = (2, 3, 5, 12, 24)
STRETCHES = (3, 4, 5, 6, 8)
OF_ONE_DRIVE = ((3, 10), (6, 1), (6, 5), (15, 1), (15, 2), (30, 1))
"""Frames judged, and which ones: every how many-th."""
GAP_S, OF_DRIVE, EVERY, FARTHEST_M = 0.4, 30, 4, 80.0
SIMULATION = SimulateSettings(seed=11, image_height=96, image_width=318, azimuth_step_deg=0.68)

Floats = NDArray[np.float64]
Form = Callable[[Floats], tuple[float | None, float | None]]


def bootstrap(errors: Floats) -> tuple[float, float]:
    """Percentiles of the mean over frames drawn again (Efron 1979), as reports had it until lidarsel 0.1."""
    drawn = np.random.default_rng(0).integers(0, len(errors), (500, len(errors)))
    low, high = np.quantile(errors[drawn].mean(1), (0.025, 0.975))
    return float(low), float(high)


def student(errors: Floats) -> tuple[float, float]:
    half = float(half_width(errors.std(ddof=1) / np.sqrt(len(errors)), len(errors) - 1))
    return float(errors.mean()) - half, float(errors.mean()) + half


def student_of_log(errors: Floats) -> tuple[float, float]:
    """Student's interval of the logarithm of the mean, by the scatter of the errors alone."""
    mean = float(errors.mean())
    ratio = float(np.exp(half_width(errors.std(ddof=1) / np.sqrt(len(errors)) / mean, len(errors) - 1)))
    return mean / ratio, mean * ratio


def in_use(errors: Floats) -> tuple[float | None, float | None]:
    found = error_interval(errors, Groups(np.arange(len(errors)), "drives"))
    return found.low, found.high


FORMS: dict[str, Form] = {
    "bootstrap": bootstrap,
    "Student": student,
    "Student of the log": student_of_log,
    "in use": in_use,
}


def holds(ends: tuple[float | None, float | None], truth: float) -> bool:
    low, high = ends
    return low is not None and high is not None and low <= truth <= high


def ends(interval: ConfidenceInterval) -> tuple[float | None, float | None]:
    return interval.low, interval.high


def drawn(rng: np.random.Generator, shape: tuple[int, int]) -> Iterator[tuple[str, Floats, float]]:
    """Errors of each distribution, and their true mean."""
    for sigma in (0.3, 0.5, 0.8):
        yield f"log-normal {sigma}", np.exp(sigma * rng.standard_normal(shape)), float(np.exp(sigma**2 / 2))
    yield "gamma 2", rng.gamma(2.0, 1.0, shape), 2.0


def of_errors(repetitions: int) -> list[dict[str, Any]]:
    """Coverage of the mean error in %, by distribution, form and number of frames."""
    rng = np.random.default_rng(0)
    by_frames = {n: list(drawn(rng, (repetitions, n))) for n in FRAMES}
    rows = []
    for number, (name, _, truth) in enumerate(by_frames[FRAMES[0]]):
        for form, interval in FORMS.items():
            found = {n: 100 * np.mean([holds(interval(e), truth) for e in by_frames[n][number][1]]) for n in FRAMES}
            rows.append({"errors": name, "interval": form, "coverage": found})
    return rows


def of_differences(repetitions: int) -> list[dict[str, Any]]:
    """Coverage of a paired difference in %: the other error is the first times a log-normal ratio."""
    rng, rows = np.random.default_rng(1), []
    for sigma in (0.3, 0.5, 0.8):
        for scatter in (0.05, 0.2):
            for more in (0.0, 0.05, 0.2):
                found = {}
                truth = np.exp(sigma**2 / 2) * (np.exp(more + scatter**2 / 2) - 1)
                for n in FRAMES:
                    first = np.exp(sigma * rng.standard_normal((repetitions, n)))
                    other = first * np.exp(more + scatter * rng.standard_normal(first.shape))
                    alone = Groups(np.arange(n), "drives")
                    found[n] = 100 * np.mean([holds(ends(mean_interval(d, alone)), truth) for d in other - first])
                rows.append({"sigma": sigma, "scatter": scatter, "log_ratio": more, "coverage": found})
    return rows


def errors_of_drives(count: int) -> Floats:
    """RMSE in mm of every frame, float64 (drives, frames)."""
    s = SIMULATION
    errors = np.empty((count, OF_DRIVE))
    kept = np.arange(s.n_lines) % EVERY == 0
    for number in range(count):
        drive = Drive(s, number, GAP_S * OF_DRIVE)
        for i in range(OF_DRIVE):
            points = drive.image_points(drive.scan_ahead_at(i, GAP_S * i))
            truth_m = drive.picture_at(i, GAP_S * i).depth_m
            sparse_m = torch.from_numpy(np.asarray(points.of_lines(kept).draw(s.image_height, s.image_width)))
            there = (truth_m > 0) & (truth_m < FARTHEST_M)
            off_m = fill_nearest(sparse_m).numpy()[there].astype(np.float64) - truth_m[there]
            errors[number, i] = 1000 * np.sqrt(np.mean(off_m**2))
    return errors


def of_one_drive(errors: Floats) -> list[dict[str, Any]]:
    """Coverage in % of intervals from some frames of one drive: of the mean of that drive, and of all drives."""
    rows = []
    for stretches in STRETCHES:
        for n, step in OF_ONE_DRIVE:
            with patch.object(confidence, "STRETCHES", stretches):
                groups = independent_groups(["a"] * n)
            found = [ends(error_interval(drive[::step][:n], groups)) for drive in errors]
            own = [holds(one, float(drive.mean())) for one, drive in zip(found, errors, strict=True)]
            every = [holds(one, float(errors.mean())) for one in found]
            share = {"own_drive": 100 * np.mean(own), "all_drives": 100 * np.mean(every)}
            rows.append({"stretches": stretches, "frames": n, "gap_s": step * GAP_S, **share})
    return rows


def of_several_drives(errors: Floats, repetitions: int) -> list[dict[str, Any]]:
    """Coverage in % of the mean of all drives from some drives of three frames each: by frames, and in use."""
    rng, rows = np.random.default_rng(2), []
    for count in (2, 3, 5, 8, 12):
        some = [errors[rng.choice(len(errors), count, replace=False)][:, ::10] for _ in range(repetitions)]
        groups = independent_groups([str(drive) for drive in range(count) for _ in range(3)])
        by_frame = [holds(bootstrap(one.ravel()), float(errors.mean())) for one in some]
        between = [holds(ends(error_interval(one.ravel(), groups)), float(errors.mean())) for one in some]
        rows.append({"drives": count, "bootstrap": 100 * np.mean(by_frame), "in_use": 100 * np.mean(between)})
    return rows


def table_of(title: str, rows: list[dict[str, Any]]) -> Table:
    flat = [{key: value for key, value in row.items() if key != "coverage"} | row.get("coverage", {}) for row in rows]
    table = Table(*map(str, flat[0]), title=title)
    for row in flat:
        table.add_row(*(f"{value:.1f}" if isinstance(value, np.floating) else str(value) for value in row.values()))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=2000)
    parser.add_argument("--drives", type=int, default=60)
    options = parser.parse_args()
    errors = errors_of_drives(options.drives)
    deviation = errors - errors.mean()
    found = {
        "errors": of_errors(options.repetitions),
        "differences": of_differences(options.repetitions),
        "one_drive": of_one_drive(errors),
        "several_drives": of_several_drives(errors, options.repetitions),
    }
    likeness = [float((deviation[:, lag:] * deviation[:, :-lag]).mean() / errors.var()) for lag in (1, 2, 5, 10)]
    for title, rows in found.items():
        Console().print(table_of(f"{title}: of 100 intervals that say 95 %, so many hold the truth", rows))
    Console().print(f"correlation of frames of a drive {GAP_S} s, 2, 5, 10 times as far apart: {np.round(likeness, 2)}")
    write_result("intervals", {**vars(options), **found, "correlation": likeness})


if __name__ == "__main__":
    main()

"""How often methods as good as the best are called worse, and worse ones told: by forms of paired intervals.

    python benchmarks/ties.py [--repetitions 2000]

Errors of independent frames (or drives) are log-normal, and each method's a log-normal ratio of scatter 0.03 to them.
Half of the methods are worse by some percent, or none is. Prints a table and writes benchmarks/results/ties.json.
"""

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.confidence import CONFIDENCE, Groups, half_width

COUNTS = (3, 4, 8, 12)
"""Of independent frames, drives or stretches."""
METHODS = 8
SKEW, SCATTER = 0.4, 0.03


def behind(errors: NDArray[np.float64], groups: Groups, confidence: float, by_ratio: bool) -> NDArray[np.bool_]:
    """Bool (methods,): whose paired interval of the difference to the best of ``errors`` (F, methods) is above 0.

    by_ratio: frames scatter about the ratio of the means, else about the difference.
    """
    best = errors[:, [errors.mean(0).argmin()]]
    residual = errors - best * (errors.mean(0) / best.mean() if by_ratio else 1)
    spread = residual.std(axis=0, ddof=1) / np.sqrt(groups.count)
    above: NDArray[np.bool_] = (errors - best).mean(0) > half_width(spread, groups.count - 1, confidence)
    return above


def of_reports(count: int, worse: float, confidence: float, by_ratio: bool, repetitions: int) -> tuple[float, float]:
    """Of 100 reports, those in which a method that is as good as any is behind; of 100 worse methods, those behind."""
    rng = np.random.default_rng(count)
    is_worse = np.arange(METHODS) >= METHODS // 2 if worse else np.zeros(METHODS, bool)
    groups = Groups(np.arange(count), "drives")
    wrong = right = 0.0
    for _ in range(repetitions):
        frames = np.exp(SKEW * rng.standard_normal((count, 1)))
        errors = frames * np.exp(SCATTER * rng.standard_normal((count, METHODS))) * np.where(is_worse, 1 + worse, 1)
        found = behind(errors, groups, confidence, by_ratio)
        wrong += found[~is_worse].any()
        right += found[is_worse].mean() if worse else 0.0
    return 100 * wrong / repetitions, 100 * right / repetitions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=2000)
    options = parser.parse_args()
    with_best, all_pairs = (1 - (1 - CONFIDENCE) / count for count in (METHODS - 1, METHODS * (METHODS - 1) / 2))
    levels = {
        "per pair": (CONFIDENCE, False),
        "with the best": (with_best, False),
        "with the best, about the ratio (in use)": (with_best, True),
        "all pairs, about the ratio": (all_pairs, True),
    }
    table = Table("intervals", "worse by", *(f"{count} frames: wrong / right" for count in COUNTS))
    rows: list[dict[str, Any]] = []
    for name, (confidence, by_ratio) in levels.items():
        for worse in (0.0, 0.03, 0.1, 0.3):
            found = {count: of_reports(count, worse, confidence, by_ratio, options.repetitions) for count in COUNTS}
            rows.append({"intervals": name, "worse": worse, "wrong_right": found})
            entries = (f"{wrong:.0f} / {right:.0f}" if worse else f"{wrong:.0f}" for wrong, right in found.values())
            table.add_row(name, f"{worse:.0%}", *entries)
    Console().print(table)
    write_result("ties", {**vars(options), "rows": rows})


if __name__ == "__main__":
    main()

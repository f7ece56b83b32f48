"""A report as a run writes one: made-up figures of a plausible size and shape, from which tests know every number."""

from typing import Any

import msgspec
import numpy as np

from lidarsel.contracts import ReportFile, ValuesFile
from lidarsel.frame import ImagePoints
from lidarsel.report.metric_words import error_of
from lidarsel.report.pictures.judged_frame import JudgedFrame
from lidarsel.report.pictures.pictured_set import MOST_ACROSS, PicturedSet, SampledFrame
from lidarsel.report.pictures.sampling import Sampling
from lidarsel.report.words import chosen_row
from lidarsel.report_choice import ChoiceStability, LineBand
from lidarsel.report_rows import ReportRow
from lidarsel.selection.gaps import sum_inside
from lidarsel.selection.importance import Importance
from lidarsel.selection.interval_model import Fit, IntervalModel

N_LINES = 64
N_SEEN = 46
BUDGETS = (32, 16, 8)
METHODS = ("random", "spaced", "densest", "shapley", "sas-region", "sas-separation")
ELEVATION_DEG = [round(float(angle), 3) for angle in np.linspace(2.0, -24.8, N_LINES)]
FIRST_SEEN = 8
MADE = {
    "format_version": 1,
    "lidarsel_version": "0.1.0",
    "seed": 7,
    "network": "shared-encoder",
    "network_sha256": "3f" * 32,
    "data": "/data/kitti_raw/2011_09_26",
    "data_fingerprint": "a9" * 32,
    "command": "lidarsel run /data/kitti_raw/2011_09_26 --budget 32",
}
_WORSE = dict(zip(METHODS, (1.06, 1.03, 1.22, 1.10, 1.0, 1.045), strict=True))


def row(method: str, budget: int, rmse_mm: float, n_frames: int = 12) -> ReportRow:
    step = N_SEEN / max(budget, 1)
    lines = sorted({FIRST_SEEN + int(step * (i + 0.5)) for i in range(min(budget, N_SEEN))})
    rest = [line for line in range(N_LINES) if line not in lines]
    return ReportRow(
        method=method,
        budget=budget,
        lines=sorted([*lines, *rest[: budget - len(lines)]]),
        rmse_mm=rmse_mm,
        rmse_low_mm=0.88 * rmse_mm,
        rmse_high_mm=1.14 * rmse_mm,
        mae_mm=0.31 * rmse_mm,
        irmse_per_km=rmse_mm / 300,
        imae_per_km=rmse_mm / 800,
        n_frames=n_frames,
        ratio_to_all=rmse_mm / 1187.4,
        degrees_of_freedom=n_frames - 1.0,
    )


def _beside_others(method: str, budget: int) -> ReportRow:
    """The row as it is written where every method chose lines of its own and is told from the best."""
    plain = row(method, budget, 1187.4 * (46 / budget) ** 0.32 * _WORSE[method])
    if _WORSE[method] == 1:
        return msgspec.structs.replace(plain, standing="best")
    more = plain.rmse_mm * (1 - 1 / _WORSE[method])
    lines = sorted((line + 1 + METHODS.index(method)) % N_LINES for line in plain.lines)
    return msgspec.structs.replace(plain, lines=lines, standing="behind", to_best_low=more / 2, to_best_high=2 * more)


def decided_by(content: ReportFile, metric: str) -> ReportFile:
    """The report as it is written where that metric decided: its interval is from 0.8 to 1.25 times the error."""
    whole = error_of(content.rows[0], metric)
    rows = [
        msgspec.structs.replace(
            each,
            error_low=0.8 * error_of(each, metric),
            error_high=1.25 * error_of(each, metric),
            error_degrees_of_freedom=each.n_frames - 1.0,
            error_ratio_to_all=error_of(each, metric) / whole if whole else None,
        )
        for each in content.rows
    ]
    return msgspec.structs.replace(content, metric=metric, rows=rows)


def of_one_frame(row: ReportRow) -> ReportRow:
    """The row as it is written where one frame was judged."""
    unknown = {"rmse_low_mm": None, "rmse_high_mm": None, "degrees_of_freedom": None}
    return msgspec.structs.replace(row, n_frames=1, **unknown)


def report(budgets: tuple[int, ...] = BUDGETS, **changes: object) -> ReportFile:
    rows = [row("all", N_LINES, 1187.4)]
    for budget in budgets:
        rows += [_beside_others(method, budget) for method in METHODS]
    rows.append(row("none", 0, 6140.0))
    content: dict[str, object] = {
        **MADE,
        "sensor": "KITTI HDL-64E",
        "n_lines": N_LINES,
        "elevation_deg": ELEVATION_DEG,
        "elevation_kind": "cone",
        "metric": "rmse",
        "ground_truth": "official",
        "frames": [f"drive_0001/image_02/{i:010}" for i in range(12, 24)],
        "frame_digests": [f"{i:032x}" for i in range(12, 24)],
        "chosen_on_frames": [f"drive_0001/image_02/{i:010}" for i in range(12)],
        "same_frames": False,
        "chosen_method": "sas-region",
        "chosen_budget": budgets[0],
        "intervals_between": "stretches",
        "notes": ["12 of 108 frames were used, evenly spaced (--max-frames)."],
        "rows": rows,
        **changes,
    }
    return ReportFile(**content)  # type: ignore[arg-type]


def stability(budget: int = 32, **changes: Any) -> ChoiceStability:
    """Of every line of the image chosen again as often as its number says: line 8 in 8 % of resamples."""
    seen = range(FIRST_SEEN, FIRST_SEEN + N_SEEN)
    good = [list(range(FIRST_SEEN, FIRST_SEEN + budget)), list(range(FIRST_SEEN + 1, FIRST_SEEN + 1 + budget))]
    content: dict[str, Any] = {
        "method": "sas-region",
        "budget": budget,
        "n_resamples": 200,
        "inclusion": [line / 100 if line in seen else 0.0 for line in range(N_LINES)],
        "n_sets": 61,
        "as_good": good,
        "chosen_as_good": True,
        "bands": [LineBand(upper_deg=-1.4, lower_deg=-9.0, least=1.9, mean=2.1, most=2.4)],
        "losses": {},
        **changes,
    }
    return ChoiceStability(**content)


def values(**changes: object) -> ValuesFile:
    rng = np.random.default_rng(3)
    seen = np.zeros(N_LINES, bool)
    seen[FIRST_SEEN : FIRST_SEEN + N_SEEN] = True
    shape = np.exp(-(((np.arange(N_LINES) - 16) / 14.0) ** 2)) + 0.12 + 0.08 * rng.random(N_LINES)
    mean = np.where(seen, shape, 0)
    mean *= (6140.0 - 1187.4) / mean.sum()
    content: dict[str, object] = {
        **MADE,
        "metric": "rmse",
        "unit": "mm",
        "estimator": "permutation",
        "n_lines": N_LINES,
        "n_frames": 12,
        "n_evaluations": 24_600,
        "stopped": "evaluations",
        "value_empty": -6140.0,
        "value_full": -1187.4,
        "mean": mean.tolist(),
        "standard_error": np.where(seen, 6 + 0.04 * mean, 0).tolist(),
        "degrees_of_freedom": 11.0,
        "elevation_deg": ELEVATION_DEG,
        "elevation_kind": "cone",
        "points_per_line": np.where(seen, 420.0, 0).tolist(),
        "sensor": "KITTI HDL-64E",
        "frames": [f"drive_0001/image_02/{i:010}" for i in range(12)],
        "per_frame": "values.npz",
        **changes,
    }
    return ValuesFile(**content)  # type: ignore[arg-type]


def pictures(
    height: int = 120, width: int = 400, frame_id: str = "drive_0001/image_02/0000000012", n_frames: int = 1
) -> list[JudgedFrame]:
    """Frames as ``frame``, the first of that name, the lines of each a little more accurate than of the one before.

    Of several the first is the worst and the last the best, and on these alone every row of ``report`` is pictured.
    """
    stem, number = frame_id[:-10], frame_id[-10:]
    names = [frame_id, *(f"{stem}{int(number) + i:010}" for i in range(1, n_frames))]
    called = ["worst", *[""] * (n_frames - 2), "best"] if n_frames > 1 else [""]
    return [
        frame(height, width, name, 1.08 - 0.01 * i, called[i], every=bool(called[i]) or n_frames == 1)
        for i, name in enumerate(names)
    ]


def frame(
    height: int = 120,
    width: int = 400,
    frame_id: str = "drive_0001/image_02/0000000017",
    ratio: float = 1.08,
    called: str = "",
    every: bool = True,
) -> JudgedFrame:
    """A ramp of a road under a wall, its points on the rows of 16 lines.

    ratio: of completed to true depth with the chosen lines; with others 1.02 and 0.02 more for every set in the order
    of the rows. every: whether all rows are pictured, or the chosen method's alone.
    """
    rng = np.random.default_rng(5)
    truth = np.broadcast_to(np.geomspace(60, 5, height)[:, None], (height, width)).astype(np.float32).copy()
    rows = np.repeat(np.arange(4, height - 4, (height - 8) // 16)[:16], width // 4)
    columns = np.tile(4 * np.arange(width // 4), 16)
    line = np.repeat(np.arange(16) * 3 + FIRST_SEEN, width // 4)
    points = ImagePoints(rows.astype(np.int32), columns.astype(np.int32), truth[rows, columns], line.astype(np.int16))
    content = report()
    kept = chosen_row(content).lines
    chosen = np.zeros(N_LINES, bool)
    chosen[kept] = True
    image = rng.integers(0, 255, (height, width, 3)).astype(np.uint8)
    known = np.where(rng.random((height, width)) < 0.3, truth, 0).astype(np.float32)
    sampling = Sampling(known, MOST_ACROSS)

    def completed(place: int, row: ReportRow) -> PicturedSet:
        depth_m = truth * np.float32(ratio if row.lines == kept else 1.02 + 0.02 * place)
        error_m = np.where(known > 0, np.abs(depth_m - known), np.float32(np.nan))
        rmse_mm = 1000 * float(np.sqrt(np.nanmean(np.square(error_m, dtype=np.float64))))
        return PicturedSet(row.lines, rmse_mm, sampling.of(depth_m), sampling.of(error_m))

    some = (content.chosen_method, "all", "none")
    sets = [completed(place, row) for place, row in enumerate(content.rows) if every or row.method in some]
    return JudgedFrame(
        frame_id=frame_id,
        image=image,
        points=points,
        lines=kept,
        sparse_m=points.of_lines(chosen).draw(height, width),
        completion_m=truth * np.float32(ratio),
        completion_all_m=truth * np.float32(1.02),
        ground_truth_m=known,
        judged_m=known,
        judged_all_m=known,
        sampled=SampledFrame(sampling.of(known), sampling.lines_of(points), sets),
        called=called,
    )


def insights() -> tuple[IntervalModel, Importance]:
    """A model in which every pair of neighbours costs besides its lines, and a falling importance."""
    m = N_SEEN
    seen = np.arange(FIRST_SEEN, FIRST_SEEN + m)
    weight = np.diag(np.linspace(2e-3, 1e-3, m)) + np.diag(np.full(m - 1, 4e-3), 1)
    cost = np.zeros((m + 1, m + 1))
    cost[:-1, 1:] = np.triu(sum_inside(weight))
    fit = Fit(r2=0.98, relative_rms=0.03, power=0.5, ridge=1e-3, n_coalitions=256)
    share = np.linspace(2, 1, m) / np.linspace(2, 1, m).sum()
    return IntervalModel(seen, cost, 0.4, 6140.0, fit), Importance(seen, share, 0.4 * share)

"""A judged frame's maps of depth and error in colours, on scales that all shown frames share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.drawing import ramp, rgb_of
from lidarsel.report.metric_words import error_text, metric_name, unit_of
from lidarsel.report.pictures.encode import map_png
from lidarsel.report.pictures.judged_frame import EMPTY_RGB, MAX_WIDTH, JudgedFrame, ReportPicture, picture_of_image

_N_COLOURS = 96
_DEPTH_MAP, _ERROR_MAP = "viridis", "inferno"
_DARKEST = {_DEPTH_MAP: 0.15, _ERROR_MAP: 0.28}


@dataclass(frozen=True)
class Scale:
    """What a colour bar says: its CSS colours from low to high, and its labels, evenly spaced."""

    title: str
    colours: Sequence[str]
    labels: Sequence[str]


@dataclass(frozen=True)
class Scales:
    """The ranges of the colours, in metres: depth from near to far (logarithmic), error from 0 to cap.

    What lies beyond has the colour of the end, and the legends say so.
    """

    near_m: float
    far_m: float
    cap_m: float

    @classmethod
    def of(cls, frames: Sequence[JudgedFrame]) -> "Scales":
        """One range for all frames, so that they can be compared by eye.

        near, far: whole metres around 99 % of all measured depths, far at least twice near. cap: the 95th percentile
        of all errors, with the chosen lines and with all, up to 1, 2 or 5 times a power of ten.
        """
        depths = [depth for frame in frames for depth in (frame.ground_truth_m, _sparse_all(frame))]
        measured = np.concatenate([depth[depth > 0] for depth in depths])
        near, far = (2.0, 80.0) if not len(measured) else (float(q) for q in np.percentile(measured, [0.5, 99.5]))
        near = max(1.0, float(np.floor(near)))
        errors = [error for frame in frames for error in _errors(frame).values()]
        known = np.concatenate([error[~np.isnan(error)] for error in errors])
        percentile = max(float(np.percentile(known, 95)) if len(known) else 0.0, 1e-3)
        power = 10 ** np.floor(np.log10(percentile))
        cap = next(step * power for step in (1, 2, 5, 10) if step * power >= percentile * (1 - 1e-9))
        return cls(near, max(2 * near, float(np.ceil(far))), float(cap))

    @property
    def most_m(self) -> float:
        """The greatest error that the page reads out as a number."""
        return 4 * self.cap_m

    def bars(self) -> tuple[Scale, Scale]:
        """The colour bars of depth and of error."""
        middle = float(np.sqrt(self.near_m * self.far_m))
        depths = [f"{self.near_m:.0f} and nearer", f"{middle:.0f}", f"beyond {self.far_m:.0f}"]
        depth = Scale("Depth in m (logarithmic; nearer is brighter)", depth_colours()[::-1], depths)
        errors = ["0", f"{self.cap_m / 2:g}", f"beyond {self.cap_m:g}"]
        return depth, Scale("Absolute error in m", error_colours(), errors)


def maps_of_frame(frame: JudgedFrame, scales: Scales, max_bytes: int, metric: str) -> list[ReportPicture]:
    """The pictures of a frame in pairs, each of at most ``max_bytes``.

    Camera image (where there is one) and ground truth; then sparse input, completion and error, each for the chosen
    lines and for all lines. metric: that of the frame's errors.
    """
    found = [] if frame.image is None else [picture_of_image("camera", "Camera image", frame.image, max_bytes)]
    found.append(_depth("truth", "Ground truth", frame.ground_truth_m, scales, max_bytes))
    names = {"chosen": f"{len(frame.lines)} chosen lines", "all": "all lines"}
    sparse = {"chosen": frame.sparse_m, "all": _sparse_all(frame)}
    completions = {"chosen": frame.completion_m, "all": frame.completion_all_m}
    figures, errors = {"chosen": frame.error, "all": frame.error_all}, _errors(frame)
    for what, title, depths in (("sparse", "Sparse input", sparse), ("completion", "Completion", completions)):
        for key, name in names.items():
            found.append(_depth(f"{what}-{key}", f"{title}, {name}", depths[key], scales, max_bytes))
    for key, name in names.items():
        title = f"Error, {name}: {error_in_frame(figures[key], metric)} in this frame"
        found.append(map_of_errors(f"error-{key}", title, errors[key], scales.cap_m, max_bytes))
    return found


def map_of_errors(key: str, title: str, error_m: NDArray[np.floating], cap_m: float, max_bytes: int) -> ReportPicture:
    """Errors, or what they may be, in the colours of errors.

    Args:
        key, title: of the picture.
        error_m: float (H, W), metres, NaN = none.
        cap_m: from where on the colour stays the same.
        max_bytes: of the picture, at most.
    """
    return _map(key, title, error_m / cap_m, _ERROR_MAP, max_bytes)


def error_in_frame(error: float | None, metric: str) -> str:
    """ "MAE 312 mm", or why there is none."""
    if error is None:
        return "nothing left to judge by"
    return f"{metric_name(metric)} {error_text(error, metric)} {unit_of(metric)}"


def _sparse_all(frame: JudgedFrame) -> NDArray[np.float32]:
    return frame.points.draw(*frame.ground_truth_m.shape)


def _errors(frame: JudgedFrame) -> dict[str, NDArray[np.floating]]:
    """float (H, W) with the chosen lines and with all: absolute error in m, NaN where it is not judged."""
    judged = {"chosen": (frame.completion_m, frame.judged_m), "all": (frame.completion_all_m, frame.judged_all_m)}
    return {key: np.where(truth > 0, np.abs(depth - truth), np.nan) for key, (depth, truth) in judged.items()}


def _depth(key: str, title: str, depth_m: NDArray[np.float32], scales: Scales, max_bytes: int) -> ReportPicture:
    """A depth map on a logarithmic scale, near = bright, since far things differ by metres and near ones by less."""
    with np.errstate(divide="ignore"):
        nearness = 1 - np.log(depth_m / scales.near_m) / np.log(scales.far_m / scales.near_m)
    return _map(key, title, np.where(depth_m > 0, nearness, np.nan), _DEPTH_MAP, max_bytes)


def _map(key: str, title: str, unit: NDArray[np.floating], colours: str, max_bytes: int) -> ReportPicture:
    """Values in 0..1 (clipped; NaN = none) coloured, the empty neighbours of sparse values filled to make them seen."""
    factor = -(-unit.shape[1] // MAX_WIDTH)
    grown = _grow(unit)[::factor, ::factor]
    levels = np.where(np.isnan(grown), 0, 1 + np.rint(np.clip(np.nan_to_num(grown), 0, 1) * (_N_COLOURS - 1)))
    palette = np.vstack([np.array([EMPTY_RGB], np.uint8), rgb_of(_colours(colours))])
    height, width = grown.shape
    return ReportPicture(key, title, "png", map_png(levels.astype(np.uint8), palette, max_bytes), width, height)


def _grow(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each empty (NaN) pixel takes the value of its first neighbour that has one, beside before across corners.

    The order is fixed and looks at no value, so a grown error map is neither better nor worse than its pixels.
    """
    height, width = values.shape
    padded = np.pad(values, 1, constant_values=np.nan)
    grown: NDArray[np.floating] = values.copy()
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1)):
        neighbour = padded[1 + down : 1 + down + height, 1 + right : 1 + right + width]
        grown = np.where(np.isnan(grown), neighbour, grown)
    return grown


def depth_colours() -> list[str]:
    """From far to near."""
    return _colours(_DEPTH_MAP)


def error_colours() -> list[str]:
    """From none to the greatest."""
    return _colours(_ERROR_MAP)


def _colours(name: str) -> list[str]:
    """Colours of a scale without the darkest part, which could be taken for "no value"."""
    return ramp(name, _DARKEST[name], _N_COLOURS)

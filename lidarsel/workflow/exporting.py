"""Export of a network: written, read back and compared with PyTorch before the file takes its name."""

import logging
import math
import warnings
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.spreading import with_spread
from lidarsel.errors import BadInputError, LidarselError, UsageError
from lidarsel.progress import step
from lidarsel.settings import RunSettings
from lidarsel.writing import whole_file

TOLERANCE_M = 1e-3
SPREAD_TOLERANCE = 1e-2  # of the spread, parts of which are squares of small differences, where rounding counts more
LINES = 64
LINES_COMPARED = (0, 4, LINES)


class Differences(NamedTuple):
    """The largest there are between two networks.

    Attributes:
        depth_m: of their depths, in metres.
        spread: of their spreads, a share of the first one's; None where it tells none.
    """

    depth_m: float
    spread: float | None

    @property
    def too_large(self) -> bool:
        """Whether the second is not what the first one is."""
        return not (self.depth_m <= TOLERANCE_M and (self.spread is None or self.spread <= SPREAD_TOLERANCE))

    def __str__(self) -> str:
        of_spread = "" if self.spread is None else f", of the spread {self.spread:.2g} of it"
        return f"{self.depth_m:.2g} m{of_spread}"


def export_network(settings: RunSettings, out: Path, size: tuple[int, int]) -> Differences:
    """Write the settings' network to ``out``, an .onnx or .pt2 file, for images of ``size``; how far it is off.

    Raises UsageError for another ending or a network that cannot be exported, OutputError for a place that cannot be
    written, LidarselError where the file's depths differ from PyTorch's by more than a millimetre, or its spreads by
    more than a hundredth: then none is left.
    """
    if out.suffix not in (".onnx", ".pt2"):
        raise UsageError(f"{out} is no .onnx or .pt2 file; give OUT one of these endings")
    from lidarsel.completion.export import export_program, to_onnx, to_pt2
    from lidarsel.completion.foreign.onnx import load_onnx
    from lidarsel.completion.foreign.pt2 import load_pt2

    original = settings.load_network("cpu")
    with step("exporting", 2) as advance, whole_file(out) as partial, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside of PyTorch's exporter
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = export_program(original, size)
        partial.write_bytes((to_onnx if out.suffix == ".onnx" else to_pt2)(program))
        advance(1, 2)
        try:
            written = (load_onnx if out.suffix == ".onnx" else load_pt2)(partial, "cpu")
        except BadInputError as error:
            raise BadInputError(out, f"cannot be read back: {error.problem}", error.remedy) from error
        differences = largest_differences(original, written, size)
        advance(2, 2)
        if differences.too_large:
            raise LidarselError(
                f"{out}: the exported network differs from PyTorch's by up to {differences}, so it was not"
                " written; try another --size, or versions of PyTorch and onnxruntime that go together"
            )
    return differences


def largest_differences(one: CompletionNetwork, other: CompletionNetwork, size: tuple[int, int]) -> Differences:
    """Between the completions of a made-up street with 0, 4 and 64 lines, over all pixels; infinite between a spread
    and none."""
    image, sparse_depth_m, intrinsics = made_up_street(*size)
    told: list[tuple[Tensor, Tensor | None]] = []
    for network in (one, other):
        features, spreading = network.encode(image, intrinsics), with_spread(network)
        if spreading is None:
            told.append((network.complete(features, sparse_depth_m), None))
        else:
            told.append(spreading.complete_with_spread(features, sparse_depth_m))
    (depth_m, spread_m), (other_depth_m, other_spread_m) = told
    difference_m = float((depth_m - other_depth_m).abs().max())
    if spread_m is None:
        return Differences(difference_m, None)
    if other_spread_m is None:
        return Differences(difference_m, math.inf)
    return Differences(difference_m, float(((spread_m - other_spread_m).abs() / spread_m).max()))


def made_up_street(height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """An image (1, 3, H, W), sparse depth (3, 1, H, W) with LINES_COMPARED lines, intrinsics (1, 3, 3).

    A road up to the horizon with boxes on it, and lines that sag across the image as a lidar's do.
    """
    generator = torch.Generator().manual_seed(0)
    row, column = torch.arange(height)[:, None], torch.arange(width)[None, :]
    depth = (1.65 * width * 0.6 / (row - 0.4 * height).clamp(min=1)).clamp(3, 80).expand(height, width).clone()
    for left in range(0, width, max(1, width // 7)):
        near = float(torch.rand(1, generator=generator)) * 40 + 5
        depth[height // 4 : 3 * height // 4, left : left + width // 15] = near
    image = (1 - depth / 100) * torch.tensor([0.9, 0.8, 0.7])[:, None, None]
    image = (image + 0.1 * torch.rand(3, height, width, generator=generator)).clamp(0, 1)
    sparse = torch.zeros(len(LINES_COMPARED), 1, height, width)
    for count, canvas in zip(LINES_COMPARED, sparse[:, 0], strict=True):
        for line in range(0, LINES, LINES // count) if count else ():
            rows = height * (0.35 + 0.6 * line / LINES) + 0.02 * height * torch.sin(3 * column[0] / width)
            hit = torch.rand(width, generator=generator) < 0.6
            places = rows.long().clamp(max=height - 1)[hit], column[0][hit]
            noise = 0.02 * torch.randn(len(places[0]), generator=generator)
            canvas[places] = depth[places] + noise
    focal = 0.6 * width
    intrinsics = torch.tensor([[[focal, 0, width / 2], [0, focal, 0.4 * height], [0, 0, 1]]])
    return image[None], sparse, intrinsics

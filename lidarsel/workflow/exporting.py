"""Export of a network: written, read back and compared with PyTorch before the file takes its name."""

import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor

from lidarsel.completion.base import CompletionNetwork
from lidarsel.errors import BadInputError, LidarselError, UsageError
from lidarsel.progress import step
from lidarsel.settings import RunSettings
from lidarsel.writing import whole_file

TOLERANCE_M = 1e-3
LINES = 64
LINES_COMPARED = (0, 4, LINES)


def export_network(settings: RunSettings, out: Path, size: tuple[int, int]) -> float:
    """Write the settings' network to ``out``, an .onnx or .pt2 file, for images of ``size``; the largest difference, m.

    Raises UsageError for another ending or a network that cannot be exported, OutputError for a place that cannot be
    written, LidarselError where the file's depths differ from PyTorch's by more than a millimetre: then none is left.
    """
    if out.suffix not in (".onnx", ".pt2"):
        raise UsageError(f"{out} is no .onnx or .pt2 file; give OUT one of these endings")
    from lidarsel.completion.export import export_program, to_onnx, to_pt2
    from lidarsel.completion.foreign.onnx import load_onnx
    from lidarsel.completion.foreign.pt2 import load_pt2
    from lidarsel.completion.lidarsel_net.ensemble import require_one

    original = settings.load_network("cpu")
    require_one(original, settings.weights, "exported")
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
        difference_m = largest_difference_m(original, written, size)
        advance(2, 2)
        if not difference_m <= TOLERANCE_M:
            raise LidarselError(
                f"{out}: the exported network differs from PyTorch's by up to {difference_m:.2g} m, so it was not"
                " written; try another --size, or versions of PyTorch and onnxruntime that go together"
            )
    return difference_m


def largest_difference_m(one: CompletionNetwork, other: CompletionNetwork, size: tuple[int, int]) -> float:
    """Between the completions of a made-up street with 0, 4 and 64 lines, over all pixels."""
    image, sparse_depth_m, intrinsics = made_up_street(*size)
    depths = [network.complete(network.encode(image, intrinsics), sparse_depth_m) for network in (one, other)]
    return float((depths[0] - depths[1]).abs().max())


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

"""The line game: the error of depth completion on a frame when only some lines are kept.

The value function is v(S) = -(mean over frames of the frame's error), the error being RMSE in mm unless another
metric is asked for. The game gives all four errors of every (frame, coalition): one pass of the network serves all.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.errors_at import depth_errors
from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError
from lidarsel.frame import UNKNOWN_LINE, Frame

_KEPT_BYTES = 512 << 20  # of prepared frames: 190 of KITTI's, 70 with dense ground truth, fewer of a larger crop
_FEATURES_KEPT = 24
_CPU_BATCH = 4
_GPU_BATCH = 128


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A cropped frame on the device.

    pixel, line: int64 (N,); depth_m: float32 (N,); truth_pixel: int64 (P,); truth_m: float32 (P,);
    image: uint8 (1, 3, H, W) or None; intrinsics: float32 (1, 3, 3) in pixels of the crop, or None; size: (H, W);
    points_per_line: int64 (n_lines,), on the host.
    """

    size: tuple[int, int]
    pixel: Tensor
    depth_m: Tensor
    line: Tensor
    truth_pixel: Tensor
    truth_m: Tensor
    image: Tensor | None
    intrinsics: Tensor | None
    points_per_line: NDArray[np.int64]

    @property
    def n_bytes(self) -> int:
        tensors = (self.pixel, self.depth_m, self.line, self.truth_pixel, self.truth_m, self.image)
        return sum(tensor.nbytes for tensor in tensors if tensor is not None)


class LineGame:
    """Errors of a completion network over frames and coalitions of lines.

    frames: indices into the data set; frame ``f`` of the game is ``dataset.frame(frames[f])`` cropped to ``crop``.
    Raises BadInputError for a frame without ground truth, or without image or calibration where the network needs it.
    """

    def __init__(
        self,
        dataset: Dataset,
        frames: Sequence[int],
        network: CompletionNetwork,
        crop: tuple[int, int],
        device: str,
    ) -> None:
        self.dataset = dataset
        self.frames = list(frames)
        self.network = network
        self.crop = crop
        self.device = torch.device(device)
        self.n_lines = dataset.n_lines
        self.batch = _CPU_BATCH if self.device.type == "cpu" else _GPU_BATCH
        self._points: dict[int, NDArray[np.int64]] = {}
        self._prepared: OrderedDict[int, _Prepared] = OrderedDict()
        self._prepared_bytes = 0
        self._features: OrderedDict[int, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self.frames)

    def frame_id(self, frame: int) -> str:
        """The data set's name of the game's frame."""
        return self.dataset.frame_ids[self.frames[frame]]

    def frame(self, frame: int) -> Frame:
        """The game's frame as read and cropped."""
        return self.dataset.frame(self.frames[frame]).crop(*self.crop)

    def lines_present(self, frame: int) -> NDArray[np.bool_]:
        """Bool (n_lines,): the lines that have a point in the cropped image of the frame."""
        return self._count_points(frame) > 0

    def points_per_line(self) -> NDArray[np.float64]:
        """float64 (n_lines,): mean number of points of each line in the cropped image, over the game's frames."""
        return np.mean([self._count_points(frame) for frame in range(len(self))], axis=0)

    def _count_points(self, frame: int) -> NDArray[np.int64]:
        if frame not in self._points:  # kept for every frame: reading it again for them would cost more than all else
            self._points[frame] = self._prepare(frame).points_per_line
        return self._points[frame]

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_lines) -> float64 (M, 4): rmse_mm, mae_mm, irmse_per_km, imae_per_km of the frame."""
        prepared = self._prepare(frame)
        with torch.inference_mode():
            features = self._encode(frame, prepared)
            rows: list[Tensor] = []
            done = 0
            while done < len(coalitions):
                chunk = torch.from_numpy(coalitions[done : done + self.batch]).to(self.device)
                try:
                    rows.append(self._batch_errors(prepared, features, chunk))
                except torch.cuda.OutOfMemoryError:
                    if self.batch == 1:
                        raise
                    torch.cuda.empty_cache()
                    self.batch //= 2
                    continue
                done += len(chunk)
        return torch.cat(rows).cpu().numpy() if rows else np.empty((0, 4))

    def complete(self, frame: int, coalition: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Bool (n_lines,) -> the sparse depth drawn and its completion, both float32 (H, W) metres."""
        prepared = self._prepare(frame)
        with torch.inference_mode():
            sparse = self._draw(prepared, torch.from_numpy(coalition[None]).to(self.device))
            dense = self.network.complete(self._encode(frame, prepared), sparse)
        return sparse[0, 0].cpu().numpy(), dense[0, 0].cpu().numpy()

    def _batch_errors(self, prepared: _Prepared, features: Any, coalitions: Tensor) -> Tensor:
        dense = self.network.complete(features, self._draw(prepared, coalitions))
        at_truth = dense.flatten(1).index_select(1, prepared.truth_pixel)
        return depth_errors(at_truth, prepared.truth_m)

    def _draw(self, prepared: _Prepared, coalitions: Tensor) -> Tensor:
        """Bool (B, n_lines) -> float32 (B, 1, H, W): the nearest point of the kept lines at each pixel, else 0."""
        height, width = prepared.size
        kept = coalitions.index_select(1, prepared.line)  # (B, N)
        depth = torch.where(kept, prepared.depth_m, torch.inf)
        canvas = depth.new_full((len(coalitions), height * width), torch.inf)
        canvas.scatter_reduce_(1, prepared.pixel.expand_as(depth), depth, "amin")
        return torch.where(canvas.isinf(), 0.0, canvas).view(-1, 1, height, width)

    def _prepare(self, frame: int) -> _Prepared:
        if frame in self._prepared:
            self._prepared.move_to_end(frame)
            return self._prepared[frame]
        self._prepared[frame] = prepared = self._load(frame)
        self._prepared_bytes += prepared.n_bytes
        while self._prepared_bytes > _KEPT_BYTES and len(self._prepared) > 1:
            self._prepared_bytes -= self._prepared.popitem(last=False)[1].n_bytes
        return prepared

    def _load(self, frame: int) -> _Prepared:
        read = self.frame(frame)
        name = f"{self.dataset.root} frame {read.frame_id}"
        if read.ground_truth_m is None or not read.ground_truth_m.any():
            remedy = "leave the frame out or choose another --ground-truth"
            raise BadInputError(name, "no pixel has ground truth in the crop", remedy)
        if read.image is None and self.network.uses_image:
            remedy = "give --raw FOLDER with the camera images, or --network classical, which needs none"
            raise BadInputError(name, f"no camera image, which network {self.network.name} needs", remedy)
        if read.calibration is None and self.network.uses_intrinsics:
            remedy = "give data with its calibration files, or a network without `intrinsics`"
            raise BadInputError(name, f"no calibration, which network {self.network.name} needs", remedy)
        known = read.points.keep(read.points.line != UNKNOWN_LINE)
        width = read.size[1]
        truth = read.ground_truth_m.ravel()
        truth_pixel = np.flatnonzero(truth)
        image = intrinsics = None
        if read.calibration is not None:
            intrinsics = torch.from_numpy(read.calibration.intrinsics[None].astype(np.float32)).to(self.device)
        if read.image is not None:
            image = torch.from_numpy(np.ascontiguousarray(read.image.transpose(2, 0, 1))[None]).to(self.device)
        return _Prepared(
            size=read.size,
            pixel=torch.from_numpy(known.row.astype(np.int64) * width + known.column).to(self.device),
            depth_m=torch.from_numpy(known.depth_m).to(self.device),
            line=torch.from_numpy(known.line.astype(np.int64)).to(self.device),
            truth_pixel=torch.from_numpy(truth_pixel).to(self.device),
            truth_m=torch.from_numpy(truth[truth_pixel]).to(self.device),
            image=image,
            intrinsics=intrinsics,
            points_per_line=known.count_by_line(self.n_lines),
        )

    def _encode(self, frame: int, prepared: _Prepared) -> Any:
        if frame not in self._features:
            image = None if prepared.image is None else prepared.image.float() / 255
            self._features[frame] = self.network.encode(image, prepared.intrinsics)
            if len(self._features) > _FEATURES_KEPT:
                self._features.popitem(last=False)
        return self._features[frame]

"""Frames made ready for the network: read by a thread while it works, cropped, on the device, kept for reuse."""

import hashlib
import weakref
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.truth_cells import TruthCells
from lidarsel.cropping import Crop, crop_window
from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError
from lidarsel.evaluation.byte_cache import ByteCache
from lidarsel.evaluation.own_scan import line_image, without_unknown_lines
from lidarsel.evaluation.reading_thread import ReadingThread
from lidarsel.frame import UNKNOWN_LINE, Frame
from lidarsel.parts import TruthPart

_READER = ReadingThread()
"""One for the process: readers of data sets are not made for several threads, and where memory runs out a thread
fewer to start is a fault less (CPython 3.11 waited for one for ever)."""
_OWNERS = count()


@dataclass(frozen=True, eq=False)
class FrameFacts:
    """What is kept of every frame once it has been read, since reading costs more than keeping it.

    Args:
        digest: 32 hex digits of what the network and the errors are made of: frames of one digest have the same errors.
        points_per_line: int64 (n_lines,), in the crop.
        whole_size, whole_points_per_line: (H, W) and the same before it was cropped.
        truth_spread_m: standard deviation of its ground truth, the RMSE of a constant.
        truth_lines: int64, the lines that ground truth is of, where it is the frame's own scan; else None.
        part_pixels: int64 (L, n_parts), pixels with ground truth in each part, for each of ``truth_lines``; where there
            are none, in one row.
    """

    digest: str
    points_per_line: NDArray[np.int64]
    whole_size: tuple[int, int]
    whole_points_per_line: NDArray[np.int64]
    truth_spread_m: float
    truth_lines: NDArray[np.int64] | None
    part_pixels: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PreparedFrame:
    """A cropped frame on the device: N points of known line at M pixels, P pixels with ground truth.

    Args:
        name: of data and frame, for messages.
        size: (H, W).
        measured_pixel: int64 (M,), row * W + column of the pixels that have a point, ascending.
        place: int64 (N,), which of these pixels each point lies at.
        depth_m: float32 (N,).
        line: int64 (N,).
        truth_pixel: int64 (P,).
        truth_m: float32 (P,).
        truth_line: int64 (P,), the line that the ground truth is of, where it is the frame's own scan; else None.
        truth_cells: the parts that each pixel with ground truth is in; None where there are no parts.
        image: uint8 (1, 3, H, W), or None.
        intrinsics: float32 (1, 3, 3) in pixels of the crop, or None.
        facts: on the host.
    """

    name: str
    size: tuple[int, int]
    measured_pixel: Tensor
    place: Tensor
    depth_m: Tensor
    line: Tensor
    truth_pixel: Tensor
    truth_m: Tensor
    truth_line: Tensor | None
    truth_cells: TruthCells | None
    image: Tensor | None
    intrinsics: Tensor | None
    facts: FrameFacts


_CACHE = ByteCache(512 << 20)
"""Prepared frames of every game of the process, by owner and frame: 190 of KITTI's, 70 with dense ground truth, fewer
of a larger crop. One bound for all: a run has a game on the frames that choose, and then one on those that judge."""


def kept_bytes() -> int:
    """Of the prepared frames that are kept now, of all games."""
    return _CACHE.n_bytes


def _forget(owner: int) -> None:
    _CACHE.forget(lambda key: key[0] == owner)


class PreparedFrames:
    """Frames for a game, whose arguments these are. One thread reads all, and may read ahead of their use."""

    def __init__(
        self,
        dataset: Dataset,
        frames: Sequence[int],
        network: CompletionNetwork,
        crop: Crop,
        device: torch.device,
        parts: Sequence[TruthPart] = (),
    ) -> None:
        self._dataset, self._frames, self._network = dataset, frames, network
        self._crop, self._device, self._parts = crop, device, tuple(parts)
        self._ahead: dict[int, Future[PreparedFrame]] = {}
        self._facts: dict[int, FrameFacts] = {}
        self._owner = next(_OWNERS)
        weakref.finalize(self, _forget, self._owner)

    def read(self, frame: int) -> Frame:
        """The frame as read and cropped."""
        return _READER.submit(partial(self._read, frame)).result()[0]

    def read_ahead(self, frame: int, facts_only: bool = False) -> None:
        """Begin to prepare a frame; what is wrong with it is told when it is asked for.

        Args:
            frame: its number in the game.
            facts_only: only ``facts`` will be asked for; where they are known, nothing is read.
        """
        if facts_only and frame in self._facts:
            return
        if _CACHE.get((self._owner, frame)) is None and frame not in self._ahead:
            self._ahead[frame] = _READER.submit(partial(self._prepare, frame))

    def facts(self, frame: int) -> FrameFacts:
        """Raises BadInputError, as ``get``."""
        if frame not in self._facts:
            self.get(frame)
        return self._facts[frame]

    def get(self, frame: int) -> PreparedFrame:
        """The frame, from memory or read.

        Raises:
            BadInputError: it lacks ground truth or what the network needs; or its content has changed since it was read
                before, so that evaluations of now would be filed under the content of then.
        """
        kept: PreparedFrame | None = _CACHE.get((self._owner, frame))
        if kept is not None:
            return kept
        self.read_ahead(frame)
        prepared = self._ahead.pop(frame).result()
        if self._facts.setdefault(frame, prepared.facts).digest != prepared.facts.digest:
            name = f"{self._dataset.root} frame {self._dataset.frame_ids[self._frames[frame]]}"
            remedy = "let it rest and give the same command again; what was evaluated of it before stays right"
            raise BadInputError(name, "was changed while it was used", remedy)
        _CACHE[self._owner, frame] = prepared
        return prepared

    def forget(self) -> None:
        """Keep no frame: each is read anew when it is asked for."""
        _forget(self._owner)

    def _read(self, frame: int) -> tuple[Frame, Frame]:
        """Cropped, and whole."""
        whole = self._dataset.frame(self._frames[frame])
        return whole.crop(*crop_window(self._crop, whole.size)), whole

    def _prepare(self, frame: int) -> PreparedFrame:
        read, whole = self._read(frame)
        name = f"{self._dataset.root} frame {read.frame_id}"
        network = self._network
        if read.ground_truth_m is None or not read.ground_truth_m.any():
            remedy = "leave the frame out or choose another --ground-truth"
            raise BadInputError(name, "no pixel has ground truth in the crop", remedy)
        if read.image is None and network.uses_image:
            remedy = "give --raw FOLDER with the camera images, or --network classical, which needs none"
            raise BadInputError(name, f"no camera image, which network {network.name} needs", remedy)
        if read.calibration is None and network.uses_intrinsics:
            remedy = "give data with its calibration files, or a network without `intrinsics`"
            raise BadInputError(name, f"no calibration, which network {network.name} needs", remedy)
        known = read.points.keep(read.points.line != UNKNOWN_LINE)
        width = read.size[1]
        pixel = known.row.astype(np.int64) * width + known.column
        measured_pixel, place = np.unique(pixel, return_inverse=True)
        line_at = line_image(read.points, read.size) if self._dataset.ground_truth == "scan" else None
        truth = (read.ground_truth_m if line_at is None else without_unknown_lines(read, line_at)).ravel()
        truth_pixel = np.flatnonzero(truth)
        if not len(truth_pixel):
            remedy = "leave the frame out or choose another --ground-truth"
            raise BadInputError(name, "no pixel of a known line has ground truth in the crop", remedy)
        arrays = {
            "measured_pixel": measured_pixel,
            "place": place,
            "depth_m": known.depth_m,
            "line": known.line.astype(np.int64),
            "truth_pixel": truth_pixel,
            "truth_m": truth[truth_pixel],
        }
        truth_line = None if line_at is None else line_at[truth_pixel]
        image = intrinsics = None
        if read.calibration is not None:
            intrinsics = read.calibration.intrinsics[None].astype(np.float32)
        if read.image is not None:
            image = np.ascontiguousarray(read.image.transpose(2, 0, 1))[None]
        # of other ground truth the digest is as it always was, and of this kind none that was judged by kept lines
        content = [*arrays.values()] if truth_line is None else [*arrays.values(), truth_line]
        # labels change what is told of a frame and no figure; so frames without them are filed as they always were
        truth_class = None if read.truth_class is None else read.truth_class.ravel()[truth_pixel]
        classes = [] if truth_class is None else [truth_class]
        n_lines = self._dataset.n_lines
        cells = TruthCells.of(self._parts, arrays["truth_m"], self._device, truth_class) if self._parts else None
        return PreparedFrame(
            name=name,
            size=read.size,
            **{of: torch.from_numpy(array).to(self._device) for of, array in arrays.items()},
            truth_line=None if truth_line is None else torch.from_numpy(truth_line).to(self._device),
            truth_cells=cells,
            image=None if image is None else torch.from_numpy(image).to(self._device),
            intrinsics=None if intrinsics is None else torch.from_numpy(intrinsics).to(self._device),
            facts=FrameFacts(
                digest=_digest(read.size, n_lines, [*content, intrinsics, image, *classes]),
                points_per_line=known.count_by_line(n_lines),
                whole_size=whole.size,
                whole_points_per_line=whole.points.count_by_line(n_lines),
                truth_spread_m=float(arrays["truth_m"].std(dtype=np.float64)),
                truth_lines=None if truth_line is None else np.unique(truth_line),
                part_pixels=_part_pixels(cells, truth_line),
            ),
        )


def _part_pixels(cells: TruthCells | None, truth_line: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """int64 (L, n_parts): as of ``FrameFacts``. truth_line: int64 (P,), or None."""
    if cells is None:
        return np.zeros((1, 0), np.int64)
    cell = cells.cell.cpu().numpy().astype(np.intp)
    row = np.zeros(len(cell), np.intp) if truth_line is None else np.unique(truth_line, return_inverse=True)[1]
    n_rows = int(row.max()) + 1
    of_cell = np.bincount(row * cells.n_cells + cell, minlength=n_rows * cells.n_cells)
    return cells.of_parts(of_cell.reshape(n_rows, cells.n_cells).astype(np.float64)).astype(np.int64)


def _digest(size: tuple[int, int], n_lines: int, arrays: Sequence[NDArray[Any] | None]) -> str:
    """32 hex digits of arrays with their types and shapes."""
    digest = hashlib.sha256(repr((size, n_lines)).encode())
    for array in arrays:
        digest.update(b"none" if array is None else f"{array.dtype.str}{array.shape}".encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]

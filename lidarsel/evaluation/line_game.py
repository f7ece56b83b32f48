"""The line game: the error of depth completion on a frame when only some lines are kept.

The value function is v(S) = -(mean over frames of the frame's error), the error being RMSE in mm unless another
metric is asked for. The game gives every figure of every (frame, coalition): one pass of the network serves all.
Where the ground truth is the frame's own scan, a coalition is judged at the points of the other lines (``own_scan``).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.choices import EmptyCoalition
from lidarsel.completion.base import CompletionNetwork, NoDepthError
from lidarsel.completion.errors_at import depth_errors
from lidarsel.crop_loss import CropLoss, crop_loss
from lidarsel.cropping import Crop
from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError
from lidarsel.evaluation.asking import (
    Encodings,
    constant_m,
    draw,
    evaluation_key,
    measured,
    require_spread,
    swept_pixels,
)
from lidarsel.evaluation.base import EvaluationKey, PlayerSet
from lidarsel.evaluation.empty_coalition import CONSTANT
from lidarsel.evaluation.own_scan import judging
from lidarsel.evaluation.prepared import FrameFacts, PreparedFrame, PreparedFrames
from lidarsel.frame import Frame
from lidarsel.parts import TruthPart

_CPU_BATCH = 4
_GPU_BATCH = 128


class LineGame:
    """Errors of a completion network over frames and coalitions of lines: a ``Game`` (``lidarsel.evaluation.base``).

    Args:
        dataset: the data set.
        frames: indices into it; frame ``f`` of the game is ``dataset.frame(frames[f])``.
        network: what completes.
        crop: what frames are cropped to.
        device: a torch device by name.
        empty_coalition: who answers where no kept line has a point in the image: the ``network``, or a ``constant``
            (``lidarsel.evaluation.empty_coalition``).
        parts: of the pixels with ground truth, that errors are told for apart, beside those of all pixels.
        spread: whether the network's own spread is told after the errors, in mm: its mean where the lidar can tell the
            depth.

    Raises:
        UsageError: a spread is asked for that the network does not tell, or where a constant answers in its place.
        BadInputError: by whatever looks at a frame, where it has no ground truth, or no image or calibration and the
            network needs it.
    """

    def __init__(
        self,
        dataset: Dataset,
        frames: Sequence[int],
        network: CompletionNetwork,
        crop: Crop,
        device: str,
        empty_coalition: EmptyCoalition = "network",
        parts: Sequence[TruthPart] = (),
        spread: bool = False,
    ) -> None:
        if spread:
            require_spread(network, empty_coalition, "--metric spread")
        self.dataset = dataset
        self.frames = list(frames)
        self.frame_ids = [dataset.frame_ids[index] for index in self.frames]
        self.network = network
        self.crop = crop
        self.device = torch.device(device)
        self.empty_coalition = empty_coalition
        self.parts = tuple(parts)
        self.spread = spread
        self.n_lines = dataset.n_lines
        self.players = PlayerSet("line", tuple(f"line {line}" for line in range(dataset.n_lines)), ordered=True)
        self.batch = _CPU_BATCH if self.device.type == "cpu" else _GPU_BATCH
        self._prepared = PreparedFrames(dataset, self.frames, network, crop, self.device, self.parts)
        self._encodings = Encodings(self.device)

    def __len__(self) -> int:
        return len(self.frames)

    def of_frames(self, numbers: Sequence[int]) -> "LineGame":
        """The game on some of its frames, by their numbers in it."""
        return LineGame(
            self.dataset,
            [self.frames[number] for number in numbers],
            self.network,
            self.crop,
            str(self.device),
            self.empty_coalition,
            self.parts,
            self.spread,
        )

    @property
    def drives(self) -> list[str]:
        """The drive of each of the game's frames."""
        return [self.dataset.drives[index] for index in self.frames]

    @property
    def key(self) -> EvaluationKey:
        """What evaluations of this game are filed under."""
        players = self.players
        return evaluation_key(
            players.kind, players.n, self.network, self.crop, self.device, self.empty_coalition, self.parts, self.spread
        )

    def digest(self, frame: int) -> str:
        """The content of a frame as it was read: points with their lines, image, intrinsics and ground truth."""
        return self._prepared.facts(frame).digest

    def frame(self, frame: int) -> Frame:
        """The game's frame as read and cropped."""
        return self._prepared.read(frame)

    def read_ahead(self, frame: int, players_only: bool = False) -> None:
        """Have a frame read that will be asked for soon, unless only what is known of it will be asked."""
        self._prepared.read_ahead(frame, facts_only=players_only)

    def active(self, frame: int) -> NDArray[np.bool_]:
        """Bool (n_lines,): the lines that have a point in the cropped image of the frame."""
        return self._prepared.facts(frame).points_per_line > 0

    def points_per_line(self) -> NDArray[np.float64]:
        """float64 (n_lines,): mean number of points of each line in the cropped image, over the game's frames."""
        mean: NDArray[np.float64] = np.mean([facts.points_per_line for facts in self._facts()], axis=0)
        return mean

    def crop_loss(self) -> CropLoss | None:
        """What the crop leaves out of the game's frames; None where they are whole."""
        every = self._facts()
        whole = [facts.whole_points_per_line for facts in every]
        kept = [facts.points_per_line for facts in every]
        return crop_loss(self.crop, [facts.whole_size for facts in every], whole, kept)

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_lines), the kept lines -> float64 (M, F) by the figures of ``key``."""
        prepared = self._prepared.get(frame)
        with torch.inference_mode():
            predict = self._encodings.answers(frame, self.network, prepared, self.empty_coalition, self.spread)
            rows: list[Tensor] = []
            done = 0
            while done < len(coalitions):
                chunk = torch.from_numpy(coalitions[done : done + self.batch]).to(self.device)
                try:
                    judged = judging(chunk, prepared.truth_line)
                    predicted_m, spread_mm = predict(measured(prepared, chunk))
                    errors = depth_errors(predicted_m, prepared.truth_m, judged, prepared.truth_cells)
                    rows.append(torch.cat([errors, spread_mm], 1))
                except NoDepthError as error:
                    raise self._explained(error, frame, chunk[error.row]) from error
                except torch.cuda.OutOfMemoryError:
                    if self.batch == 1:
                        raise
                    torch.cuda.empty_cache()
                    self.batch //= 2
                    continue
                done += len(chunk)
        return torch.cat(rows).cpu().numpy() if rows else np.empty((0, len(self.key.figures)))

    def unjudged(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Bool (M, n_lines) -> bool (M,): whether nothing is left to judge the lines by, their errors 0 by convention.

        Only where the ground truth is the frame's own scan: a set is judged at the points of the lines that it leaves
        out.
        """
        truth_lines = self._prepared.facts(frame).truth_lines
        if truth_lines is None:
            return np.zeros(len(coalitions), bool)
        covered: NDArray[np.bool_] = np.all(coalitions[:, truth_lines], axis=1)
        return covered

    def part_pixels(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Bool (M, n_lines) -> int64 (M, n_parts): pixels of each part that lines are judged at on a frame.

        Where there are none, errors within the part are 0 by convention. They differ between sets of lines only where
        the ground truth is the frame's own scan.
        """
        facts = self._prepared.facts(frame)
        if facts.truth_lines is None:
            return np.repeat(facts.part_pixels, len(coalitions), axis=0)
        left_out: NDArray[np.int64] = (~coalitions[:, facts.truth_lines]).astype(np.int64)
        return left_out @ facts.part_pixels

    def constant_rmse_mm(self) -> float:
        """Mean over frames of the RMSE of the frame's mean depth at every pixel with ground truth: what a completion
        has to be better than to be of any use."""
        return 1000 * float(np.mean([facts.truth_spread_m for facts in self._facts()]))

    def _facts(self) -> list[FrameFacts]:
        return [self._prepared.facts(frame) for frame in range(len(self))]

    def truth_for(self, frame: int, coalition: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The ground truth that judges bool (n_lines,) lines, to be looked at: float32 (H, W), m, 0 = none."""
        prepared = self._prepared.get(frame)
        canvas = prepared.truth_m.new_zeros(prepared.size[0] * prepared.size[1])
        canvas[prepared.truth_pixel] = prepared.truth_m
        if prepared.truth_line is not None:
            kept = torch.from_numpy(coalition).to(self.device)[prepared.truth_line]
            canvas[prepared.truth_pixel[kept]] = 0
        return canvas.view(prepared.size).cpu().numpy()

    def complete(self, frame: int, coalition: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """One completion of bool (n_lines,) lines, to be looked at: sparse depth and completion, float32 (H, W), m."""
        with torch.inference_mode():
            prepared, sparse = self._drawn(frame, coalition)
            if self.empty_coalition == CONSTANT and not sparse.any():
                dense = torch.full_like(sparse, constant_m(prepared))
            else:
                features = self._encodings.features(frame, self.network, prepared)
                dense = self._answered(frame, coalition, lambda: self.network.complete(features, sparse))
        return sparse[0, 0].cpu().numpy(), dense[0, 0].cpu().numpy()

    def complete_with_spread(
        self, frame: int, coalition: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """The same of a network that tells its spread: sparse depth, completion and spread, float32 (H, W), m.

        Raises:
            UsageError: it tells none, or a constant answers in its place.
        """
        network = require_spread(self.network, self.empty_coalition, "--uncertainty")
        with torch.inference_mode():
            prepared, sparse = self._drawn(frame, coalition)
            features = self._encodings.features(frame, self.network, prepared)

            def ask() -> Tensor:
                return torch.cat(network.complete_with_spread(features, sparse), 1)

            both = self._answered(frame, coalition, ask)
        return sparse[0, 0].cpu().numpy(), both[0, 0].cpu().numpy(), both[0, 1].cpu().numpy()

    def line_pixels(self, frame: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """int64 (N,) each: the line of every point in the image of a frame, and its pixel, row * W + column."""
        prepared = self._prepared.get(frame)
        pixel = prepared.measured_pixel[prepared.place]
        return prepared.line.cpu().numpy(), pixel.cpu().numpy()

    def swept_pixels(self, frame: int) -> NDArray[np.int64]:
        """int64 (N,), row * W + column: where in a frame the lidar can tell the depth, by all its lines."""
        return swept_pixels(self._prepared.get(frame)).cpu().numpy()

    def _drawn(self, frame: int, coalition: NDArray[np.bool_]) -> tuple[PreparedFrame, Tensor]:
        """A frame, and the sparse depth of bool (n_lines,) lines on it, (1, 1, H, W)."""
        prepared = self._prepared.get(frame)
        return prepared, draw(prepared, measured(prepared, torch.from_numpy(coalition[None]).to(self.device)))

    def _answered(self, frame: int, coalition: NDArray[np.bool_], ask: Callable[[], Tensor]) -> Tensor:
        try:
            return ask()
        except NoDepthError as error:
            raise self._explained(error, frame, torch.from_numpy(coalition)) from error

    def sees_lidar(self, frame: int) -> bool:
        """Whether the network's depths of a frame change when every second line is left out.

        Errors would not tell with ground truth of the frame's own scan: there each set of lines is judged at other
        points, and its error changes even where the depths do not.
        """
        every = self.active(frame)
        second = np.zeros_like(every)
        second[np.flatnonzero(every)[::2]] = True
        if np.array_equal(every, second):
            return True  # too few lines to tell
        return not np.array_equal(self.complete(frame, every)[1], self.complete(frame, second)[1])

    def _explained(self, error: NoDepthError, frame: int, kept: Tensor) -> BadInputError:
        """What a network answered, with the lines and the frame it was asked for. kept: bool (n_lines,)."""
        count = int(kept.sum())
        remedy = (
            error.remedy
            if count or error.whatever_lines
            else f"--empty-coalition constant answers in its place without lines, or {error.remedy}"
        )
        where = f"with {count} of {self.n_lines} lines kept, on frame {self.frame_ids[frame]}, it"
        return BadInputError(error.path, f"{where} {error.problem}", remedy)

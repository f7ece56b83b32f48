"""A network asked about a prepared frame: what of the kept lines is drawn, what it made of the image, what it answers.

Players may be the lines or parts of the network itself. So what is kept of a frame is kept under a key of the game's:
of all that it depends on.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from lidarsel.choices import SPREAD_FIGURE, EmptyCoalition
from lidarsel.completion.base import CompletesAtPixels, CompletionNetwork, TellsMemory
from lidarsel.completion.errors_at import mean_of_rows
from lidarsel.completion.identity import with_rule
from lidarsel.completion.memory import free_bytes
from lidarsel.completion.spreading import TellsSpread, with_spread
from lidarsel.completion.swept import swept
from lidarsel.cropping import Crop, crop_name
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.byte_cache import ByteCache
from lidarsel.evaluation.empty_coalition import CONSTANT, by_constant, constant_of, rule_of
from lidarsel.evaluation.prepared import PreparedFrame
from lidarsel.evaluation.rounding import device_that_rounds, libraries_that_round
from lidarsel.metrics import MM_PER_M
from lidarsel.parts import TruthPart, figure_names

_KEPT_BYTES = 2 << 30
"""Of features, and again of plans, which hold their frame's features: some 90 and 60 of KITTI's frames with lidarsel's
network. A search turns from frame to frame, and to encode an image takes as long as some coalitions."""


class Encodings:
    """What networks made of the frames that they were asked about last: features, and plans of the pixels to answer at.

    Args:
        device: of the networks.
        most: of how many frames features are kept at most, and plans; None is as many as memory is meant for.
    """

    def __init__(self, device: torch.device, most: int | None = None) -> None:
        self._device = device
        self._features, self._plans = ByteCache(_KEPT_BYTES, most), ByteCache(_KEPT_BYTES, most)

    def forget(self) -> None:
        """Keep nothing: each frame is encoded anew when it is asked about."""
        self._features.forget()
        self._plans.forget()

    def features(self, key: Hashable, network: CompletionNetwork, prepared: PreparedFrame) -> Any:
        """What a network makes of a frame's image.

        Args:
            key: of all that features and plans depend on, frame and network.
            network: that is asked.
            prepared: the frame.

        Raises:
            BadInputError: the network would take more memory than is free.
        """
        if key not in self._features:
            self._require_memory(network, prepared)
            image = None if prepared.image is None else prepared.image.float() / 255
            self._features[key] = network.encode(image, prepared.intrinsics)
        return self._features[key]

    def predictor(
        self, key: Hashable, network: CompletionNetwork, prepared: PreparedFrame, empty_coalition: EmptyCoalition
    ) -> Callable[[Tensor], Tensor]:
        """What takes depths at the measured pixels, (B, M), and gives those at the pixels with ground truth, (B, P).

        They are the network's, or the constant where nothing was measured and ``empty_coalition`` says so; see
        ``features`` for the rest.
        """
        predict = self._asking(key, network, prepared)
        if empty_coalition != CONSTANT:
            return predict
        return by_constant(predict, constant_m(prepared), len(prepared.truth_pixel))

    def answers(
        self,
        key: Hashable,
        network: CompletionNetwork,
        prepared: PreparedFrame,
        empty_coalition: EmptyCoalition,
        spread: bool,
    ) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
        """What gives, beside ``predictor``'s depths, (B, P), the mean spread in mm where the lidar can tell depths.

        Args:
            key, network, prepared, empty_coalition: as of ``predictor``.
            spread: whether it is asked for: float64 (B, 1); else (B, 0).
        """
        if not spread:
            predict = self.predictor(key, network, prepared, empty_coalition)
            nothing = prepared.truth_m.new_empty(0, dtype=torch.float64)
            return lambda measured_m: (predict(measured_m), nothing.expand(len(measured_m), 0))
        spreading = require_spread(network, empty_coalition, "--metric spread")
        features = self.features(key, network, prepared)
        swept_pixel = swept_pixels(prepared)

        def both(measured_m: Tensor) -> tuple[Tensor, Tensor]:
            dense_m, spread_m = spreading.complete_with_spread(features, draw(prepared, measured_m))
            at_truth = dense_m.flatten(1).index_select(1, prepared.truth_pixel)
            mean_m = mean_of_rows(spread_m.flatten(1).index_select(1, swept_pixel))
            return at_truth, MM_PER_M * mean_m[:, None]

        return both

    def _asking(self, key: Hashable, network: CompletionNetwork, prepared: PreparedFrame) -> Callable[[Tensor], Tensor]:
        """A network that can answer at pixels alone does so, by a plan that is kept with those used last."""
        features = self.features(key, network, prepared)

        def by_canvas(measured_m: Tensor) -> Tensor:
            dense = network.complete(features, draw(prepared, measured_m))
            return dense.flatten(1).index_select(1, prepared.truth_pixel)

        if not isinstance(network, CompletesAtPixels):
            return by_canvas
        if key not in self._plans:
            self._plans[key] = network.plan(features, prepared.measured_pixel, prepared.truth_pixel)
        return partial(network.complete_at, self._plans[key])

    def _require_memory(self, network: CompletionNetwork, prepared: PreparedFrame) -> None:
        if not isinstance(network, TellsMemory):
            return
        height, width = prepared.size
        needed, free = network.bytes_for(prepared.size), free_bytes(self._device)
        if free is not None and needed > free:
            gib = 2**30
            problem = (
                f"of {height}x{width} pixels takes network {network.name} some {needed / gib:.1f} GiB on "
                f"{self._device.type}, where {free / gib:.1f} GiB are free"
            )
            raise BadInputError(prepared.name, problem, "end other programs, or give a smaller window with --crop HxW")


def evaluation_key(
    players: str,
    n_players: int,
    network: CompletionNetwork,
    crop: Crop,
    device: torch.device,
    empty_coalition: EmptyCoalition,
    parts: Sequence[TruthPart],
    spread: bool = False,
) -> EvaluationKey:
    """What errors of a network that is asked so are filed under.

    Args:
        players: as in the key.
        n_players: likewise.
        network: that is asked, whole.
        crop: what frames are cropped to.
        device: of the network.
        empty_coalition: who answers where nothing is measured.
        parts: of the pixels with ground truth, that errors are told for apart.
        spread: whether the network's own is told after them.
    """
    return EvaluationKey(
        players=players,
        n_players=n_players,
        figures=(*figure_names(parts), *([SPREAD_FIGURE] if spread else [])),
        network_sha256=with_rule(network.sha256, rule_of(empty_coalition)),
        crop=crop_name(crop),
        device=device_that_rounds(str(device)),
        libraries=libraries_that_round(network),
    )


def measured(prepared: PreparedFrame, kept: Tensor) -> Tensor:
    """Bool (B, n_lines) -> float32 (B, M): the nearest point of the kept lines at each measured pixel, else 0."""
    of_kept = kept.index_select(1, prepared.line)  # (B, N)
    depth = torch.where(of_kept, prepared.depth_m, torch.inf)
    nearest = depth.new_full((len(kept), len(prepared.measured_pixel)), torch.inf)
    nearest.scatter_reduce_(1, prepared.place.expand_as(depth), depth, "amin")
    return torch.where(nearest < torch.inf, nearest, 0.0)


def draw(prepared: PreparedFrame, measured_m: Tensor) -> Tensor:
    """Float32 (B, M), depths at the measured pixels -> (B, 1, H, W), 0 elsewhere."""
    height, width = prepared.size
    canvas = measured_m.new_zeros((len(measured_m), height * width))
    return canvas.index_copy_(1, prepared.measured_pixel, measured_m).view(-1, 1, height, width)


def require_spread(network: CompletionNetwork, empty_coalition: EmptyCoalition, option: str) -> TellsSpread:
    """The network, which says how far its depths may be off.

    Raises:
        UsageError: naming the option that asks for it: it does not, or a constant answers in its place.
    """
    spreading = with_spread(network)
    if spreading is None:
        remedy = "give --weights of lidarsel train --uncertainty nll, or a network of your own that returns spread_m"
        raise UsageError(f"{option}: {network.name} does not say how far its depths may be off; {remedy}")
    if empty_coalition == CONSTANT:
        raise UsageError(f"{option}: a constant has no spread; leave --empty-coalition constant out")
    return spreading


def swept_pixels(prepared: PreparedFrame) -> Tensor:
    """int64 (N,), N > 0: where in a frame the lidar can tell the depth, by all its lines. Raises BadInputError where no
    line measures anything there."""
    found = torch.nonzero(swept(draw(prepared, measured_by_all(prepared))).flatten())[:, 0]
    if not len(found):
        problem = "no line has a point in the image, where a spread could be told"
        raise BadInputError(prepared.name, problem, "see lidarsel inspect")
    return found


def measured_by_all(prepared: PreparedFrame) -> Tensor:
    """``measured`` with every line: (1, M) metres."""
    n_lines = len(prepared.facts.points_per_line)
    return measured(prepared, torch.ones((1, n_lines), dtype=torch.bool, device=prepared.line.device))


def constant_m(prepared: PreparedFrame) -> float:
    """What stands in for a network where nothing is measured. Raises BadInputError where no line measures anything."""
    return constant_of(measured_by_all(prepared)[0], prepared.name)

"""The channel game: the error of depth completion when only some channels of the network are there.

Players are units of a network that ``CutsChannels``: channels that go together, of one layer, of several or of all. A
frame is a data set's frame with a set of lines drawn once (``drawn_lines``), so that the network is judged on what it
will be used on; v(S) is minus the mean error over them, as in the line game. For each coalition the network is really
cut: what is judged is what would be used, and it is faster than a masked one.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lidarsel.choices import EmptyCoalition, NormGroups
from lidarsel.completion.base import CompletionNetwork, CutsChannels, NoDepthError, TellsEncoder
from lidarsel.completion.errors_at import depth_errors
from lidarsel.completion.units import Unit, kept_of, units_of
from lidarsel.cropping import Crop
from lidarsel.datasets.base import Dataset
from lidarsel.errors import BadInputError, LidarselError, UsageError
from lidarsel.evaluation.asking import Encodings, evaluation_key, measured
from lidarsel.evaluation.base import EvaluationKey, PlayerSet
from lidarsel.evaluation.drawn_lines import LineBudget, budget_of, draw_lines
from lidarsel.evaluation.own_scan import judging
from lidarsel.evaluation.prepared import PreparedFrame, PreparedFrames
from lidarsel.frame import Frame
from lidarsel.parts import TruthPart

_FEATURES_KEPT = 2
"""Coalitions come sorted, so those that share an encoder follow each other; others share nothing."""


@dataclass(frozen=True)
class ChannelChoice:
    """Which channels play, and with which lines they are judged.

    Args:
        layers: their names; None is all.
        norm_groups: whether channels that are normalised together are one player.
        budgets: how many lines frames have, each number on as many frames but for chance.
        sets_per_frame: how many sets of lines a data set's frame is given; the game has as many frames of it. They are
            not independent: standard errors over frames take them for more than they are.
        seed: of the lines.

    Raises:
        UsageError: no budget or no set.
    """

    layers: tuple[str, ...] | None = None
    norm_groups: NormGroups = "whole"
    budgets: tuple[LineBudget, ...] = ("all",)
    sets_per_frame: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.sets_per_frame < 1:
            raise UsageError(f"{self.sets_per_frame} sets of lines a frame judge nothing; give at least 1")
        if not self.budgets:
            raise UsageError("no --budgets given that the network is judged at; give numbers of lines, or all")


def channel_units(network: CompletionNetwork, choice: ChannelChoice) -> tuple[Unit, ...]:
    """The players. Raises UsageError where the network cannot be cut, or has no such layer."""
    if not isinstance(network, CutsChannels):
        raise UsageError(f"network {network.name} has no channels that lidarsel can cut; give --network lidarsel")
    there = [coupling.name for coupling in network.couplings]
    for layer in choice.layers or ():
        if layer not in there:
            known = ", ".join(there) or "none"
            raise UsageError(f"network {network.name} has no layer {layer!r} that can be cut; there are {known}")
    units = units_of(network.couplings, choice.norm_groups, choice.layers)
    if not units:
        raise UsageError(f"network {network.name}: no layer to cut is given, or it has none")
    return units


class ChannelGame:
    """Errors of a network cut to coalitions of its channels: a ``Game`` (``lidarsel.evaluation.base``).

    Args:
        dataset: the data set.
        frames: indices into it; the game's frames are their sets of lines, frame by frame.
        network: what completes, whole.
        choice: which of its channels play, and the lines.
        crop: what frames are cropped to.
        device: a torch device by name.
        empty_coalition: who answers where a frame has no line, as in ``LineGame``.
        parts: of the pixels with ground truth, likewise.

    Raises:
        UsageError: the network cannot be cut, has no such layer, or the data have fewer lines.
        BadInputError: by whatever looks at a frame, as in ``LineGame``; where a cut network gives no depth; where
            no line is left to judge a frame by.
    """

    def __init__(
        self,
        dataset: Dataset,
        frames: Sequence[int],
        network: CompletionNetwork,
        choice: ChannelChoice,
        crop: Crop,
        device: str,
        empty_coalition: EmptyCoalition = "network",
        parts: Sequence[TruthPart] = (),
    ) -> None:
        self.units = channel_units(network, choice)
        _require_budgets(choice.budgets, dataset)
        assert isinstance(network, CutsChannels)
        self.dataset = dataset
        self.frames = list(frames)
        self.network = network
        self.choice = choice
        self.crop = crop
        self.device = torch.device(device)
        self.empty_coalition = empty_coalition
        self.parts = tuple(parts)
        self.players = PlayerSet("channel", tuple(unit.name for unit in self.units), ordered=False)
        self._couplings = network.couplings
        self._cut = network.cut
        self._sets = [(index, number) for index in self.frames for number in range(choice.sets_per_frame)]
        self._budgets = [
            budget_of(dataset.frame_ids[index], number, choice.budgets, choice.seed) for index, number in self._sets
        ]
        self.frame_ids = [
            f"{dataset.frame_ids[index]} with {_lines(budget)} #{number}"
            for (index, number), budget in zip(self._sets, self._budgets, strict=True)
        ]
        self._prepared = PreparedFrames(dataset, self.frames, network, crop, self.device, self.parts)
        encoder = network.encoder_layers if isinstance(network, TellsEncoder) else self._layers()
        self._encoder = [layer for layer in self._layers() if layer in encoder]
        self._encodings = Encodings(self.device, _FEATURES_KEPT if self._encoder else None)

    def __len__(self) -> int:
        return len(self._sets)

    @property
    def key(self) -> EvaluationKey:
        """What evaluations of this game are filed under: the whole network's, and which of its channels play."""
        layers = self._layers()
        of = "all layers" if len(layers) == len(self._couplings) else ", ".join(layers)
        players = f"{self.players.kind} of {of}, {self.choice.norm_groups} groups"
        rule = self.empty_coalition
        return evaluation_key(players, self.players.n, self.network, self.crop, self.device, rule, self.parts)

    def of_layers(self, layers: Collection[str]) -> "ChannelGame":
        """The game of some of its layers alone, on the same frames, which are read once for both.

        Raises:
            UsageError: the network has no such layer.
        """
        choice = replace(self.choice, layers=tuple(layers))
        rule = self.empty_coalition
        of_source = self.dataset, self.frames, self.network
        some = ChannelGame(*of_source, choice, self.crop, str(self.device), rule, self.parts)
        some._prepared = self._prepared
        return some

    def active(self, frame: int) -> NDArray[np.bool_]:
        """Bool (n_players,): every channel may matter on every frame."""
        return np.ones(self.players.n, np.bool_)

    def frame(self, frame: int) -> Frame:
        """The data set's frame, as read and cropped, with all its lines."""
        return self._prepared.read(self._place(frame))

    def lines(self, frame: int) -> NDArray[np.bool_]:
        """Bool (n_lines,): the lines that a frame has.

        Raises:
            BadInputError: its ground truth is its own scan, and none of it is of other lines.
        """
        (index, number), facts = self._sets[frame], self._prepared.facts(self._place(frame))
        name = self.dataset.frame_ids[index]
        kept = draw_lines(name, number, self._budgets[frame], facts.points_per_line > 0, self.choice.seed)
        if facts.truth_lines is not None and kept[facts.truth_lines].all():
            problem = f"with {_lines(self._budgets[frame])} no other line of its own scan is left to judge it by"
            where = f"{self.dataset.root} frame {name}"
            raise BadInputError(where, problem, "give smaller --budgets, or data with ground truth")
        return kept

    def digest(self, frame: int) -> str:
        """Of the frame's content as it was read, and of the lines that it has."""
        content = self._prepared.facts(self._place(frame)).digest
        return hashlib.sha256(f"{content} {np.flatnonzero(self.lines(frame)).tolist()}".encode()).hexdigest()[:32]

    def read_ahead(self, frame: int, players_only: bool = False) -> None:
        """Have a frame read that will be asked for soon, unless only what is known of it will be asked."""
        self._prepared.read_ahead(self._place(frame), facts_only=players_only)

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_players), the channels that are there -> float64 (M, F) by the figures of ``key``.

        Each coalition is completed by itself: its network is its own.
        """
        prepared = self._prepared.get(self._place(frame))
        lines = torch.from_numpy(self.lines(frame)[None]).to(self.device)
        judged = judging(lines, prepared.truth_line)
        measured_m = measured(prepared, lines)
        rows = [np.empty((0, len(self.key.figures)))]
        for coalition in coalitions:
            try:
                predicted_m = self._predict(frame, prepared, coalition, measured_m)
                rows.append(depth_errors(predicted_m, prepared.truth_m, judged, prepared.truth_cells).cpu().numpy())
            except NoDepthError as error:
                problem = f"{self._cut_told(frame, coalition)} {error.problem}"
                raise BadInputError(error.path, problem, error.remedy) from error
            except BadInputError:  # of the frame, whatever the channels
                raise
            except LidarselError as error:
                problem = f"{self._cut_told(frame, coalition)} fails: {error}"
                remedy = "leave the layer out that it cannot do without"
                raise BadInputError(self.network.name, problem, remedy) from error
        return np.concatenate(rows)

    @torch.inference_mode()
    def _predict(self, frame: int, prepared: PreparedFrame, coalition: NDArray[np.bool_], measured_m: Tensor) -> Tensor:
        """Bool (n_players,) and float32 (1, M) -> (1, P), at the pixels with ground truth."""
        kept = kept_of(self._couplings, self.units, coalition)
        key = self._place(frame), *(kept[layer].tobytes() for layer in self._encoder)
        predict = self._encodings.predictor(key, self._cut(kept), prepared, self.empty_coalition)
        return predict(measured_m)

    def _place(self, frame: int) -> int:
        """Which of the data set's frames it is."""
        return frame // self.choice.sets_per_frame

    def _layers(self) -> list[str]:
        """Of the players, in the order of the couplings."""
        return list(dict.fromkeys(unit.layer for unit in self.units))

    def _cut_told(self, frame: int, coalition: NDArray[np.bool_]) -> str:
        """What was asked, as the subject of what came of it. coalition: bool (n_players,)."""
        left = sum(len(unit.channels) for unit, stays in zip(self.units, coalition, strict=True) if stays)
        every = sum(len(unit.channels) for unit in self.units)
        return f"cut to {left} of {every} channels, on frame {self.frame_ids[frame]}, it"


def _require_budgets(budgets: tuple[LineBudget, ...], dataset: Dataset) -> None:
    for budget in budgets:
        if budget != "all" and not 0 <= budget <= dataset.n_lines:
            there = f"{dataset.root} has {dataset.n_lines} lines, so give 0..{dataset.n_lines} or all"
            raise UsageError(f"--budgets {budget}: {there}")


def _lines(budget: LineBudget) -> str:
    return f"{budget} line" if budget == 1 else f"{budget} lines"

"""What ``lidarsel shrink`` writes beside the smaller network: what was cut, what it costs, what channels are worth."""

from pathlib import Path
from typing import Literal

import msgspec

from lidarsel.cautions import Caution
from lidarsel.checks import require, require_finite
from lidarsel.choices import NormGroups, RankingName
from lidarsel.confidence import Grouping
from lidarsel.contracts import Provenance
from lidarsel.writing import write_bytes

StepName = Literal["whole", "cut", "retrained"]


class InParts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a network's two parts: the encoder, once a frame, and what runs for every set of lines."""

    encoder: float
    coalition: float

    def __post_init__(self) -> None:
        require_finite("encoder, coalition", [self.encoder, self.coalition])
        require(min(self.encoder, self.coalition) >= 0, "encoder and coalition must not be negative")


class ErrorAtLines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """RMSE with so many lines in equal steps of those in the image, mean over frames, with its 95 % interval (null with
    one frame). lines: null is all."""

    lines: int | None
    rmse_mm: float
    low_mm: float | None
    high_mm: float | None

    def __post_init__(self) -> None:
        require_finite("rmse_mm", [self.rmse_mm])
        require(self.rmse_mm >= 0, "rmse_mm must not be negative")


class NetworkStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network on the way: whole, cut, retrained.

    macs, parameters, ms (median of turns with the others, on this machine): of a frame and one set of lines.
    n_bytes: of its weights in float32.
    """

    name: StepName
    network_sha256: str
    macs: InParts
    parameters: InParts
    ms: InParts
    n_bytes: int
    errors: list[ErrorAtLines]


class LayerWidth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Channels of a layer before and after."""

    name: str
    before: int
    after: int


class LineAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the smaller network has the same lines chosen by ``interval``.

    jaccard: lines in both over lines in either. regret_mm: RMSE of the smaller network on the judged frames with the
    lines of the whole one, less that with its own; with its 95 % interval (null with one frame).
    """

    budget: int
    lines_of_whole: list[int]
    lines_of_small: list[int]
    jaccard: float
    regret_mm: float
    low_mm: float | None
    high_mm: float | None


class ShrinkFile(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``report.json`` of a shrunk network. The file's own network is the whole one.

    weights: the file of the smaller one. by, norm_groups, step_channels, sets_per_image, target: as asked.
    frames: judged on. ranked_on_frames: channels were ranked on these. intervals_between: as in a run's report.
    retrained_on: what data; null without retraining. notes, cautions: how the data were read, and what weakens
    the report.
    """

    weights: str
    by: RankingName
    norm_groups: NormGroups
    step_channels: int
    sets_per_image: int
    target: str
    layers: list[LayerWidth]
    steps: list[NetworkStep]
    lines: LineAgreement
    frames: list[str]
    ranked_on_frames: list[str]
    intervals_between: Grouping
    retrain_steps: int
    retrained_on: str | None
    distilled: bool
    notes: list[str]
    cautions: list[Caution]

    def __post_init__(self) -> None:
        require(len(self.steps) >= 2, "steps must hold the whole and the cut network")


class UnitImportance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of the channels of a layer that stay or go together, by number. standard_error: of the score; null has none."""

    layer: str
    channels: list[int]
    score: float
    standard_error: float | None
    kept: bool


class ImportanceFile(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``importance.json``: the score of every unit, more being more important.

    unit: of the scores: mm of RMSE by Shapley values, else what the ranking says. degrees_of_freedom: of the standard
    errors, as in values.json; null has none.
    """

    by: RankingName
    unit: str
    norm_groups: NormGroups
    degrees_of_freedom: float | None
    n_evaluations: int
    units: list[UnitImportance]


def write_json(path: Path, content: ShrinkFile | ImportanceFile) -> None:
    """Write, whole or not at all. Raises OutputError."""
    write_bytes(path, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")

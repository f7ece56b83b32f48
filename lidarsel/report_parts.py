"""What a report holds beside its rows of methods: lines chosen anew for every frame."""

from typing import Literal

import msgspec

from lidarsel.checks import require, require_finite, require_ordered

ChosenOn = Literal["same frame", "previous frame"]


class PerFrameRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fixed set of lines beside sets of as many lines, one chosen for each frame; judged on the same frames.

    chosen_on: what a frame's set was chosen on: the frame itself, which bounds the gain, or the one before it.
    error: mean over frames of the report's metric, in its unit, with the frames' own sets. fixed_error: with the fixed
    one. gain: fixed_error - error. gain_low, gain_high: its 95 % interval, as of a ReportRow.
    """

    method: str
    budget: int
    chosen_on: ChosenOn
    n_frames: int
    error: float
    fixed_error: float
    gain: float
    gain_low: float | None
    gain_high: float | None
    degrees_of_freedom: float | None = None

    def __post_init__(self) -> None:
        figures = [self.error, self.fixed_error, self.gain, self.gain_low, self.gain_high]
        name = f"per_frame {self.method} {self.budget}"
        require_finite(name, [each for each in figures if each is not None])
        require(min(self.error, self.fixed_error) >= 0, f"{name}: no error may be negative")
        require_ordered(f"{name}: gain_low, gain_high", self.gain_low, self.gain_high)
        require(self.n_frames >= 1, f"{name}: n_frames must be at least 1")

"""What a report holds of how sure its choice is."""

import msgspec

from lidarsel.checks import require, require_finite


class LineBand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How densely sets of lines fill a band of elevations: lines a degree, least, mean and most of the sets."""

    upper_deg: float
    lower_deg: float
    least: float
    mean: float
    most: float

    def __post_init__(self) -> None:
        require_finite("bands", [self.upper_deg, self.lower_deg, self.least, self.mean, self.most])
        require(self.lower_deg < self.upper_deg, "bands: upper_deg must be above lower_deg")
        require(0 <= self.least <= self.most, "bands: least must be within 0..most")


class ChoiceStability(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sure the chosen lines of a budget are, told from what was evaluated on the frames chosen on.

    inclusion: the share of n_resamples draws of these frames on which each line is chosen again; empty where the choice
    cannot be made again.
    n_sets: sets of as many lines that were evaluated on every frame chosen on. as_good: those that are not told from
    the best of them (95 % interval of the paired difference, each for itself), least error first, without lines that
    never reach the image. chosen_as_good: whether the chosen one is among them; null where it was not evaluated there.
    bands: lines a degree that the sets of as_good have, topmost band first.
    losses: by drive chosen on, what the set of least error on all other drives has more than the drive's own best, as a
    share of that; empty with one drive.
    """

    method: str
    budget: int
    n_resamples: int
    inclusion: list[float]
    n_sets: int
    as_good: list[list[int]]
    chosen_as_good: bool | None
    bands: list[LineBand]
    losses: dict[str, float]

    def __post_init__(self) -> None:
        name = f"stability {self.method} {self.budget}"
        require_finite(f"{name}: inclusion, losses", [*self.inclusion, *self.losses.values()])
        require(all(0 <= share <= 1 for share in self.inclusion), f"{name}: inclusion must be within 0..1")
        require(min(self.losses.values(), default=0) >= 0, f"{name}: no loss may be negative")
        require(len(self.as_good) <= self.n_sets, f"{name}: as_good has more than n_sets sets")

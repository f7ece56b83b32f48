"""The settings of a sweep: those of a run, and what it goes through in turn."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec

from lidarsel.choices import DEFAULT_METHOD
from lidarsel.criterion import EXAMPLES, parse_criteria
from lidarsel.error_settings import spelled
from lidarsel.options import COMPARISON, ERROR, LINES, Option, parse_budgets, parse_numbers, parse_words
from lidarsel.settings import RunSettings


class SweepSettings(RunSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a sweep: a run for each metric and seed, on the same frames. ``metric`` and ``seed`` are the first of them."""

    BUDGET_DIVISORS: ClassVar[tuple[int, ...]] = (2, 4, 8, 16)

    budgets: Annotated[
        tuple[int, ...],
        Option(
            "Numbers of lines.",
            *(LINES, ("--budgets", "-k"), parse_budgets),
            default="1/2, 1/4, 1/8 and 1/16 of the sensor's lines",
        ),
    ] = ()
    metrics: Annotated[
        tuple[str, ...],
        Option(
            f"Errors that decide, in turn, as rmse,balanced: {EXAMPLES}; several by weights are parted by semicolons.",
            ERROR,
            parse=parse_criteria,
            default="rmse",
            replaces="metric",
            offers="lidarsel.criterion:OFFERED",
        ),
    ] = ()
    seeds: Annotated[
        tuple[int, ...],
        Option("Seeds, in turn, as 0,1,2 or 0-2.", ERROR, parse=parse_numbers, default="0", replaces="seed"),
    ] = ()

    patterns: Annotated[
        tuple[str, ...],
        Option(
            "Files of lines of one's own to judge beside the selectors' (lines: [0, 4, 8]), as a.yaml,b.yaml.",
            COMPARISON,
            parse=parse_words,
        ),
    ] = ()

    def __post_init__(self) -> None:
        metrics = dict.fromkeys(spelled("metric", metric) for metric in self.metrics or (self.metric,))
        seeds = dict.fromkeys(self.seeds or (self.seed,))
        for one, several, found in (("metric", "metrics", tuple(metrics)), ("seed", "seeds", tuple(seeds))):
            msgspec.structs.force_setattr(self, several, found)
            msgspec.structs.force_setattr(self, one, found[0])
        if min(self.seeds) < 0:
            raise ValueError("seed must not be negative")
        super().__post_init__()

    @classmethod
    def _completed(cls, given: Mapping[str, object]) -> dict[str, object]:
        """Where methods are named without the default one, the first of them is the one whose lines are written."""
        methods = given.get("methods")
        if isinstance(methods, tuple) and "choose" not in given and DEFAULT_METHOD not in methods:
            given = {**given, "choose": methods[0]}
        return super()._completed(given)

    def criteria(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.metrics, *super().criteria()]))

    def runs(self) -> list[RunSettings]:
        """The settings of each run, first metric and seed first; only that one chooses for every frame, if any does."""
        shared = {key: getattr(self, key) for key in RunSettings.__struct_fields__}
        pairs = [(metric, seed) for metric in self.metrics for seed in self.seeds]
        return [
            RunSettings(**{**shared, "metric": metric, "seed": seed, "per_frame": self.per_frame and not number})
            for number, (metric, seed) in enumerate(pairs)
        ]

"""What a tracker of experiments is told, whichever it is: figures by name at a step of a run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

Track = Callable[[Mapping[str, float], int], None]
"""``track(figures, step)``: figures by name, as ``rmse_mm/interval``; step: of a training, or the number of lines."""


class Ending(Enum):
    """How a tracked run ended."""

    WELL = "FINISHED"
    FAILED = "FAILED"
    STOPPED = "KILLED"


@dataclass(frozen=True)
class TrackedRun:
    """What a run is called, where its event files go, and the settings that decide its figures, as text."""

    title: str
    folder: Path
    settings: Mapping[str, str]


class Tracker(Protocol):
    """Made when a run begins."""

    def track(self, figures: Mapping[str, float], step: int) -> None:
        """Figures by name, at a step. Raises OSError where they cannot be kept."""

    def end(self, how: Ending) -> None:
        """Nothing more will be told. Raises OSError."""


def untracked(_figures: Mapping[str, float], _step: int) -> None:
    """Where no tracker was asked for."""

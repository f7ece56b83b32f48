"""A ladder of networks once it is trained and judged: what ``lidarsel scale`` answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lidarsel.cautions import Caution
from lidarsel.planning.law_file import LadderRun
from lidarsel.planning.law_plan import LawPlan


@dataclass(frozen=True)
class LadderNetwork:
    """A network of the ladder. width: its channels as a multiple of lidarsel's own. ms: of an image with one set of
    lines on this machine, the median of turns with the other sizes."""

    width: float
    ms: float
    run: LadderRun


@dataclass(frozen=True)
class ScaledLadder:
    """The answer.

    Attributes:
        law: the file. folder: of the networks.
        n_trained: how many of them this command trained; the others were there.
        networks: by width, then by experts, then by training frames.
        plan: what the law says of them.
        notes: how the data were read. cautions: what weakens the law.
    """

    law: Path
    folder: Path
    n_trained: int
    n_held_out: int
    networks: Sequence[LadderNetwork]
    plan: LawPlan
    notes: Sequence[str]
    cautions: Sequence[Caution]

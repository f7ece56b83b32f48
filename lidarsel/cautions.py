"""What weakens an answer, apart from how it was made: its kinds, the most serious first.

A caution is found where the fact is known (a reader, a crop, a judgement) and told in one order everywhere: terminal,
Markdown, page. What leaves no answer to rely on at all is a doubt (``workflow.sanity``), said before the answer.
"""

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

CautionKind = Literal[
    "simulated",
    "same-frames",
    "bound",
    "one-drive",
    "few-frames",
    "unjudged",
    "ground-truth",
    "out-of-view",
    "lines",
    "model",
    "network",
    "precision",
    "products",
]
"""simulated: frames that nobody recorded. same-frames: judged on frames that lines were chosen on. bound: one that was
asked for and does not hold. one-drive, few-frames: how far the judged ones speak for others. unjudged: frames at which
nothing was left to judge. ground-truth: not independent of the lidar. out-of-view: lines that the frames do not show.
lines: numbers or elevations that may be off. model: what lines were chosen by hardly fits. network: not known to suit
what it is asked. precision: less than was asked for. products: what an imitation leaves out."""

CAUTION_KINDS: tuple[CautionKind, ...] = get_args(CautionKind)


class Caution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """kind: what weakens; it says how serious that is. text: a sentence or two for a reader."""

    kind: CautionKind
    text: str

    @property
    def title(self) -> str:
        """Its kind in a few words."""
        return _TITLES[self.kind]


_TITLES: dict[CautionKind, str] = {
    "simulated": "Simulated data",
    "same-frames": "Judged on frames chosen on",
    "bound": "A bound does not hold",
    "one-drive": "One drive",
    "few-frames": "Few frames",
    "unjudged": "Frames without a judge",
    "ground-truth": "Ground truth of the lidar's own",
    "out-of-view": "Lines out of view",
    "lines": "Lines uncertain",
    "model": "Model a poor guide",
    "network": "Network not trained for this",
    "precision": "Less precise than asked",
    "products": "Imitated products",
}


def by_severity(found: Iterable[Caution]) -> list[Caution]:
    """The most serious first, none twice; those of a kind in the order in which they were found."""
    return sorted(dict.fromkeys(found), key=lambda caution: CAUTION_KINDS.index(caution.kind))

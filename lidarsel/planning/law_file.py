"""``law.json``: the runs of a ladder of networks, and the laws that were fitted to them.

A run is a trained network with its sizes and the errors it was judged by, on one or more splits of frames that training
has not seen. A file may hold runs alone (no fits): its laws are fitted when they are asked for.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from lidarsel.cautions import Caution
from lidarsel.checks import MOST, require, require_finite
from lidarsel.contracts import Provenance, read_versioned
from lidarsel.errors import BadInputError
from lidarsel.planning.laws.choosing import Trial
from lidarsel.planning.laws.completion import Variable
from lidarsel.planning.laws.extrapolation import Extrapolation
from lidarsel.reading import read_json
from lidarsel.texts import json_text
from lidarsel.writing import write_bytes


class JudgedError(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """RMSE in mm of a network with so many lines, mean over the frames of a split. lines: 0 is the image alone, which
    no law of lines holds for."""

    split: str
    lines: int
    rmse_mm: float

    def __post_init__(self) -> None:
        require(0 <= self.lines <= MOST, f"lines must be 0 to {MOST:g}")
        require(0 < self.rmse_mm <= MOST, f"rmse_mm must be above 0 and at most {MOST:g}")


class LadderRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network of the ladder. name: of this run, no other's.

    macs: of an image and one set of lines, those of the active experts only. parameters: all that are held. experts: of
    the mixture, 1 is dense. frames: how many it was trained on.
    """

    name: str
    network_sha256: str
    macs: float
    parameters: int
    experts: int
    frames: int
    errors: list[JudgedError]

    def __post_init__(self) -> None:
        sizes = (self.macs, self.parameters, self.experts, self.frames)
        within = all(0 < size <= MOST for size in sizes)
        require(within, f"macs, parameters, experts and frames must be above 0 and at most {MOST:g}")
        told = [(error.split, error.lines) for error in self.errors]
        require(len(set(told)) == len(told), f"errors of {self.name!r} must have one entry a split and number of lines")


class LawSplit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frames that networks were judged on. data_fingerprint: of their content, as they were read."""

    name: str
    data: str
    data_fingerprint: str
    n_frames: int


class LawTerm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """mm at the middles of its variables, which it falls from as variable^-exponent. Without variables: the floor."""

    variables: list[Variable]
    mm: float
    exponents: list[float]

    def __post_init__(self) -> None:
        require(0 < self.mm <= MOST, f"mm must be above 0 and at most {MOST:g}")
        require(len(self.exponents) == len(self.variables), "exponents must have one entry a variable")
        require_finite("exponents", self.exponents)


class LawFit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The law of a split.

    runs_sha256: of the runs it was fitted to. middles: geometric mean of each of its variables over the runs.
    draws: what the terms could have been, of each draw for each term in turn the log of its mm, then its exponents.
    off: root mean square of the log error measured less the law's. off_at_lines: its mean at each number of lines.
    trials: each term that was put to the test. untried: how many sizes were run of those that are too few.
    extrapolations: the law on the largest runs, fitted without them.
    """

    split: str
    runs_sha256: str
    middles: dict[Variable, float]
    terms: list[LawTerm]
    draws: list[list[float]]
    off: float
    off_at_lines: list[tuple[int, float]]
    trials: list[Trial]
    untried: dict[Variable, int]
    extrapolations: list[Extrapolation]

    def __post_init__(self) -> None:
        shape = [tuple(term.variables) for term in self.terms[:2]]
        require(
            len(shape) == 2 and not shape[0] and shape[1][:1] == ("lines",), "terms must begin with floor and lines"
        )
        used = {name for term in self.terms for name in term.variables}
        require(set(self.middles) == used, "middles must have an entry for every variable of terms")
        within = all(0 < middle <= MOST for middle in self.middles.values())
        require(within, f"middles must be above 0 and at most {MOST:g}")
        n_values = sum(1 + len(term.variables) for term in self.terms)
        require(bool(self.draws), "draws must not be empty")
        require(all(len(draw) == n_values for draw in self.draws), f"draws must have {n_values} entries each")
        for draw in self.draws:
            require_finite("draws", draw)


class LawFile(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``law.json``. network, network_sha256: of all runs together. method: how lines of a number were chosen. image:
    (H, W) in pixels of the images that the runs' MACs are of. cautions: what weakens all of it."""

    method: str
    image: tuple[int, int] | None = None
    cautions: tuple[Caution, ...] = ()
    splits: list[LawSplit]
    runs: list[LadderRun]
    fits: list[LawFit]

    def __post_init__(self) -> None:
        names = [run.name for run in self.runs]
        require(len(set(names)) == len(names), "runs must have a name each, no two the same")
        within = self.image is None or 0 < min(self.image) <= max(self.image) <= MOST
        require(within, f"image must be above 0 and at most {MOST:g}")
        splits = {split.name for split in self.splits}
        require(0 < len(splits) == len(self.splits), "splits must have a name each, no two the same")
        judged = {error.split for run in self.runs for error in run.errors}
        require(judged <= splits, f"splits must have those that errors name; {sorted(judged - splits)} are not there")

    @property
    def runs_sha256(self) -> str:
        """Of the runs' content."""
        return sha256(msgspec.json.encode(self.runs)).hexdigest()

    def fit_of(self, split: str) -> LawFit | None:
        """The law that the file has of a split."""
        return next((fit for fit in self.fits if fit.split == split), None)


SHIPPED_LAW = Path(__file__).with_name("shipped_law.json")
"""Of a ladder trained on simulated streets by ``scripts/make_law.sh``."""
_REMEDY = "it must be a law file, as docs/scaling.md describes it"


def read_law(path: Path) -> LawFile:
    """Read and check. Raises BadInputError, also where runs were changed after a law was fitted to them."""
    content = read_versioned(path, LawFile, _REMEDY)
    if any(fit.runs_sha256 != content.runs_sha256 for fit in content.fits):
        raise BadInputError(path, "its laws were fitted to other runs than it holds", "take fits out of it")
    return content


def is_law(path: Path) -> bool:
    """Whether a file holds runs of a ladder, by its keys. Raises BadInputError for one that cannot be read."""
    if path.suffix in (".yaml", ".yml"):
        return False
    content = read_json(path, Any, "give report.json of lidarsel run, or a law.json")
    return isinstance(content, dict) and "runs" in content


def write_law(path: Path, content: LawFile) -> None:
    """Write, whole or not at all. Raises OutputError."""
    write_bytes(path, json_text(content).encode())

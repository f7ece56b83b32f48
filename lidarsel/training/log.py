"""The log of a run: a JSON object a line, of the mean loss of some steps, or of a validation."""

import os
from pathlib import Path
from typing import Annotated

import msgspec

from lidarsel.errors import BadInputError, OutputError
from lidarsel.evaluation.line_numbers import mean_mm
from lidarsel.reading import read_whole
from lidarsel.tracking.base import Track, untracked
from lidarsel.writing import write_bytes

_REMEDY = "move it away with its .resume to begin anew"
_StepNumber = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
_Figure = Annotated[float, msgspec.Meta(ge=0, le=1e15)]


class LossLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """loss: mean of the steps since the line before. learning_rate: of the next step."""

    step: _StepNumber
    loss: _Figure
    learning_rate: _Figure

    def figures(self) -> dict[str, float]:
        return {"loss": self.loss, "learning_rate": self.learning_rate}


class ValidationLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """rmse_mm: by budget. mean_mm: their geometric mean."""

    step: _StepNumber
    rmse_mm: dict[str, _Figure]
    mean_mm: _Figure

    def figures(self) -> dict[str, float]:
        by_lines = {f"validation/rmse_mm/{number}": figure for number, figure in self.rmse_mm.items()}
        return {**by_lines, "validation/mean_mm": self.mean_mm}


class TrainingLog:
    """Raises BadInputError where the file is no such log, OutputError where it cannot be written.

    Args:
        path: of the file.
        track: told what the file says, also what it says already when it is cut.
    """

    def __init__(self, path: Path, track: Track = untracked) -> None:
        self.path, self._track = path, track

    def cut(self, step: int) -> None:
        """Leave only what a resumed run will not write again: the lines up to its checkpoint."""
        lines = [line for line in self.read() if line.step <= step] if step and self.path.is_file() else []
        write_bytes(self.path, b"".join(map(_encoded, lines)))  # a kill in the midst of it loses nothing
        for line in lines:
            self._track(line.figures(), line.step)

    def read(self) -> list[LossLine | ValidationLine]:
        """Every whole line: a kill may have left the last one unfinished."""
        *whole, _unfinished = read_whole(self.path, _REMEDY).split(b"\n")
        try:
            return [_decoded(line) for line in whole]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadInputError(self.path, f"is no log of a training ({error})", _REMEDY) from None

    def loss(self, step: int, losses: list[float], learning_rate: float) -> None:
        self._add(LossLine(step, sum(losses) / len(losses), learning_rate))

    def validation(self, step: int, rmse_mm: dict[str, float]) -> None:
        self._add(ValidationLine(step, rmse_mm, mean_mm(rmse_mm.values())))

    def _add(self, line: LossLine | ValidationLine) -> None:
        try:
            with self.path.open("ab") as file:
                file.write(_encoded(line))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:  # of writing, which does not name the file
            remedy = "make room there, and give the same command again"
            raise OutputError(self.path, f"cannot be written ({error.strerror or error})", remedy) from None
        self._track(line.figures(), line.step)


def _decoded(line: bytes) -> LossLine | ValidationLine:
    if b'"rmse_mm"' in line:
        return msgspec.json.decode(line, type=ValidationLine)
    return msgspec.json.decode(line, type=LossLine)


def _encoded(line: LossLine | ValidationLine) -> bytes:
    return msgspec.json.encode(line) + b"\n"

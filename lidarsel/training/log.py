"""The log of a run: a JSON object a line, of the mean loss of some steps, or of a validation."""

import json
from pathlib import Path

from lidarsel.training.validation import mean_mm
from lidarsel.writing import write_bytes


class Log:
    """Losses: ``step``, ``loss`` (mean of the steps since the line before), ``learning_rate`` (of the next step).

    Validations: ``step``, ``rmse_mm`` by budget, ``mean_mm``, their geometric mean.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def cut(self, step: int) -> None:
        """Leave only what a resumed run will not write again: the lines up to its checkpoint. Raises OutputError."""
        lines = self.path.read_text().splitlines(keepends=True) if step and self.path.is_file() else []
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
        write_bytes(self.path, "".join(kept).encode())  # a kill in the midst of it loses nothing

    def loss(self, step: int, losses: list[float], learning_rate: float) -> None:
        self._add({"step": step, "loss": sum(losses) / len(losses), "learning_rate": learning_rate})

    def validation(self, step: int, rmse_mm: dict[str, float]) -> None:
        self._add({"step": step, "rmse_mm": rmse_mm, "mean_mm": mean_mm(rmse_mm)})

    def _add(self, line: dict[str, object]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")

"""Stage 1: the Shapley value of every line."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from lidarsel.contracts import UNIT, PerFrameValues, ValuesFile, write_contract, write_per_frame
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.shapley.registry import estimator
from lidarsel.workflow.inputs import Inputs

_PROGRESS_EVERY = 256


@dataclass(frozen=True)
class Values:
    """The values of lines as written to values.json and the .npz beside it."""

    file: ValuesFile
    per_frame: PerFrameValues

    def write(self, path: Path) -> ValuesFile:
        """Write ``path`` and the .npz beside it, and give what was written. Raises OutputError."""
        npz = path.with_suffix(".npz")
        file = msgspec.structs.replace(self.file, per_frame=npz.name)
        write_per_frame(npz, self.per_frame)
        write_contract(path, file)
        return file


def value_lines(inputs: Inputs, game: StoredGame[LineGame]) -> Values:
    """Estimate the Shapley value of every line on the game's frames."""
    with step("reading frames") as advance:
        for frame in range(game.n_frames):
            game.game.active(frame)
            advance(frame + 1, game.n_frames)
    points = game.game.points_per_line()
    with step("valuing lines") as advance:
        result = estimator(inputs.settings.estimator)(
            game,
            evaluations=inputs.settings.evaluations,
            seed=inputs.settings.seed,
            players=np.flatnonzero(points > 0),
            batch=_PROGRESS_EVERY,
            progress=advance,
            stop=inputs.settings.stop_rule(),
        )
    dataset, metric = inputs.dataset, inputs.settings.metric
    file = ValuesFile(
        **inputs.provenance(),  # type: ignore[arg-type]
        metric=metric,
        unit=UNIT[metric],
        estimator=inputs.settings.estimator,
        n_lines=dataset.n_lines,
        n_frames=game.n_frames,
        n_evaluations=result.n_evaluations,
        stopped=result.stopped,
        value_empty=float(result.value_empty),
        value_full=float(result.value_full),
        mean=result.mean.tolist(),
        standard_error=result.standard_error.tolist(),
        elevation_deg=dataset.elevation_deg.tolist(),
        points_per_line=points.tolist(),
        sensor=dataset.sensor,
        frames=list(game.game.frame_ids),
        per_frame="values.npz",
    )
    per_frame = PerFrameValues(
        mean=result.per_frame, value_empty=result.value_empty_per_frame, value_full=result.value_full_per_frame
    )
    return Values(file, per_frame)


def unreached(inputs: Inputs, file: ValuesFile) -> list[str]:
    """A note where a rule was to stop the estimate and its evaluations were used up first."""
    if not inputs.settings.stop_rule().given or file.stopped != "evaluations":
        return []
    return [
        f"{file.n_evaluations} evaluations were used up before the asked precision was reached; the largest standard "
        f"error is {max(file.standard_error):.3g} {file.unit}. Give more with --max-evaluations."
    ]

"""Train a network on frames with ground truth, with random subsets of their lines."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec

from lidarsel.completion.base import TrainableNetwork
from lidarsel.completion.memory import keep_freed_memory
from lidarsel.completion.spreading import fitting_afterwards, learning_spread
from lidarsel.errors import LidarselError, is_lack_of_memory
from lidarsel.evaluation.line_numbers import mean_mm
from lidarsel.privacy.statement import METADATA_KEY
from lidarsel.tracking.base import Track, untracked
from lidarsel.training.batches import FrameSource
from lidarsel.training.curve import write_curve
from lidarsel.training.finished import described, resume_path
from lidarsel.training.loading import load_batches
from lidarsel.training.log import TrainingLog
from lidarsel.training.loss import UNSWEPT_WEIGHT
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.stepper import PrivateStepper
from lidarsel.training.private.units import PrivateUnits
from lidarsel.training.processes import Processes, joined
from lidarsel.training.resume import ResumeFile, share_state
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import Best, RunState, Stepper
from lidarsel.training.validation import Validation
from lidarsel.writing import alone

MOST_FITTED_STEPS = 100
"""Whose batches are looked at again where something is fitted to them afterwards."""

TrainingProgress = Callable[[int, int, float], None]
"""Called after every step with (steps done, steps in all, loss); NaN for a loss that would tell of private data."""


def train(
    frames: FrameSource | PrivateUnits,
    held_out: FrameSource,
    settings: TrainSettings,
    out: Path,
    network: TrainableNetwork,
    progress: TrainingProgress | None = None,
    recipe: Mapping[str, str] | None = None,
    processes: Processes | None = None,
    teacher: TrainableNetwork | None = None,
    track: Track = untracked,
) -> Path:
    """Train and write ``out`` (safetensors): of the averaged weights, those that did best on the held-out frames, or,
    of private training and of a network that learns a spread, the last.

    Beside it ``<out>.log.jsonl``, ``<out>.curve.html`` and until the end ``<out>.resume``, from which the same call
    goes on after a kill, to the same weights.

    Args:
        frames: to train on; units of them where the settings are ``PrivateSettings``, which then alone decide what
            leaves them.
        held_out: to judge the weights by; public ones where training is private.
        settings: everything else that decides the run.
        out: the weights file to write.
        network: what is trained; its module is changed.
        progress: called after every step.
        recipe: text for the file's metadata; its "data_fingerprint" tells runs on other data apart.
        processes: who else takes part; each calls this with the same arguments, and the first one alone writes and
            validates.
        teacher: a network whose depths are to be met as well as the ground truth.
        track: told what the log says.

    Returns:
        ``out``.

    Raises:
        LidarselError: for frames that cannot be trained on, a loss that is no number or too little memory.
        TypeError: private settings without units, or units without these.
        UsageError: for settings that do not fit, or a budget of privacy that cannot be kept.
        BadInputError: for the resume file of another run.
        OutputError: for an unwritable place or one that another run is writing to.
    """
    if isinstance(frames, PrivateUnits) != isinstance(settings, PrivateSettings):
        raise TypeError("private settings go with units of private data, and others with frames")
    if len(frames) == 0:
        raise LidarselError("there are no frames to train on")
    processes = processes or Processes()
    settings.images_per_process(processes.count)
    keep_freed_memory()
    lock = out.with_name(f".{out.name}.resume.lock")
    with alone(out, lock) if processes.first else nullcontext(), _memory_told(), joined(processes, settings.device):
        run = _TrainingRun(frames, held_out, settings, out, network, recipe or {}, processes, teacher, track)
        run.go_on(progress)
    return out


class _TrainingRun:
    """One run in one process, and its files."""

    def __init__(
        self,
        frames: FrameSource | PrivateUnits,
        held_out: FrameSource,
        settings: TrainSettings,
        out: Path,
        network: TrainableNetwork,
        recipe: Mapping[str, str],
        processes: Processes,
        teacher: TrainableNetwork | None,
        track: Track,
    ) -> None:
        self.frames, self.settings, self.out, self.processes = frames, settings, out, processes
        self.recipe = described(settings, network, recipe)
        self.state = RunState(settings, network, teacher, len(frames))
        self.private: PrivateStepper | None = None
        if isinstance(frames, PrivateUnits):
            assert isinstance(settings, PrivateSettings)
            self.state.ledger = frames.spent
            self.private = PrivateStepper(self.state, settings, frames, held_out)
        identity = f"{recipe.get('data_fingerprint', '')} {network.start}"
        if self.private is not None:
            identity += f" {len(frames)} units"
        if teacher is not None:
            identity += f" teacher {teacher.start}"
        self.resume = ResumeFile(resume_path(out), settings, identity)
        self.log = TrainingLog(out.with_name(out.name + ".log.jsonl"), track)
        if processes.first:
            self.resume.create()
            self.resume.restore(self.state)
            self.log.cut(self.state.step)
            self.validation = Validation(
                held_out, settings.validation_frames, settings.validation_crop, settings.device
            )
        share_state(self.state, processes)

    def go_on(self, progress: TrainingProgress | None) -> None:
        """The steps that are left."""
        for loss in self._steps() if self.private is None else self.private.go_on():
            if self.processes.first:
                self._note(loss)
            if progress is not None:
                progress(self.state.step, self.settings.steps, math.nan if loss is None else loss)
        if self.processes.first:
            self._fit_afterwards()
            self._write_best()
            self.resume.remove()

    def _steps(self) -> Iterator[float]:
        """Those that are left, one at a time, with their losses."""
        assert not isinstance(self.frames, PrivateUnits)
        state = self.state
        take_step = Stepper(state, self.processes)
        for batch in load_batches(self.frames, self.settings, state.step, self.processes):
            loss = take_step(batch)
            if not math.isfinite(loss):
                raise LidarselError(f"the training loss became {loss} at step {state.step}; lower the learning rate")
            yield loss

    def _fit_afterwards(self) -> None:
        """What is learned once the weights are there, of the batches of the first steps, an epoch of them at most: a
        run that was killed over it has its last checkpoint still, and finds the same."""
        fitting, best, s = fitting_afterwards(self.state.network), self.state.best, self.settings
        if fitting is None:
            return
        assert best is not None, "every run is validated at its last step"
        assert not isinstance(self.frames, PrivateUnits), "it would tell of the data what no budget knows of"
        steps = min(-(-len(self.frames) // s.images_per_step), MOST_FITTED_STEPS)
        batches = load_batches(self.frames, msgspec.structs.replace(s, steps=steps), 0, Processes())
        fitting.fit_afterwards(best.weights, batches, len(self.frames), UNSWEPT_WEIGHT)

    def _note(self, loss: float | None) -> None:
        """What a step leaves in the files."""
        state, settings = self.state, self.settings
        last = state.step == settings.steps
        if loss is not None:
            state.losses.append(loss)
        if state.losses and (state.step % settings.log_every == 0 or last):
            self.log.loss(state.step, state.losses, state.learning_rate())
            state.losses = []
        if state.step % settings.validate_every == 0 or last:
            self._validate()
            self.resume.write(state)
            self._write_best()

    def _validate(self) -> None:
        state = self.state
        rmse_mm = self.validation.rmse_mm(state.network.freeze(state.average, state.settings.device))
        self.log.validation(state.step, rmse_mm)
        # A fleet's streets may be unlike public ones, which must not choose between weights fitted to it and the start;
        # and RMSE says nothing of a spread, which is learned to the end. There the last weights count.
        last_counts = self.private or learning_spread(state.network) is not None
        if state.best is None or last_counts or mean_mm(rmse_mm.values()) < mean_mm(state.best.rmse_mm.values()):
            weights = {name: tensor.cpu().clone() for name, tensor in state.average.items()}
            state.best = Best(state.step, rmse_mm, weights)

    def _write_best(self) -> None:
        best = self.state.best
        assert best is not None, "every run is validated at its last step"
        judged = {"step": str(best.step), "validation_rmse_mm": json.dumps(best.rmse_mm)}
        if self.private is not None:
            judged[METADATA_KEY] = msgspec.json.encode(self.private.statement()).decode()
        self.state.network.save(best.weights, self.out, {**self.recipe, **judged})
        chosen = "Best validation" if self.private is None else "Private training, last validated"
        write_curve(self.log, self.out.with_name(self.out.name + ".curve.html"), best.step, chosen)


@contextmanager
def _memory_told() -> Iterator[None]:
    """Too little memory as one line with the remedy."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_lack_of_memory(error):
            raise
        raise LidarselError(
            "there is too little memory for a training step; give a smaller --crop, --images-per-step or "
            "--subsets-per-image"
        ) from None

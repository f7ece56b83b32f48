"""A run's state in a file, from which the same command goes on after a kill, to the same weights."""

import json
from pathlib import Path
from typing import Annotated

import msgspec
import torch
from torch import Tensor

from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.errors import BadInputError
from lidarsel.privacy.ledger import Ledger
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import Best, RunState

_StepCount = Annotated[int, msgspec.Meta(ge=0)]
REMEDY = "delete it to start anew, or repeat the settings, data and start it was made with"


class ResumeFile:
    """The file beside the weights. identity: of data and start; with the settings it says whose run this is."""

    def __init__(self, path: Path, settings: TrainSettings, identity: str) -> None:
        self.path = path
        self.key = json.dumps([settings.shaping(), identity], sort_keys=True)

    def create(self) -> None:
        """An empty one where there is none. Raises OutputError, before the work, for a place that cannot be written."""
        if not self.path.is_file():
            write_safetensors({}, self.path, {})

    def write(self, state: RunState) -> None:
        """Whole or not at all. Raises OutputError."""
        tensors = _named(state)
        metadata = {"step": str(state.step), "key": self.key, "losses": json.dumps(state.losses)}
        if state.ledger is not None:
            metadata["ledger"] = msgspec.json.encode(state.ledger).decode()
        if state.best is not None:
            tensors |= {f"best.{name}": tensor for name, tensor in state.best.weights.items()}
            metadata["best"] = json.dumps([state.best.step, state.best.rmse_mm])
        tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
        write_safetensors(tensors, self.path, metadata)

    def restore(self, state: RunState) -> None:
        """Bring a new state to where the file's run was. Raises BadInputError for another run's or a damaged file."""
        tensors, metadata = read_safetensors(self.path, REMEDY)
        if not metadata.get("step"):
            return  # a run that was killed before its first checkpoint
        if metadata.get("key") != self.key:
            raise BadInputError(self.path, "belongs to a training run of other settings, data or start", REMEDY)
        moments = ("first", "second") if state.has_moments else ()
        kinds = ("weight", "average", *moments, *(["best"] if "best" in metadata else []))
        expected = {f"{kind}.{name}": weight.shape for kind in kinds for name, weight in state.weights.items()}
        found = {name: tensor.shape for name, tensor in tensors.items()}
        if found != expected or not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
            raise BadInputError(self.path, "is a damaged checkpoint: its weights are not the network's", REMEDY)
        spent_before = 0 if state.ledger is None else state.ledger.steps
        try:
            state.step = msgspec.json.decode(metadata["step"], type=_StepCount)
            state.losses = msgspec.json.decode(metadata.get("losses", ""), type=list[float])
            if state.ledger is not None:
                state.ledger = msgspec.json.decode(metadata.get("ledger", ""), type=Ledger)
                if state.ledger.steps != spent_before + state.step:
                    raise ValueError(f"its ledger has {state.ledger.steps} steps, not {spent_before + state.step}")
            if state.step > state.settings.steps:
                raise ValueError(f"step {state.step} of {state.settings.steps}")
            if state.step > 0 and "best" not in metadata:
                raise ValueError("it misses the best weights so far")
            if "best" in metadata:
                step, rmse_mm = msgspec.json.decode(metadata["best"], type=tuple[_StepCount, dict[str, float]])
                state.best = Best(step, rmse_mm, {name: tensors[f"best.{name}"] for name in state.weights})
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise BadInputError(self.path, f"is a damaged checkpoint ({error})", REMEDY) from None
        _make_moments(state)
        with torch.no_grad():
            for name, tensor in _named(state).items():
                tensor.copy_(tensors[name])

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def share_state(state: RunState, processes: Processes) -> None:
    """Give every process the state that the first one read."""
    if processes.count == 1:
        return
    step = torch.tensor(state.step, device=state.settings.device)
    processes.copy_from_first([step])
    state.step = int(step)
    if state.step == 0:
        return
    if not processes.first:
        _make_moments(state)
    with torch.no_grad():
        processes.copy_from_first(_named(state).values())


def _named(state: RunState) -> dict[str, Tensor]:
    """Weights, averages and any moments by their names in the file, in one order in every process."""
    tensors: dict[str, Tensor] = {}
    for name, weight in state.weights.items():
        tensors[f"weight.{name}"], tensors[f"average.{name}"] = weight.data, state.average[name]
        if state.has_moments:
            moments = state.optimiser.state[weight]
            tensors[f"first.{name}"], tensors[f"second.{name}"] = moments["exp_avg"], moments["exp_avg_sq"]
    return tensors


def _make_moments(state: RunState) -> None:
    """The optimiser's memory as it is after ``state.step`` steps, its values to be filled in, if it has one."""
    if not state.has_moments:
        return
    for weight in state.weights.values():
        state.optimiser.state[weight] = {
            "step": torch.tensor(float(state.step)),
            "exp_avg": torch.zeros_like(weight, memory_format=torch.preserve_format),
            "exp_avg_sq": torch.zeros_like(weight, memory_format=torch.preserve_format),
        }

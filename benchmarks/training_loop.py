"""lidarsel's training loop without its files: what benchmarks train and compare."""

from statistics import fmean
from typing import TypeVar

from rich.console import Console

from lidarsel.completion.base import TrainableNetwork
from lidarsel.training.batches import FrameSource, make_batch
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import RunState, Stepper

NetworkT = TypeVar("NetworkT", bound=TrainableNetwork)


def trained(network: NetworkT, settings: TrainSettings, frames: FrameSource, tell_every: int = 0) -> NetworkT:
    """The network after all steps, its module holding the running mean of the weights; prints its mean loss every
    ``tell_every`` steps, if any."""
    state = RunState(settings, network)
    take_step = Stepper(state, Processes())
    losses: list[float] = []
    for step in range(settings.steps):
        losses.append(take_step(make_batch(frames, settings, step)))
        if tell_every and (step + 1) % tell_every == 0:
            Console().print(f"step {step + 1}: loss {fmean(losses[-tell_every:]):.3f}")
    network.module.load_state_dict(state.average, strict=False)  # buffers are not averaged
    network.module.eval()
    return network

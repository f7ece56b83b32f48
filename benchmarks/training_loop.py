"""lidarsel's training loop without its files: what benchmarks train and compare."""

from typing import TypeVar

from lidarsel.completion.base import TrainableNetwork
from lidarsel.training.batches import FrameSource, make_batch
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import RunState, Stepper

NetworkT = TypeVar("NetworkT", bound=TrainableNetwork)


def trained(network: NetworkT, settings: TrainSettings, frames: FrameSource) -> NetworkT:
    """The network after all steps, its module holding the running mean of the weights."""
    state = RunState(settings, network)
    take_step = Stepper(state, Processes())
    for step in range(settings.steps):
        take_step(make_batch(frames, settings, step))
    network.module.load_state_dict(state.average, strict=False)  # buffers are not averaged
    network.module.eval()
    return network

"""lidarsel's training loop without its files: what benchmarks train and compare."""

from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.training.batches import FrameSource, make_batch
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import RunState, Stepper


def trained(network: TrainableLidarselNet, settings: TrainSettings, frames: FrameSource) -> LidarselNet:
    """The network's module with its running mean after all steps."""
    state = RunState(settings, network)
    take_step = Stepper(state, Processes())
    for step in range(settings.steps):
        take_step(make_batch(frames, settings, step))
    network.module.load_state_dict(state.average)
    return network.module.eval()

"""A cut network trained on, until it has made up for what it lost."""

from collections.abc import Sequence
from pathlib import Path

from lidarsel.completion.base import CompletionNetwork, TrainableNetwork
from lidarsel.completion.foreign.cuttable import CuttableNetwork
from lidarsel.completion.foreign.network import first_line
from lidarsel.completion.foreign.trainable import TrainableForeignNetwork
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.datasets.split import valuing_and_held_out
from lidarsel.errors import BadInputError, LidarselError, UsageError
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.training.batches import FrameSource
from lidarsel.training.processes import Processes
from lidarsel.training.recipe import Recipe
from lidarsel.training.settings import TrainSettings
from lidarsel.training.train import train
from lidarsel.workflow.expected_shrinking import RETRAINING
from lidarsel.workflow.session import Source
from lidarsel.workflow.training import loss_shown
from lidarsel.workflow.training_frames import HELD_OUT_SHARE, FrameSubset, frames_of

LEARNING_RATE = 5e-4
"""The peak: between that of a new network and that of weights which are good already."""
_SIMULATED_FRAMES = 240


def trainable(network: CompletionNetwork, seed: int = 0) -> TrainableNetwork:
    """A copy to train on of a network that was cut. Raises UsageError where its kind of input rules that out."""
    if isinstance(network, FrozenLidarselNet):
        return TrainableLidarselNet(None, seed, network.network)
    assert isinstance(network, CuttableNetwork)
    return TrainableForeignNetwork(network)


def retrain(
    cut: CompletionNetwork,
    whole: CompletionNetwork,
    source: Source,
    frames: Sequence[int],
    settings: ShrinkSettings,
    out: Path,
    command: str,
) -> CompletionNetwork:
    """Train a cut network and write its weights; a killed run goes on from its last checkpoint.

    Args:
        cut: where to start.
        whole: the uncut network, the teacher where ``settings.distil`` says so.
        source: the opened data.
        frames: of it, indices: trained on unless ``settings.retrain_on`` names other data. A tenth judges the weights.
        settings: steps, data, seed.
        out: the weights file.
        command: the command line, for it.

    Raises:
        BadInputError: there are too few frames, or the data cannot be used.
        UsageError: the network cannot be trained.
    """
    steps = TrainSettings(
        steps=settings.retrain,
        seed=settings.seed,
        learning_rate=LEARNING_RATE,
        warm_up_steps=50,
        validate_every=max(1, settings.retrain // 4),
        device=source.device,
    )
    training, held_out, fingerprint = _frames(source, frames, settings, steps)
    network = trainable(cut, settings.seed)
    teacher = trainable(whole, settings.seed) if settings.distil else None
    data = str(source.data) if settings.retrain_on is None else settings.retrain_on
    about = {"command": command, "data": data, "data_fingerprint": fingerprint}
    with loss_shown(RETRAINING) as progress:
        try:
            train(training, held_out, steps, out, network, progress, about, teacher=teacher)
        except LidarselError:
            raise
        except Exception as error:  # whatever a user's network, or autograd, raises
            if isinstance(cut, FrozenLidarselNet):
                raise
            problem = f"it raised {type(error).__name__}: {first_line(error)}"
            raise UsageError(f"{cut.name} cannot be trained on, as {problem}; give --retrain 0") from error
    return network.freeze(read_safetensors(out)[0], source.device)


def _frames(
    source: Source, frames: Sequence[int], settings: ShrinkSettings, steps: TrainSettings
) -> tuple[FrameSource, FrameSource, str]:
    if settings.retrain_on is None:
        few = BadInputError(
            source.data, "has too few frames to retrain on", "give --retrain-on other data or simulated, or --retrain 0"
        )
        parts = valuing_and_held_out(source.dataset.drives, frames, held_out_share=HELD_OUT_SHARE, refusal=few)
        return FrameSubset(source.dataset, parts[0]), FrameSubset(source.dataset, parts[1]), source.dataset.fingerprint
    recipe = Recipe(data=settings.retrain_on, start="shipped", frames=_SIMULATED_FRAMES, simulation_seed=2000)
    return frames_of(recipe, source.settings.read_options(), steps, Processes())

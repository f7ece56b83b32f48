"""A cut network trained on, until it has made up for what it lost."""

from collections.abc import Sequence
from pathlib import Path

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.datasets.split import valuing_and_held_out
from lidarsel.errors import BadInputError
from lidarsel.progress import noted_step
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.training.batches import FrameSource
from lidarsel.training.processes import Processes
from lidarsel.training.recipe import Recipe
from lidarsel.training.settings import TrainSettings
from lidarsel.training.train import train
from lidarsel.workflow.session import Source
from lidarsel.workflow.training import HELD_OUT_SHARE, FrameSubset, frames_of

LEARNING_RATE = 5e-4
"""The peak: between that of a new network and that of weights which are good already."""
_SIMULATED_FRAMES = 240


def retrain(
    cut: LidarselNet,
    whole: LidarselNet,
    source: Source,
    frames: Sequence[int],
    settings: ShrinkSettings,
    out: Path,
    command: str,
) -> LidarselNet:
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
    network = TrainableLidarselNet(None, settings.seed, cut)
    teacher = TrainableLidarselNet(None, settings.seed, whole) if settings.distil else None
    data = str(source.data) if settings.retrain_on is None else settings.retrain_on
    about = {"command": command, "data": data, "data_fingerprint": fingerprint}
    with noted_step("retraining") as advance:

        def progress(done: int, total: int, loss: float) -> None:
            advance(done, total, f"loss {loss:.2f} m")

        train(training, held_out, steps, out, network, progress, about, teacher=teacher)
    return load_weights(out)


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

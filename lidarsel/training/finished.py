"""What a weights file says of the training that made it, and whether that training is through."""

import json
from collections.abc import Mapping
from pathlib import Path

from lidarsel.completion.base import TrainableNetwork
from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.errors import BadInputError
from lidarsel.training.settings import TrainSettings

_TELLING = ("data_fingerprint", "start", "settings")


def resume_path(out: Path) -> Path:
    """Where the checkpoint of a training stands that writes ``out``."""
    return out.with_name(out.name + ".resume")


def described(settings: TrainSettings, network: TrainableNetwork, recipe: Mapping[str, str]) -> dict[str, str]:
    """A recipe's text for a weights file, and what else tells its training from others. ``network`` is untrained."""
    return {**recipe, "start": network.start, "settings": json.dumps(settings.shaping(), sort_keys=True)}


def is_finished(out: Path, settings: TrainSettings, network: TrainableNetwork, recipe: Mapping[str, str]) -> bool:
    """Whether a training, as ``training.train.train`` is given it, has written its last weights.

    Of a network whose last weights count, as one that learns a spread.

    Raises:
        BadInputError: the file is of another training, or damaged.
    """
    if not out.exists() or resume_path(out).exists():
        return False
    remedy = "delete it to start anew, or repeat the settings, data and start it was made with"
    metadata = read_safetensors(out, remedy)[1]
    wanted = described(settings, network, recipe)
    if any(metadata.get(name) != wanted.get(name) for name in _TELLING):
        raise BadInputError(out, "is of a training run of other settings, data or start", remedy)
    return metadata.get("step") == str(settings.steps)

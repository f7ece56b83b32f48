"""Private runs of seconds: a tiny network on tiny streets of a few drives."""

import msgspec
import torch

from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.privacy.ledger import NOTHING_SPENT, Ledger
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.stepper import PrivateStepper
from lidarsel.training.private.units import PrivateUnits, units_of
from lidarsel.training.state import RunState
from tests.support.streets import SETTINGS, Streets

PUBLIC = Streets(2, first=1000)
DRIVES = ("a", "a", "b", "c", "c", "c")


def private(**given: object) -> PrivateSettings:
    plain = {**msgspec.structs.asdict(SETTINGS), "weight_decay": 0.0, "warm_up_steps": 0, "gradient_clip": 1.0}
    return PrivateSettings(**{**plain, "private": True, "epsilon": 8.0, "delta": 1e-3, **given})


def units(streets: Streets | None = None, spent: Ledger = NOTHING_SPENT) -> PrivateUnits:
    return units_of(streets or Streets(len(DRIVES)), DRIVES, "drive", spent)


def stepper(settings: PrivateSettings, data: PrivateUnits | None = None) -> PrivateStepper:
    state = RunState(settings, TrainableLidarselNet(settings.design, settings.seed))
    return PrivateStepper(state, settings, units() if data is None else data, PUBLIC)


def weights_of(made: PrivateStepper) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in made.state.weights.items()}

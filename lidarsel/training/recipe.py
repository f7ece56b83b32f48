"""A recipe file: the settings of a training run, and the data and start they are for."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from lidarsel.checks import what_is_wrong
from lidarsel.choices import MEMBERS, MOST_MEMBERS, Uncertainty
from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.errors import BadInputError, UsageError
from lidarsel.options import TRAINING, Option
from lidarsel.reading import read_yaml
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.settings import TrainSettings

SIMULATED = "simulated"
SimulatedTruth = Literal["semi-dense", "exact", "both"]
FROM_SCRATCH, FROM_WEIGHTS = 1e-3, 2e-4  # learning rates; weights that are good already are not to be shaken
PRIVATE_DEFAULTS: Mapping[str, object] = {
    "steps": 500,
    "images_per_step": 16,
    "learning_rate": 2e-3,
    "warm_up_steps": 0,
    "weight_decay": 0.0,
    "gradient_clip": 1.0,
}
"""Of private training: every step costs, and noise is the same whatever the number of images."""


class Recipe(PrivateSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """data: a folder, or "simulated": ``frames`` frames of the simulated streets of ``simulation_seed``, with the
    ground truth that ``simulated_truth`` says: semi-dense, as KITTI makes it, the exact depth of every pixel, or both,
    each frame once with either; like: a profile, whose fleet's drives they are.

    start: "scratch", "shipped" or a weights file; where it is left out, scratch for simulated data and shipped for a
    user's own. experts, granularity: of a new network, in place of those of ``design``. learning_rate, where it is left
    out: 1e-3 from scratch, 2e-4 from weights. Private training has defaults of its own.
    """

    data: Annotated[
        str,
        Option(
            "Folder in a KITTI-style layout, or 'simulated' for simulated streets; may stand in the recipe.",
            TRAINING,
            argument=True,
        ),
    ]
    start: Annotated[
        str,
        Option(
            "Weights to go on from: shipped, scratch or a .safetensors file.",
            TRAINING,
            default="scratch for 'simulated', shipped for your own data",
        ),
    ]
    uncertainty: Annotated[
        Uncertainty | None,
        Option(
            "Also learn how far depths may be off: nll, a second output; or with it what is not known of the last"
            " weights, by radial posteriors, dropout or laplace; or an ensemble of nll networks (docs/uncertainty.md).",
            TRAINING,
        ),
    ] = None
    members: Annotated[
        int | None,
        Option("Networks of an ensemble, trained with one seed after the other.", TRAINING, default=str(MEMBERS)),
    ] = None
    experts: Annotated[
        int | None,
        Option(
            "Experts of a new network's convolutions at 1/8 resolution, of which one computes each place.",
            TRAINING,
            default="those of the design, 1: plain convolutions",
        ),
    ] = None
    granularity: Annotated[
        int | None,
        Option(
            "Narrower ones that each expert is divided into, as many of which compute each place.",
            TRAINING,
            default="1",
        ),
    ] = None
    like: Annotated[
        str | None,
        Option("Profile of a fleet (lidarsel profile) whose streets simulated ones imitate.", TRAINING),
    ] = None
    simulation_seed: int = 1000
    frames: int = 480
    simulated_truth: SimulatedTruth = "both"

    def __post_init__(self) -> None:
        """Raises ValueError for a value that makes no sense."""
        PrivateSettings.__post_init__(self)
        if self.private and self.data == SIMULATED:
            raise ValueError("data: simulated streets have nobody to give away; leave --private out")
        if self.like is not None and self.data != SIMULATED:
            raise ValueError("like: goes with simulated streets, logs are what they are; train on simulated")
        if self.simulation_seed < 0 or self.frames < 1:
            raise ValueError("simulation_seed must not be negative, and frames must be at least 1")
        if self.members is not None and self.uncertainty != "ensemble":
            raise ValueError("members: goes with --uncertainty ensemble; leave --members out")
        if self.members is not None and not 2 <= self.members <= MOST_MEMBERS:
            raise ValueError(f"members is {self.members}, but must be from 2 to {MOST_MEMBERS}")
        self._design()

    @classmethod
    def from_options(cls, path: Path | None, given: Mapping[str, object]) -> "Recipe":
        """``read_recipe``, as commands make settings."""
        return read_recipe(path, **given)

    def of_members(self) -> list["Recipe"]:
        """The recipes of an ensemble's networks: the same with a second output, by one seed after the other."""
        count = self.members or MEMBERS
        return [
            msgspec.structs.replace(self, uncertainty="nll", members=None, seed=self.seed + number)
            for number in range(count)
        ]

    def settings(self) -> TrainSettings:
        """What is left without data and start."""
        kind = PrivateSettings if self.private else TrainSettings
        own = {name: getattr(self, name) for name in kind.__struct_fields__}
        return kind(**{**own, "design": self._design()})

    def _design(self) -> Design | None:
        """With the experts that were given. Raises ValueError where it cannot have them."""
        if self.experts is None and self.granularity is None:
            return self.design
        own = self.design or Design()
        granularity = own.granularity if self.granularity is None else self.granularity
        return replace(own, experts=own.experts if self.experts is None else self.experts, granularity=granularity)


def read_recipe(path: Path | None, **given: object) -> Recipe:
    """The recipe in a file (None = nothing but defaults), overridden by what was given (None = not given).

    Raises BadInputError naming file and key, UsageError where what was given makes no sense or no data are named.
    """
    written = {} if path is None else _read(path)
    wanted = {key: value for key, value in given.items() if value is not None}
    content = _with_defaults({**written, **wanted})
    if "data" not in content:
        raise UsageError("there are no data to train on; name a folder or 'simulated', or give a --recipe that does")
    try:
        return msgspec.convert(content, Recipe)
    except msgspec.ValidationError as error:
        raise UsageError(f"{what_is_wrong(error, Recipe)}; see --help") from None


def _read(path: Path) -> dict[str, object]:
    """What the file says, checked by itself."""
    remedy = "correct or remove that key (docs/training.md lists them)"
    content = read_yaml(path, remedy)
    try:
        if not isinstance(content, dict):
            raise BadInputError(path, "is no list of keys and values", "see docs/training.md")
        # YAML takes 1e-3, without a point, for a text
        recipe = msgspec.convert(_with_defaults({"data": "DATA", **content}), Recipe, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInputError(path, what_is_wrong(error, Recipe), remedy) from None
    unknown = set(content.get("design") or {}) - {field.name for field in fields(Design)}
    if unknown:
        raise BadInputError(path, f"design has unknown keys {', '.join(map(str, sorted(unknown)))}", remedy)
    return {key: getattr(recipe, key) for key in content}


def _with_defaults(content: dict[str, object]) -> dict[str, object]:
    """The defaults that depend on other keys filled in."""
    start = content.get("start") or ("scratch" if content.get("data") == SIMULATED else "shipped")
    usual = {"learning_rate": FROM_SCRATCH if start == "scratch" else FROM_WEIGHTS}
    return {**(PRIVATE_DEFAULTS if content.get("private") else usual), **content, "start": start}

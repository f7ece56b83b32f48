"""What private training is given: the private data in units, and the public frames that judge it."""

from pathlib import Path

from lidarsel.completion.lidarsel_net.checkpoint import load_members
from lidarsel.completion.tensor_files import read_safetensors
from lidarsel.datasets.base import Dataset, ReadOptions
from lidarsel.datasets.split import thin_frames
from lidarsel.errors import BadInputError, UsageError
from lidarsel.privacy.ledger import NOTHING_SPENT, Ledger
from lidarsel.privacy.statement import PrivacyStatement, count_again, count_answer_again, statement_in
from lidarsel.profiles.file import PROFILE_KEY, read_profile
from lidarsel.training.batches import FrameSource
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.units import PrivateUnits, units_of
from lidarsel.training.processes import Processes
from lidarsel.training.recipe import SIMULATED, Recipe
from lidarsel.workflow.training_frames import FrameSubset, open_undamaged, simulated_judges


def open_apart(recipe: Recipe, options: ReadOptions) -> tuple[Dataset, Dataset | None]:
    """The private data, and the public ones unless these are simulated.

    Raises:
        BadInputError: either cannot be used.
        UsageError: they are the same, wherever they stand.
    """
    private = open_undamaged(Path(recipe.data), options)
    if recipe.public == SIMULATED:
        return private, None
    public = open_undamaged(Path(recipe.public), options)
    if public.fingerprint == private.fingerprint:
        raise UsageError(f"--public {recipe.public} is the private data; give other data, or leave it out")
    return private, public


def private_units(dataset: Dataset, recipe: Recipe, settings: PrivateSettings) -> PrivateUnits:
    """All of the private data: none are held out, as no figure of them may be told.

    Raises:
        BadInputError: the weights to start from cannot be used.
        UsageError: the promise would not hold for these data and this start.
    """
    if settings.unit == "frame" and dataset.ground_truth == "accumulated":
        raise UsageError(
            f"--unit frame: the ground truth of a frame of {recipe.data} is accumulated from its neighbours' scans, so "
            "that one frame is in several; give --unit drive, or --ground-truth scan"
        )
    spent = NOTHING_SPENT
    if recipe.start not in ("scratch", "shipped"):
        spent = _spent_by(Path(recipe.start), settings, dataset.fingerprint)
    return units_of(dataset, dataset.drives, settings.unit, spent)


def _spent_by(start: Path, settings: PrivateSettings, fingerprint: str) -> Ledger:
    """What the weights to start from have cost, counted as if it had been of the same data."""
    metadata = read_safetensors(start)[1]
    if metadata.get("data_fingerprint") == fingerprint:
        raise UsageError(
            f"--start {start}: these weights were trained on the same data without privacy; start from public ones"
        )
    before = statement_in(metadata, start)
    if before is not None and before.unit != settings.unit:
        raise UsageError(
            f"--unit {settings.unit}: the weights to start from, {start}, promise privacy to every {before.unit}; "
            f"give --unit {before.unit}, or start from public weights"
        )
    return NOTHING_SPENT if before is None else before.ledger


def public_frames(public: Dataset | None, recipe: Recipe, settings: PrivateSettings) -> FrameSource:
    """Frames that nobody has to keep private, to judge weights by and to measure importance on. public: None of
    simulated ones."""
    if public is None:
        return simulated_judges(recipe, settings, Processes())
    return FrameSubset(public, thin_frames(len(public), settings.validation_frames))


def read_statement(weights: Path) -> tuple[PrivacyStatement, str]:
    """What a file of weights, or a profile, says of the privacy of its data, and whether that was counted again.

    Raises BadInputError where it is neither, or says nothing, or what its own ledger does not bear out.
    """
    metadata = read_safetensors(weights)[1]
    if PROFILE_KEY in metadata:
        return _of_profile(read_profile(weights).statement, weights)
    load_members(weights)  # a promise is one of the whole file: of nothing else that may ride along
    statement = statement_in(metadata, weights)
    if statement is None:
        remedy = "train with --private; what is trained otherwise may hold any of its data"
        raise BadInputError(weights, "promises nothing on the privacy of what it was trained on", remedy)
    step = metadata.get("step", "")
    return statement, count_again(statement, int(step) if step.isdecimal() else 1, weights)


def _of_profile(statement: PrivacyStatement | None, profile: Path) -> tuple[PrivacyStatement, str]:
    if statement is None:
        problem = "is a profile that promises nothing, as it was made without noise"
        raise BadInputError(profile, problem, "make it with lidarsel profile --epsilon")
    return statement, count_answer_again(statement, profile)

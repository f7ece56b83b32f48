"""What every stage starts from: the data set, the network, the device and the frames."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from lidarsel import __version__
from lidarsel.completion.base import CompletionNetwork
from lidarsel.contracts import FORMAT_VERSION
from lidarsel.datasets.base import Dataset
from lidarsel.datasets.split import Part, split_frames, thin_frames
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.engine import Engine
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_game_spec import LineGameSpec
from lidarsel.progress import step
from lidarsel.settings import RunSettings


@dataclass(frozen=True)
class Inputs:
    """The opened inputs of a job. frames: indices into the data set, at most ``settings.max_frames``."""

    data: str
    dataset: Dataset
    network: CompletionNetwork
    device: str
    frames: list[int]
    settings: RunSettings
    command: str
    engine: EngineChoice = IN_PROCESS

    def provenance(self) -> dict[str, object]:
        """The keys of ``lidarsel.contracts.Provenance``."""
        return {
            "format_version": FORMAT_VERSION,
            "lidarsel_version": __version__,
            "seed": self.settings.seed,
            "network": self.network.name,
            "network_sha256": self.network.sha256,
            "data": self.data,
            "data_fingerprint": self.dataset.fingerprint,
            "command": self.command,
        }

    def notes(self) -> list[str]:
        """What a reader of the results must know of the data: how it was read, what was left out."""
        notes = list(self.dataset.notes)
        if self.dataset.problems:
            names = ", ".join(str(problem.path.name) for problem in self.dataset.problems[:5])
            more = len(self.dataset.problems) - 5
            notes.append(f"Damaged and left out: {names}{f' and {more} more' if more > 0 else ''}.")
        if len(self.frames) < len(self.dataset):
            notes.append(f"{len(self.frames)} of {len(self.dataset)} frames were used, evenly spaced (--max-frames).")
        return notes

    def part(self, part: Part) -> list[int]:
        """The frames of a part. Raises UsageError where the data cannot be split."""
        if part == "all":
            return self.frames
        halves = split_frames(self.dataset.drives, self.frames)
        if halves is None:
            raise UsageError(f"{self.data}: a single frame cannot be split into valuing and held-out; use --part all")
        return halves[0] if part == "valuing" else halves[1]

    def frames_named(self, names: Sequence[str], source: Path) -> list[int]:
        """The indices of frames by name. Raises BadInputError naming ``source`` where the data lacks one."""
        index = {name: position for position, name in enumerate(self.dataset.frame_ids)}
        missing = [name for name in names if name not in index]
        if missing:
            raise BadInputError(
                source, f"its frame {missing[0]} is not in {self.data}", "give the data it was made from"
            )
        return [index[name] for name in names]

    def game(self, frames: Sequence[int]) -> LineGame:
        """The line game on these frames."""
        return LineGame(self.dataset, frames, self.network, self.settings.crop, self.device)

    def open_engine(self) -> AbstractContextManager[Engine | None]:
        """Where evaluations run, closed when the block ends. Raises UsageError where it cannot be had."""
        spec = LineGameSpec.of(
            Path(self.data), self.settings, self.device, self.dataset.fingerprint, self.network.sha256
        )
        return self.engine.open(spec)


def open_inputs(data: Path, settings: RunSettings, command: str, engine: EngineChoice = IN_PROCESS) -> Inputs:
    """Open data and network, and check what can be checked before the first evaluation.

    Raises BadInputError for data or weights that cannot be used, UsageError for settings that do not fit them.
    """
    from lidarsel.completion.registry import load_network
    from lidarsel.datasets.registry import open_dataset
    from lidarsel.selection.registry import selector
    from lidarsel.shapley.registry import estimator

    for method in settings.methods:
        selector(method)
    estimator(settings.estimator)
    with step("opening the data", 1) as advance:
        dataset = open_dataset(data, settings.read_options())
        advance(1, 1)
    for budget in settings.budgets:
        if budget > dataset.n_lines:
            raise UsageError(
                f"budget {budget} is more than the {dataset.n_lines} lines of {data}; give 1..{dataset.n_lines}"
            )
    if len(dataset) == 0:
        raise BadInputError(data, "no frame is left to use", "see lidarsel inspect for what is wrong with each")
    if dataset.problems and not settings.skip_bad:
        first = dataset.problems[0]
        more = f" (and {len(dataset.problems) - 1} more, see lidarsel inspect)" if len(dataset.problems) > 1 else ""
        raise BadInputError(first.path, first.message + more, "mend it, or leave damaged frames out with --skip-bad")
    device = pick_device(settings.device)
    weights = None if settings.weights is None else Path(settings.weights)
    network = load_network(settings.network, weights, device)
    frames = thin_frames(len(dataset), settings.max_frames)
    return Inputs(str(data), dataset, network, device, frames, settings, command, engine)


def pick_device(wanted: str) -> str:
    """A torch device for auto, cpu, cuda or cuda:N. Raises UsageError where there is no such device."""
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError(f"--device {wanted}: this machine has no CUDA device that torch can use; use --device cpu")
    return wanted

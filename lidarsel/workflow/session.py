"""What a job opens, once: data, network and frames; and over them a store, an engine and games."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lidarsel.cautions import Caution
from lidarsel.choices import ViewName
from lidarsel.completion.base import CompletionNetwork, HasNotes
from lidarsel.completion.device import pick_device
from lidarsel.completion.identity import with_rule
from lidarsel.completion.suitability import training_told
from lidarsel.contracts import Provenance, maker
from lidarsel.crop_loss import crop_cautions, crop_notes
from lidarsel.datasets.base import Dataset
from lidarsel.datasets.damage import damage_notes, require_undamaged
from lidarsel.datasets.split import Part, thin_frames, valuing_and_held_out
from lidarsel.ending import tell
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.base import Game, fingerprint
from lidarsel.evaluation.empty_coalition import CONSTANT, NOTE, rule_of
from lidarsel.evaluation.engine import Engine
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_game_spec import LineGameSpec, line_parts
from lidarsel.evaluation.remembering import RememberingGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_file import FORMAT_VERSION as STORE_FORMAT
from lidarsel.evaluation.stored import StoredGame
from lidarsel.progress import step
from lidarsel.selection.resampling import weights_of_drives
from lidarsel.settings import RunSettings
from lidarsel.workflow.deciding import require_telling


@dataclass(frozen=True)
class Source:
    """What a job starts from, opened.

    Attributes:
        data: the data's path.
        dataset: the data.
        network: the completion network, on ``device``.
        device: a torch device by name.
        frames: indices into the data set, at most ``settings.max_frames``.
        settings: what it was opened with.
    """

    data: Path
    dataset: Dataset
    network: CompletionNetwork
    device: str
    frames: list[int]
    settings: RunSettings

    def key(self) -> str:
        """The same for the same job: what an unfinished folder is found again by."""
        data = [self.dataset.fingerprint, self.network_sha256, self.device]
        parts = [msgspec.json.encode(self.settings), *data, STORE_FORMAT]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def provenance(self, command: str, game: Game) -> Provenance:
        """What a file says that is made from this, of the frames of a game."""
        return Provenance(
            **maker(command),
            seed=self.settings.seed,
            network=self.network.name,
            network_sha256=self.network_sha256,
            data=str(self.data),
            data_fingerprint=fingerprint(game),
        )

    def notes(self, game: LineGame) -> list[str]:
        """How the data of a game was read, and what was left out."""
        notes = [*self.network_notes(), *self.dataset.notes, *damage_notes(self.dataset), *crop_notes(game.crop_loss())]
        if len(self.frames) < len(self.dataset):
            notes.append(f"{len(self.frames)} of {len(self.dataset)} frames were used, evenly spaced (--max-frames).")
        return notes

    def cautions(self, game: LineGame) -> list[Caution]:
        """What weakens a game's results from the start: what data, crop and network are."""
        told = training_told(self.settings.network, self.settings.weights, self.dataset.cautions)
        return [*self.dataset.cautions, *crop_cautions(game.crop_loss()), *told]

    @property
    def network_sha256(self) -> str:
        """Of the network as it is asked: what stands in for it without lines included."""
        return with_rule(self.network.sha256, rule_of(self.settings.empty_coalition))

    def network_notes(self) -> list[str]:
        """What a reader of the results must know of how the network was brought in and asked."""
        notes = list(self.network.notes) if isinstance(self.network, HasNotes) else []
        return [*notes, NOTE] if self.settings.empty_coalition == CONSTANT else notes

    def games(self) -> tuple[LineGame, LineGame]:
        """The game to choose on and the game to judge on; a single frame is both, and reports say so."""
        valuing, held_out = valuing_and_held_out(self.dataset.drives, self.frames, self.settings.same_frames)
        return self.game(valuing), self.game(held_out)

    def part(self, part: Part) -> list[int]:
        """The frames of a part. Raises UsageError where the data cannot be split."""
        if part == "all":
            return self.frames
        single = f"{self.data}: a single frame cannot be split into valuing and held-out; use --part all"
        valuing, held_out = valuing_and_held_out(self.dataset.drives, self.frames, refusal=UsageError(single))
        return valuing if part == "valuing" else held_out

    def frames_named(self, names: Sequence[str], source: Path) -> list[int]:
        """The indices of frames by name. Raises BadInputError naming ``source`` where the data lacks one."""
        index = {name: position for position, name in enumerate(self.dataset.frame_ids)}
        missing = [name for name in names if name not in index]
        if missing:
            problem = f"its frame {missing[0]} is not in {self.data}"
            raise BadInputError(source, problem, "give the data it was made from")
        return [index[name] for name in names]

    def game(self, frames: Sequence[int]) -> LineGame:
        """The line game on frames, indices into the data set."""
        settings = self.settings
        rule, parts = settings.empty_coalition, line_parts(settings, self.dataset)
        spread = settings.needs_spread()
        return LineGame(self.dataset, frames, self.network, settings.crop, self.device, rule, parts, spread)


@dataclass(frozen=True, eq=False)
class Session:
    """A source with a store and an engine for all games of a job.

    Attributes:
        source: what was opened.
        store: where evaluations are looked up and kept.
        engine: where they run; None is this process.
    """

    source: Source
    store: EvaluationStore
    engine: Engine | None

    def stored(self, game: LineGame, metric: str) -> StoredGame[LineGame]:
        """A game through the store; its values are minus the metric, and each drive counts the same in mean errors."""
        return StoredGame(game, self.store, metric, self.engine, weights_of_drives(game.drives))

    def remembering(self, game: LineGame, metric: str) -> RememberingGame[LineGame]:
        """The same, and what was asked of it can be looked at afterwards."""
        return RememberingGame(game, self.store, metric, self.engine, weights_of_drives(game.drives))

    def game(self, frames: Sequence[int], metric: str) -> StoredGame[LineGame]:
        """The same on frames, indices into the data set."""
        return self.stored(self.source.game(frames), metric)

    def deciding(self, game: LineGame, metric: str) -> StoredGame[LineGame]:
        """The same on those of a game's frames that tell the metric.

        Raises:
            BadInputError: none does, or the metric cannot decide on the data's ground truth.
        """
        telling = require_telling(game, metric)
        return self.stored(game if len(telling) == len(game) else game.of_frames(telling), metric)


@contextmanager
def open_session(source: Source, store: Path, engine: EngineChoice = IN_PROCESS) -> Iterator[Session]:
    """Open store and engine, and close both when the block ends.

    Args:
        source: what the games are on.
        store: the store's file, made where there is none.
        engine: where evaluations shall run.

    Raises:
        BadInputError: the file is no store of evaluations.
        UsageError: the engine cannot be had.
    """
    spec = LineGameSpec.of(source.data, source.settings, source.device, source.network.sha256)
    with EvaluationStore.open(store) as opened, engine.open(spec) as running:
        yield Session(source, opened, running)


def open_source(data: Path, settings: RunSettings) -> Source:
    """Open data and network, and check what can be checked before the first evaluation.

    Args:
        data: the data's folder.
        settings: how it is read, how many frames, which network on which device.

    Raises:
        BadInputError: data or weights cannot be used.
        UsageError: the settings name what there is not, or do not fit the data.
    """
    device = pick_device(settings.device)
    with step("loading the network", 1) as advance:  # first: data may take minutes to open
        network = settings.load_network(device)
        advance(1, 1)
    _require_view(network, settings.view)
    dataset = open_usable(data, settings)
    for doubt in dataset.doubts:
        tell(f"warning: {doubt}")
    return source_of(data, dataset, network, device, settings)


def open_usable(data: Path, settings: RunSettings) -> Dataset:
    """Open data that frames can be taken of. Raises BadInputError where none is left, or one is damaged."""
    from lidarsel.datasets.registry import open_dataset

    with step("opening the data", 1) as advance:
        dataset = open_dataset(data, settings.read_options())
        advance(1, 1)
    if len(dataset) == 0:
        raise BadInputError(data, "no frame is left to use", "see lidarsel inspect for what is wrong with each")
    require_undamaged(dataset, settings.skip_bad)
    return dataset


def source_of(data: Path, dataset: Dataset, network: CompletionNetwork, device: str, settings: RunSettings) -> Source:
    """What a job starts from, of what is open already.

    Args:
        data: the data's path.
        dataset: the data.
        network: on ``device``.
        device: a torch device by name.
        settings: how many frames are taken, and how they are cropped and judged.

    Raises:
        UsageError: the network needs what the view of the data does not have.
    """
    _require_view(network, settings.view)
    return Source(data, dataset, network, device, thin_frames(len(dataset), settings.max_frames), settings)


def _require_view(network: CompletionNetwork, view: ViewName) -> None:
    """Raises UsageError for a network that needs what a range image does not have."""
    if view != "camera" and (network.uses_image or network.uses_intrinsics):
        needs = "the camera image" if network.uses_image else "the camera's intrinsics"
        raise UsageError(
            f"--view {view}: network {network.name} needs {needs}, which the lidar's whole turn has not; give "
            "--network classical or nearest, or one of your own that takes depth alone"
        )

"""Data opened once, for every call that is made with them."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lidarsel.api.network import LoadedNetwork, loading_key, without_object
from lidarsel.api.options import as_fields, call_text, names_of, require_names
from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.device import pick_device
from lidarsel.datasets.base import Dataset
from lidarsel.errors import UsageError
from lidarsel.listening import Listener, heard_by
from lidarsel.options import DATA, ERROR, MACHINE, NETWORK
from lidarsel.places import require_files_beside
from lidarsel.printable import printable
from lidarsel.read_settings import READING
from lidarsel.settings import RunSettings
from lidarsel.workflow.answering import Workplace
from lidarsel.workflow.runfolder import STORE
from lidarsel.workflow.session import Source, open_usable, source_of

OF_DATA = (DATA, NETWORK, ERROR, MACHINE)
"""Groups of options that data may be opened with: what is chosen, and by how many evaluations, each call says."""


class OpenedData:
    """Data, and what was said of them as they were opened. Made by ``lidarsel.open_data``.

    Attributes:
        path: of the data.
        dataset: the frames: ``dataset.frame(0)`` is a whole image with its points and ground truth.
        settings: what holds for calls with these data that say nothing else.
    """

    def __init__(
        self, path: Path, dataset: Dataset, settings: RunSettings, given: Mapping[str, object], store: Path | None
    ) -> None:
        self.path = path
        self.dataset = dataset
        self.settings = settings
        self._given = dict(given)
        self._store = store
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._networks: dict[tuple[object, ...], CompletionNetwork] = {}

    def __len__(self) -> int:
        return len(self.dataset)

    def __repr__(self) -> str:
        return f"<{self.path}: {len(self)} frames of {printable(self.sensor)}, {self.n_lines} lines>"

    @property
    def sensor(self) -> str:
        """The sensor's name."""
        return self.dataset.sensor

    @property
    def n_lines(self) -> int:
        """How many lines the sensor has."""
        return self.dataset.n_lines

    @property
    def elevation_deg(self) -> NDArray[np.float64]:
        """float64 (n_lines,), topmost first."""
        return self.dataset.elevation_deg

    @property
    def frame_ids(self) -> Sequence[str]:
        """The names of all frames."""
        return self.dataset.frame_ids

    @property
    def doubts(self) -> Sequence[str]:
        """What makes figures of these data doubtful; results say it too."""
        return self.dataset.doubts

    @property
    def store(self) -> Path:
        """The SQLite file of evaluations that calls with these data share.

        Where ``open_data`` named none it is a temporary one, which goes with this object.
        """
        if self._store is not None:
            return self._store
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="lidarsel-")
        return Path(self._temporary.name) / STORE

    def complete(
        self, frame: int, lines: Iterable[int] | None = None, **settings: object
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What the network makes of a frame when only some lines are kept.

        Args:
            frame: its place in ``frame_ids``.
            lines: the kept ones, 0 = topmost; None keeps all.
            settings: those of ``open_data`` that hold for this call instead, such as ``network``.

        Returns:
            The kept points as a picture and the completed depth, both float32 (H, W) in metres, 0 = no value.

        Raises:
            UsageError: there is no such frame or line, or an option is wrong.
            BadInputError: the frame, or what the network answers, cannot be used.
        """
        require_names("complete", settings, names_of(*OF_DATA))
        kept = list(range(self.n_lines)) if lines is None else list(lines)
        for what, number, count in (("frame", frame, len(self)), *(("line", line, self.n_lines) for line in kept)):
            if not 0 <= number < count:
                raise UsageError(f"there is no {what} {number}: {self.path} has {count}, from 0")
        mask = np.zeros(self.n_lines, bool)
        mask[kept] = True
        with heard_by(None):
            return self.source(settings).game([frame]).complete(0, mask)

    def source(self, given: Mapping[str, object]) -> Source:
        """What a job with these options starts from; networks are loaded once.

        Args:
            given: options by keyword, over those that the data were opened with.

        Raises:
            UsageError: an option is wrong, or was decided when the data were opened.
            BadInputError: weights cannot be used.
        """
        everything = {**self._given, **given}
        settings = settings_of(everything)
        for name in READING:
            if getattr(settings, name) != getattr(self.settings, name):
                raise UsageError(f"{name} was decided when {self.path} was opened; give it to open_data")
        settings.require_usable()
        device = pick_device(settings.device)
        loaded = everything.get("network")
        if isinstance(loaded, LoadedNetwork):
            self._networks.setdefault(loading_key(settings_of({"network": loaded}), loaded.device), loaded.loaded)
        key = loading_key(settings, device)
        if key not in self._networks:
            self._networks[key] = settings.load_network(device)
        return source_of(self.path, self.dataset, self._networks[key], device, settings)

    def workplace(self, source: Source, store: Path | str | None) -> Workplace:
        """Where a stage evaluates. store: in place of the data's own. Raises OutputError."""
        path = self.store if store is None else Path(store)
        require_files_beside(path)
        return Workplace(source, path)

    def call(self, function: str, *arguments: object, **options: object) -> str:
        """A call with these data, for what files say of how they were made."""
        return call_text(function, self.path, *arguments, **self.told(options))

    def told(self, options: Mapping[str, object]) -> dict[str, object]:
        """Options of a call over those that the data were opened with, as a call may be typed by them."""
        return without_object({**self._given, **options})


def open_data(
    path: Path | str, *, store: Path | str | None = None, progress: Listener | None = None, **settings: object
) -> OpenedData:
    """Open data for several calls: they are looked through once, and share networks and evaluations.

    Args:
        path: a folder or file in any layout that ``lidarsel datasets`` lists.
        store: SQLite file of evaluations to use and go on with; without one they are kept while the data are open.
        progress: called with a ``StepProgress`` as steps go on; without it nobody is told, and nothing is printed.
        settings: what holds for every call with these data that says nothing else: how they are read (``ground_truth``,
            ``depth_scale``, ``skip_bad``, ..., which only this call can say), ``max_frames``, ``crop``, ``network`` and
            what belongs to it, ``metric``, ``seed``, ``device``.

    Raises:
        UsageError: an option is wrong.
        BadInputError: the data cannot be used.
    """
    require_names("open_data", settings, names_of(*OF_DATA))
    wanted = settings_of(settings)
    with heard_by(progress):
        return OpenedData(
            Path(path), open_usable(Path(path), wanted), wanted, settings, None if store is None else Path(store)
        )


def opened(data: OpenedData | Path | str, given: Mapping[str, object]) -> OpenedData:
    """Data that a call was given, opened if they are not. given: the call's options."""
    if isinstance(data, OpenedData):
        return data
    reading = {name: value for name, value in given.items() if name in READING}
    path, wanted = Path(data), settings_of(reading)
    settings_of(given)  # refused before the data are looked through
    return OpenedData(path, open_usable(path, wanted), wanted, reading, None)


def settings_of(given: Mapping[str, object]) -> RunSettings:
    """Options by keyword as a run's settings. Raises UsageError."""
    return RunSettings.from_options(None, as_fields(without_object(given)))

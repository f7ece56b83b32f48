"""A worker elsewhere that trains a ladder's networks, one at a time, into the ladder's own folder."""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lidarsel import __version__
from lidarsel.errors import BadInputError, LidarselError
from lidarsel.evaluation.ray_process import enter, refusal, require_like
from lidarsel.listening import StepProgress, heard_by
from lidarsel.planning.ladder_files import RECORD

if TYPE_CHECKING:  # a worker has to say how it computes before torch is loaded
    from lidarsel.evaluation.base import EvaluationKey
    from lidarsel.planning.ladder_files import LadderRunFile
    from lidarsel.scale_settings import ScaleSettings
    from lidarsel.workflow.ladder_opening import LadderData
    from lidarsel.workflow.ladder_run import LadderJob
    from lidarsel.workflow.ladder_rungs import Rung


@dataclass(frozen=True)
class LadderSpec:
    """From what a worker makes what the command has. It travels as a pickle, so it holds plain data.

    Attributes:
        data, settings, command: of the command. device: kind of the one it computes on. ladder: the networks' folder.
        folder: that relative paths start from. python_path: where modules are found.
        record: ``ladder.json``, by which the ladder's folder is known. data_fingerprint, judged_fingerprint: of all
            data, and of the frames that networks are judged on. key: of evaluations, for how results round.
        version: of lidarsel.
    """

    data: Path
    settings: "ScaleSettings"
    command: str
    device: str
    ladder: Path
    folder: Path
    python_path: tuple[str, ...]
    record: bytes
    data_fingerprint: str
    judged_fingerprint: str
    key: "EvaluationKey"
    version: str = __version__

    @classmethod
    def of(cls, job: "LadderJob") -> "LadderSpec":
        """Of what this process has opened. Of several GPUs each worker is given its own as ``cuda``."""
        from lidarsel.evaluation.base import fingerprint

        source = job.session.source
        return cls(
            data=source.data,
            settings=job.settings,
            command=job.command,
            device=source.device.partition(":")[0],
            ladder=job.folder,
            folder=Path.cwd(),
            python_path=tuple(sys.path),
            record=(job.folder / RECORD).read_bytes(),
            data_fingerprint=source.dataset.fingerprint,
            judged_fingerprint=fingerprint(job.judging),
            key=job.judging.key,
        )

    def open(self) -> "LadderData":
        """The data, here.

        Raises:
            LidarselError: lidarsel, the ladder's folder, the data or how results round are not the same as there.
        """
        from lidarsel.evaluation.base import fingerprint
        from lidarsel.workflow.ladder_opening import open_ladder

        if self.version != __version__:
            raise LidarselError(f"lidarsel {__version__} is installed there, not {self.version}; install the same one")
        self._require_same_folder()
        opened = open_ladder(self.data, self.settings, self.device)
        require_like(opened.judging.key, self.key, "device", "libraries")
        found = (opened.source.dataset.fingerprint, fingerprint(opened.judging))
        if found != (self.data_fingerprint, self.judged_fingerprint):
            raise BadInputError(self.data, "is other data there", "give all machines the same files")
        return opened

    def _require_same_folder(self) -> None:
        path = self.ladder / RECORD
        if not path.is_file() or path.read_bytes() != self.record:
            raise BadInputError(self.ladder, "is another folder there", "give -o on a disk that all machines share")


class LadderWorker:
    """An actor. Refusals are returned, not raised (``ray_process``).

    Args:
        spec: what it makes everything from.
        threads: that it computes with.
    """

    def __init__(self, spec: LadderSpec, threads: int) -> None:
        self._spec, self._threads = spec, threads
        self._heard: tuple[str, StepProgress] | None = None

    def open(self) -> int | LidarselError:
        """Open the data; the number of this process."""
        try:
            enter(self._spec.folder, self._spec.python_path, self._threads)
            with heard_by(None):
                self._opened = self._spec.open()
        except (LidarselError, OSError) as error:
            return refusal(error)
        return os.getpid()

    def make(self, rung: "Rung") -> "LadderRunFile | LidarselError":
        """Train and judge a rung; what was begun of it, here or elsewhere, goes on from its last checkpoint.

        Its evaluations are its own: the command's store is on the command's machine.
        """
        from lidarsel.workflow.ladder_run import LadderJob
        from lidarsel.workflow.runfolder import STORE
        from lidarsel.workflow.session import open_session

        spec, opened = self._spec, self._opened
        self._heard = None

        def hear(told: StepProgress) -> None:
            self._heard = rung.name, told

        try:
            enter(spec.folder, spec.python_path, self._threads)  # the number of threads is each thread's own
            with (
                heard_by(hear),
                tempfile.TemporaryDirectory() as place,
                open_session(opened.source, Path(place, STORE)) as session,
            ):
                job = LadderJob(
                    session, opened.judging, opened.frames, spec.settings, spec.ladder, spec.command, opened.numbers
                )
                return job.made(rung)
        except (LidarselError, OSError) as error:
            return refusal(error)

    def heard(self) -> tuple[str, StepProgress] | None:
        """How far it is, and with which rung by its name: asked while it works, in another thread."""
        return self._heard

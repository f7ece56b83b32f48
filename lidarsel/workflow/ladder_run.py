"""One network of a ladder: trained from nothing, judged on the held-out frames, and kept in a folder of its own.

Until it is whole the folder is ``.NAME.unfinished``, in which the same command finds the training's checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_numbers import line_numbers
from lidarsel.pace import PlannedStep
from lidarsel.places import unwritable
from lidarsel.planning.ladder_files import RUN, WEIGHTS, LadderRunFile, read_run, write_run
from lidarsel.planning.law_file import JudgedError, LadderRun
from lidarsel.printable import printable
from lidarsel.scale_settings import ScaleSettings
from lidarsel.training.recipe import FROM_SCRATCH
from lidarsel.training.settings import TrainSettings
from lidarsel.training.train import train
from lidarsel.workflow.agreement_of_lines import with_network
from lidarsel.workflow.expected_ladder import LadderFrameCounts, making_steps
from lidarsel.workflow.judging_networks import errors_at_lines
from lidarsel.workflow.ladder_frames import LadderFrames
from lidarsel.workflow.ladder_rungs import Rung
from lidarsel.workflow.session import Session
from lidarsel.workflow.training import loss_shown
from lidarsel.workflow.training_frames import FrameSubset
from lidarsel.writing import rename_folder

SPLIT, METHOD = "held-out", "spaced"


@dataclass(frozen=True)
class LadderJob:
    """What all rungs are made with.

    Attributes:
        session: the opened data and store. judging: the game on the held-out frames, of any network.
        frames: the split. settings: all that decides the networks. folder: of the ladder. command: for the files.
        numbers: of lines, that networks are judged with: none, then fewer than are in the images, then these.
    """

    session: Session
    judging: LineGame
    frames: LadderFrames
    settings: ScaleSettings
    folder: Path
    command: str
    numbers: Sequence[int]

    def known(self, rung: Rung) -> LadderRunFile | None:
        """The run of a rung that is whole. Raises BadInputError for one of another network."""
        path = self.folder / rung.name / RUN
        if not path.parent.exists():
            return None
        content = read_run(path)
        if (content.run.parameters, content.run.macs) != (rung.size.n_parameters, rung.size.macs.total):
            remedy = f"remove {printable(str(path.parent))}, and it is trained anew"
            raise BadInputError(path, "is of another network than that of its size now", remedy)
        return content

    def is_there(self, rung: Rung) -> bool:
        """Whether the folder lists it, which a network share tells sooner than whether a path exists."""
        return any(entry.name == rung.name for entry in self.folder.iterdir())

    def made(self, rung: Rung) -> LadderRunFile:
        """Train and judge a rung; a killed training goes on from its last checkpoint.

        Raises:
            LidarselError: for frames that cannot be trained on, or too little memory.
            OutputError: its folder cannot be written.
        """
        place = self._unfinished(rung)
        if not _is_trained(place):
            self._train(rung, place / WEIGHTS)
        content = self._judged(rung, load_weights(place / WEIGHTS))
        write_run(place / RUN, content)
        try:
            rename_folder(place, self.folder / rung.name)
        except OSError as error:
            raise unwritable(self.folder / rung.name, error) from None
        return content

    def planned(self, rung: Rung) -> list[PlannedStep]:
        """The steps of making a rung that are left, and how long they take beside those of others."""
        counts = LadderFrameCounts(
            self.judging.frame(0).size, len(self.frames.validating), len(self.judging), len(self.numbers)
        )
        training, judging = making_steps(rung, self._recipe(rung), counts)
        return [judging] if _is_trained(self._unfinished(rung)) else [training, judging]

    def _unfinished(self, rung: Rung) -> Path:
        return self.folder / f".{rung.name}.unfinished"

    def _recipe(self, rung: Rung) -> TrainSettings:
        settings = self.settings
        return TrainSettings(
            steps=settings.steps,
            seed=settings.seed,
            learning_rate=FROM_SCRATCH,
            validate_every=min(250, max(1, settings.steps // 4)),
            validation_crop=settings.crop,
            device=self.session.source.device,
            design=rung.size.design,
        )

    def _train(self, rung: Rung, weights: Path) -> None:
        dataset, frames = self.session.source.dataset, self.frames
        about = {
            "command": self.command,
            "data": str(self.session.source.data),
            "data_fingerprint": dataset.fingerprint,
        }
        with loss_shown(rung.steps[0]) as progress:
            train(
                FrameSubset(dataset, frames.training(rung.frames)),
                FrameSubset(dataset, frames.validating),
                self._recipe(rung),
                weights,
                TrainableLidarselNet(rung.size.design, self.settings.seed),
                progress,
                about,
            )

    def _judged(self, rung: Rung, network: LidarselNet) -> LadderRunFile:
        source, frames = self.session.source, self.frames
        frozen = FrozenLidarselNet(network, source.device)
        game = with_network(self.judging, frozen)
        rmse_mm = errors_at_lines(self.session.stored(game, "rmse"), rung.steps[1]).mean(0).tolist()
        told = dict(zip(line_numbers(game.n_lines), rmse_mm, strict=True))
        run = LadderRun(
            name=rung.title,
            network_sha256=frozen.sha256,
            macs=rung.size.macs.total,
            parameters=rung.size.n_parameters,
            experts=rung.size.experts,
            frames=rung.frames,
            errors=[
                JudgedError(split=SPLIT, lines=lines, rmse_mm=told[lines if lines in told else None])
                for lines in self.numbers
            ],
        )
        provenance = msgspec.structs.asdict(source.provenance(self.command, self.judging))
        names = source.dataset.frame_ids
        return LadderRunFile(
            **{**provenance, "network": run.name, "network_sha256": run.network_sha256},
            width=rung.size.width,
            steps=self.settings.steps,
            run=run,
            trained_on=[names[frame] for frame in frames.training(rung.frames)],
            validated_on=[names[frame] for frame in frames.validating],
            judged_on=list(game.frame_ids),
        )


def judged_numbers(n_lines: int, n_in_image: int) -> tuple[int, ...]:
    """The numbers of lines that networks are judged with, of a sensor with so many, some of them in the images: all of
    these count as that number."""
    return (*(number for number in line_numbers(n_lines) if number is not None and number < n_in_image), n_in_image)


def _is_trained(place: Path) -> bool:
    """Whether the training has ended: it removes its checkpoint last."""
    weights = place / WEIGHTS
    return weights.is_file() and not weights.with_name(f"{WEIGHTS}.resume").exists()

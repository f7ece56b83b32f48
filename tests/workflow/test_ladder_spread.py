"""A ladder's networks shared out among workers, by workers that take as many turns as a network has steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.contracts import FORMAT_VERSION
from lidarsel.errors import LidarselError
from lidarsel.listening import StepProgress, heard_by
from lidarsel.pace import PlannedStep
from lidarsel.planning.ladder_files import LadderRunFile
from lidarsel.planning.law_file import LadderRun
from lidarsel.shrinking.work import Amount
from lidarsel.workflow.ladder_rungs import NetworkSize, Rung
from lidarsel.workflow.ladder_spread import made_runs, spread

STEPS = 4
RUNGS = [Rung(NetworkSize(width, 1, Design(), Amount(1, 1), Amount(1, 1), 0), 60) for width in (0.5, 0.7, 1, 1.4)]
PLANNED = {
    rung.name: [PlannedStep(rung.steps[0], STEPS, rung.size.width), PlannedStep(rung.steps[1], 0, other=0.1)]
    for rung in RUNGS
}


def run_of(rung: Rung) -> LadderRunFile:
    run = LadderRun(
        name=rung.title, network_sha256="0" * 64, macs=1, parameters=1, experts=1, frames=rung.frames, errors=[]
    )
    about = {"lidarsel_version": "0", "network": "", "data": "", "command": ""}
    digests = {"network_sha256": "0" * 64, "data_fingerprint": "0" * 64}
    return LadderRunFile(
        format_version=FORMAT_VERSION,
        seed=0,
        **about,
        **digests,
        width=rung.size.width,
        steps=STEPS,
        run=run,
        trained_on=[],
        validated_on=[],
        judged_on=[],
    )


@dataclass
class TurnTrainers:
    """``LadderTrainers`` whose turn is a step of every rung under way, and then judging it. failing: by title, why."""

    count: int
    failing: Mapping[str, str] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    most_at_once: int = 0
    under_way: dict[str, Rung] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)

    def has_room(self) -> bool:
        return len(self.under_way) < self.count

    def begin(self, rung: Rung) -> None:
        self.begun.append(rung.title)
        self.under_way[rung.name], self.turns[rung.name] = rung, 0
        self.most_at_once = max(self.most_at_once, len(self.under_way))

    def ended(self) -> tuple[Rung, LadderRunFile | LidarselError] | None:
        for name in self.under_way:
            self.turns[name] += 1
        for name, rung in self.under_way.items():
            failing = self.failing.get(rung.title)
            if self.turns[name] > STEPS + 1 or (failing and self.turns[name] == 2):
                del self.under_way[name]
                return rung, LidarselError(failing) if failing else run_of(rung)
        return None

    def heard(self) -> Mapping[str, StepProgress]:
        """Of all that were begun, ended ones too, as answers may be late."""
        return {name: self._told(name, turn) for name, turn in self.turns.items() if turn}

    def _told(self, name: str, turn: int) -> StepProgress:
        training, judging = (step.title for step in PLANNED[name])
        return StepProgress(training, turn, STEPS) if turn <= STEPS else StepProgress(judging, 0, None)


def spread_and_heard(trainers: TurnTrainers) -> tuple[dict[str, LadderRunFile | LidarselError], Sequence[StepProgress]]:
    heard: list[StepProgress] = []
    with heard_by(heard.append):
        ended = spread(trainers, RUNGS, PLANNED, STEPS)
    return ended, heard


@pytest.mark.parametrize("workers", [1, 2, 3, 8])
def test_each_worker_has_one_network_and_the_largest_come_first(workers: int) -> None:
    trainers = TurnTrainers(workers)
    ended, heard = spread_and_heard(trainers)
    assert made_runs(RUNGS, ended) == {rung.name: run_of(rung) for rung in RUNGS}
    assert trainers.begun == [rung.title for rung in reversed(RUNGS)]
    assert trainers.most_at_once == min(workers, len(RUNGS))
    done = [told.done for told in heard]
    assert done == sorted(done)
    assert (heard[-1].done, heard[-1].total, heard[-1].note) == (16, 16, "4/4 networks")
    assert {told.step for told in heard} == {"training networks"}


def test_one_that_fails_leaves_the_others_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    trainers = TurnTrainers(2, {"width 1, 60 frames": "worker on far: the loss became nan"})
    ended, heard = spread_and_heard(trainers)
    assert "lidarsel: warning: width 1, 60 frames: worker on far: the loss became nan" in capsys.readouterr().err
    assert len(trainers.begun) == 4
    assert (heard[-1].done, heard[-1].note) == (3 * STEPS + 2, "3/4 networks")
    with pytest.raises(LidarselError, match=r"^width 1, 60 frames: worker on far: the loss .*; 3 made now and kept; "):
        made_runs(RUNGS, ended)


def test_of_several_that_fail_the_first_is_told_and_the_others_counted() -> None:
    ended, _ = spread_and_heard(TurnTrainers(3, {rung.title: "no disk" for rung in RUNGS[1:]}))
    with pytest.raises(LidarselError, match=r"^width 0\.7, 60 frames: no disk \(not made, nor 2 others; 1 made now"):
        made_runs(RUNGS, ended)

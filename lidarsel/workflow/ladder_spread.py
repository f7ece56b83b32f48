"""A ladder's networks trained by workers side by side: each one network at a time, those of most work first."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

from lidarsel.ending import tell
from lidarsel.errors import LidarselError
from lidarsel.listening import StepProgress
from lidarsel.pace import PlannedStep
from lidarsel.planning.ladder_files import LadderRunFile
from lidarsel.progress import tasks_step
from lidarsel.report.words import count
from lidarsel.workflow.ladder_rungs import Rung

TITLE = "training networks"


class LadderTrainers(Protocol):
    """Workers that train networks of a ladder. count: how many they are."""

    count: int

    def has_room(self) -> bool:
        """Whether one of them has nothing to do."""
        ...

    def begin(self, rung: Rung) -> None:
        """Have the one who has nothing to do train and judge a rung."""
        ...

    def ended(self) -> tuple[Rung, LadderRunFile | LidarselError] | None:
        """Wait, a second at most, for a rung to be made or given up; None where none was.

        Raises:
            LidarselError: no worker can be had.
        """
        ...

    def heard(self) -> Mapping[str, StepProgress]:
        """How far rungs under way are, by their names: the latest step of each, where one was told."""
        ...


def spread(
    trainers: LadderTrainers, rungs: Sequence[Rung], planned: Mapping[str, Sequence[PlannedStep]], steps: int
) -> dict[str, LadderRunFile | LidarselError]:
    """Make rungs; one that fails leaves the others to go on, and is told at once.

    Args:
        trainers: who make them.
        rungs: what is to be made.
        planned: steps of making each, by its name.
        steps: of each training.

    Returns:
        Of each rung by its name its run, or why there is none.
    """
    work = {name: sum(_works(of_rung)) for name, of_rung in planned.items()}
    waiting = deque(sorted(rungs, key=lambda rung: -work[rung.name]))
    ended: dict[str, LadderRunFile | LidarselError] = {}
    done: dict[str, float] = {}
    counted = dict.fromkeys(planned, 0)
    with tasks_step(TITLE, {rung.name: work[rung.name] for rung in waiting}, trainers.count) as advance:
        while len(ended) < len(rungs):
            while waiting and trainers.has_room():
                rung = waiting.popleft()
                done[rung.name] = 0.0
                trainers.begin(rung)
            found = trainers.ended()
            for name, told in trainers.heard().items():
                if name not in ended:  # else told before its end, and heard after
                    done[name] = _work_done(planned[name], told)
                    counted[name] = _steps_done(planned[name], told, steps)
            if found is not None:
                rung, run = found
                ended[rung.name] = run
                if isinstance(run, LidarselError):
                    tell(f"warning: {rung.title}: {run} (the others go on)")
                else:
                    done[rung.name], counted[rung.name] = work[rung.name], steps
            failed = [name for name, run in ended.items() if isinstance(run, LidarselError)]
            note = f"{len(ended) - len(failed)}/{count(len(rungs), 'network')}"
            advance(done, failed, (sum(counted.values()), steps * len(rungs)), note)
    return ended


def made_runs(rungs: Sequence[Rung], ended: Mapping[str, LadderRunFile | LidarselError]) -> dict[str, LadderRunFile]:
    """The runs of rungs by their names. Raises LidarselError where one has none, naming the first of those."""
    made = {name: run for name, run in ended.items() if not isinstance(run, LidarselError)}
    failed = [f"{rung.title}: {ended[rung.name]}" for rung in rungs if rung.name not in made]
    if failed:
        others = f", nor {count(len(failed) - 1, 'other')}" if len(failed) > 1 else ""
        raise LidarselError(
            f"{failed[0]} (not made{others}; {len(made)} made now and kept; the same command trains what is not there)"
        )
    return made


def _works(planned: Sequence[PlannedStep]) -> list[float]:
    return [step.evaluations * step.cost + step.other for step in planned]


def _work_done(planned: Sequence[PlannedStep], told: StepProgress) -> float:
    """Of a rung that is at this step."""
    work = _works(planned)
    place = next((place for place, step in enumerate(planned) if step.title == told.step), None)
    return 0.0 if place is None else sum(work[:place]) + work[place] * (told.done / told.total if told.total else 0.0)


def _steps_done(planned: Sequence[PlannedStep], told: StepProgress, steps: int) -> int:
    """Of the training of a rung that is at this step: judging comes last."""
    return steps if told.step == planned[-1].title else told.done

"""How long a ladder's networks are thought to take beside each other, against a record of a real one and bounds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lidarsel.pace import PlannedStep
from lidarsel.training.settings import TrainSettings
from lidarsel.workflow.expected_ladder import LadderFrameCounts, making_steps, training_step_s
from lidarsel.workflow.ladder_rungs import Rung, size_of

RECORD = Path(__file__).parents[1] / "recorded_progress" / "scale.json"
IMAGE = (128, 424)


def planned() -> list[PlannedStep]:
    """Of the command that was recorded, as it is planned now: the sample has one frame to validate by, one to judge."""
    recipe = TrainSettings(steps=20, validate_every=5)
    counts = LadderFrameCounts(IMAGE, n_validating=1, n_judging=1, n_numbers=6)
    sizes = [size_of(width, experts, 1, IMAGE, "cpu") for width in (0.5, 1.4) for experts in (1, 16)]
    return [step for size in sizes for step in making_steps(Rung(size, 2), recipe, counts)]


def test_the_record_has_the_plan_of_now() -> None:
    """``tests/test_pace.py`` replays it: a plan that is brought up to date here has to be there, too."""
    (told,) = (event[2] for event in json.loads(RECORD.read_text()) if event[1] == "plan")
    for step, (title, evaluations, cost, other, after) in zip(planned(), told, strict=True):
        assert (step.title, step.evaluations, step.after) == (title, evaluations, after)
        assert (step.cost, step.other) == pytest.approx((cost, other), rel=1e-6)


def seconds_of_trainings(events: Sequence[Any]) -> list[float]:
    """From the first step's end to the last's, of those that were recorded."""
    found = []
    for place, (_, what, *told) in enumerate(events):
        if what == "begin" and told[0].startswith("training "):
            moves = [event for event in events[place:] if event[1] in ("move", "end")]
            own = moves[: next(at for at, event in enumerate(moves) if event[1] == "end")]
            found.append(own[-1][0] - own[0][0])
    return found


def test_experts_cost_a_training_what_they_were_recorded_to() -> None:
    """Within what the clock of a busy machine tells; active MACs are alike, and are off by more."""
    plain, mixture = seconds_of_trainings(json.loads(RECORD.read_text()))[2:]
    costs = [step.cost for step in planned() if step.title.startswith("training 1.4")]
    assert 1 / 1.5 <= (mixture / plain) / (costs[1] / costs[0]) <= 1.5
    macs = [size_of(1.4, experts, 1, IMAGE, "cpu").macs.total for experts in (1, 16)]
    assert (mixture / plain) / (macs[1] / macs[0]) > 1.5


def test_every_expert_is_computed_in_training_and_the_active_ones_in_judging() -> None:
    """Work grows by the same for every further expert, and G narrow ones of which G are active are as one."""
    recipe = TrainSettings()
    step_s = [training_step_s(size_of(1.0, experts, 1, IMAGE, "cpu"), recipe, IMAGE) for experts in (2, 4, 8)]
    assert step_s[2] - step_s[1] == pytest.approx(2 * (step_s[1] - step_s[0]), rel=0.02)
    narrow_s = training_step_s(size_of(1.0, 4, 2, IMAGE, "cpu"), recipe, IMAGE)
    assert narrow_s == pytest.approx(step_s[1], rel=0.02)
    counts = LadderFrameCounts(IMAGE, n_validating=1, n_judging=9, n_numbers=6)
    judging = [
        making_steps(Rung(size_of(1.0, experts, 1, IMAGE, "cpu"), 2), recipe, counts)[1].other for experts in (1, 8, 16)
    ]
    assert judging[0] < judging[1] == pytest.approx(judging[2], rel=0.01), "gathered, however many there are"

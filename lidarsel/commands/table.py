"""All commands, by the headings of help and in its order."""

from collections.abc import Callable

import typer

from lidarsel.commands import (
    check,
    data,
    datasets,
    doctor,
    export,
    job,
    logs,
    plan,
    privacy,
    profile,
    scale,
    sensors,
    shrink,
    stages,
    store,
    sweep,
    training,
)
from lidarsel.commands.guides import CHECKS, LOGS, MAIN_JOB, NETWORKS, START

COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {
    START: (job.demo, doctor.doctor),
    MAIN_JOB: (
        *(job.run, stages.shapley, stages.select, stages.evaluate),
        *(sweep.sweep, plan.plan, sensors.sensors),
    ),
    LOGS: (
        *(datasets.datasets, data.inspect, data.calibrate, logs.apply, logs.view),
        *(profile.profile, data.simulate),
    ),
    NETWORKS: (training.train, privacy.privacy, shrink.shrink, scale.scale, export.export),
    CHECKS: (check.check,),
}
GROUPS: dict[str, tuple[str, typer.Typer]] = {"store": (CHECKS, store.app)}
"""Commands of commands, by name, and the heading that each stands under."""

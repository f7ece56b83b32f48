"""All commands, in the order that help lists them."""

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
    sensors,
    shrink,
    stages,
    store,
    sweep,
    training,
)

COMMANDS = (
    job.demo,
    data.inspect,
    data.calibrate,
    datasets.datasets,
    job.run,
    stages.shapley,
    stages.select,
    stages.evaluate,
    sweep.sweep,
    check.check,
    plan.plan,
    sensors.sensors,
    logs.apply,
    logs.view,
    data.simulate,
    training.train,
    shrink.shrink,
    export.export,
    doctor.doctor,
)
GROUPS: dict[str, typer.Typer] = {"store": store.app}
"""Commands of commands, by name."""

"""How many lines to keep: as asked, or where nothing was asked, as the sensor has lines for."""

import sys

import msgspec
import numpy as np

from lidarsel.errors import UsageError
from lidarsel.selection.room import Room
from lidarsel.settings import RunSettings, SettingsT
from lidarsel.sweep_settings import SweepSettings


def with_budgets(settings: SettingsT, n_lines: int, source: object) -> SettingsT:
    """``budgets_filled``, with a line on stderr that says what the budgets are where none were asked for."""
    found = budgets_filled(settings, n_lines, source)
    if not settings.budgets:
        given = f"no {_option(settings)} given: {', '.join(map(str, found.budgets))}"
        sys.stderr.write(f"{given} of the {n_lines} lines\n")
    return found


def budgets_filled(settings: SettingsT, n_lines: int, source: object) -> SettingsT:
    """The settings with budgets that can be filled, whichever of the lines reach the image.

    A default is no wish: it follows the sensor and the lines that must be kept or dropped. What was asked for is
    refused where it cannot be had.

    Args:
        settings: with budgets or without, and constraints.
        n_lines: of the sensor.
        source: what has them, for messages.

    Raises:
        UsageError: a budget that was asked for, or the constraints, do not fit the sensor.
    """
    for budget in settings.budgets:
        if budget > n_lines:
            there = f"{source} has {n_lines} lines, so give 1..{n_lines}, or none for a number that fits the sensor"
            raise UsageError(f"{_option(settings)} {budget}: {there}")
    room = Room(np.ones(n_lines, bool), settings.constraints(), kind="line")
    fewest, most = room.budgets()
    fitting = (max(min(n_lines // divisor, most), fewest) for divisor in settings.BUDGET_DIVISORS)
    budgets = settings.budgets or tuple(dict.fromkeys(fitting))
    for budget in budgets:
        room.n_active(budget)
    return msgspec.structs.replace(settings, budgets=budgets)


def _option(settings: RunSettings) -> str:
    return "--budgets" if isinstance(settings, SweepSettings) else "--budget"

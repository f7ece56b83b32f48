"""lidarsel: which lines of a spinning lidar are worth paying for.

    import lidarsel as ls

    data = ls.open_data("DATA", max_frames=24)
    result = ls.run(data, budgets=(32, 16, 8))
    result.lines[16]
    result.save("runs/first")

docs/python.md says more. Nothing heavy is loaded before a function is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.2.0"

if TYPE_CHECKING:
    from lidarsel.api.data import OpenedData, open_data
    from lidarsel.api.job import JobResult, run
    from lidarsel.api.lines import Lines, select_lines
    from lidarsel.api.network import LoadedNetwork, load_network
    from lidarsel.api.report import Report, evaluate_lines
    from lidarsel.api.simulating import simulate
    from lidarsel.api.values import Values, value_lines
    from lidarsel.errors import BadInputError, LidarselError, OutputError, StorageError, UsageError
    from lidarsel.listening import StepProgress

_HOMES = {
    "lidarsel.api.data": ("OpenedData", "open_data"),
    "lidarsel.api.job": ("JobResult", "run"),
    "lidarsel.api.lines": ("Lines", "select_lines"),
    "lidarsel.api.network": ("LoadedNetwork", "load_network"),
    "lidarsel.api.report": ("Report", "evaluate_lines"),
    "lidarsel.api.simulating": ("simulate",),
    "lidarsel.api.values": ("Values", "value_lines"),
    "lidarsel.errors": ("BadInputError", "LidarselError", "OutputError", "StorageError", "UsageError"),
    "lidarsel.listening": ("StepProgress",),
}
"""The module of each public name, imported once the name is asked for."""

__all__ = [
    "BadInputError",
    "JobResult",
    "LidarselError",
    "Lines",
    "LoadedNetwork",
    "OpenedData",
    "OutputError",
    "Report",
    "StepProgress",
    "StorageError",
    "UsageError",
    "Values",
    "evaluate_lines",
    "load_network",
    "open_data",
    "run",
    "select_lines",
    "simulate",
    "value_lines",
]

if not TYPE_CHECKING:  # a type checker reads the imports above, and so finds a name that is none

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                found = getattr(import_module(home), name)
                globals()[name] = found
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})

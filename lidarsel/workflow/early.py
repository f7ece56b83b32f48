"""What can be refused before the data are opened: a run of hours must not end on a name that was wrong from the start.

From the cheapest to the dearest, and nothing here loads torch or SciPy before all names have been looked at.
"""

from pathlib import Path

from lidarsel.choices import ESTIMATORS, SELECTORS
from lidarsel.errors import UsageError
from lidarsel.settings import RunSettings


def require_known(settings: RunSettings) -> None:
    """Methods, estimator, network, weights and device. Raises UsageError, BadInputError."""
    from lidarsel.completion.registry import require_network

    for method in settings.methods:
        if method not in SELECTORS:
            raise UsageError(f"unknown method {method!r}: choose from {', '.join(SELECTORS)}")
    if settings.estimator not in ESTIMATORS:
        raise UsageError(f"no estimator {settings.estimator!r}: there are {', '.join(ESTIMATORS)}")
    weights = None if settings.weights is None else Path(settings.weights)
    require_network(settings.network, weights, settings.adaptation())
    if settings.device.startswith("cuda"):
        pick_device(settings.device)


def pick_device(wanted: str) -> str:
    """A torch device for auto, cpu, cuda or cuda:N. Raises UsageError where there is no such device."""
    if wanted == "cpu":
        return wanted
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not torch.cuda.is_available():
        raise UsageError(f"--device {wanted}: this machine has no CUDA device that torch can use; use --device cpu")
    return wanted

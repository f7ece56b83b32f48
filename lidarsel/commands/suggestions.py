"""What the shell offers for an option on pressing Tab. Names are looked up only then, so that --help stays light."""

from collections.abc import Callable, Iterable


def _offering(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """Names that begin like the last of a,b,c, with what stands before it."""

    def offer(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in names() if name.startswith(last)]

    return offer


def _methods() -> Iterable[str]:
    from lidarsel.selection.registry import NAMES

    return NAMES


def _metrics() -> Iterable[str]:
    from lidarsel.contracts import METRICS

    return METRICS


def _estimators() -> Iterable[str]:
    from lidarsel.shapley.registry import ESTIMATORS

    return ESTIMATORS


def _networks() -> Iterable[str]:
    from lidarsel.completion.registry import NAMES

    return NAMES


def _ground_truths() -> Iterable[str]:
    from typing import get_args, get_type_hints

    from lidarsel.datasets.base import ReadOptions

    return get_args(get_type_hints(ReadOptions)["ground_truth"])


methods = _offering(_methods)
metrics = _offering(_metrics)
estimators = _offering(_estimators)
networks = _offering(_networks)
ground_truths = _offering(_ground_truths)

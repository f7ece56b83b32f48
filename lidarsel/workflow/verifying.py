"""A store against the data and network that it was made with."""

from pathlib import Path

from lidarsel.evaluation.store_verify import Verification, verify
from lidarsel.settings import RunSettings
from lidarsel.workflow.session import open_source


def verify_store(store: Path, data: Path | None, settings: RunSettings, count: int) -> Verification:
    """Check a store's evaluations; with data, make some of them again.

    Args:
        store: its path.
        data: the data's folder, or None.
        settings: how the data are read, the network, the seed.
        count: the most evaluations to make again.

    Raises:
        BadInputError: as ``lidarsel.evaluation.store_verify.verify``, or data or weights cannot be used.
        UsageError: the settings do not fit the data.
    """
    if data is None:
        return verify(store, None, count, settings.seed)
    source = open_source(data, settings)
    return verify(store, source.game(source.frames), count, settings.seed)

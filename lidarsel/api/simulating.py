"""Simulated drives in Python."""

from dataclasses import fields
from pathlib import Path

import msgspec

from lidarsel.api.options import plain_of, require_names
from lidarsel.checks import what_is_wrong
from lidarsel.errors import UsageError
from lidarsel.listening import Listener, heard_by
from lidarsel.progress import step
from lidarsel.simulation.mix import StreetMix
from lidarsel.simulation.settings import SimulateSettings


def simulate(out: Path | str, *, progress: Listener | None = None, **settings: object) -> Path:
    """Simulate drives through streets, with ground truth as KITTI makes it and exact depth (``lidarsel simulate``).

    Args:
        out: folder to write, new or empty.
        progress: called with a ``StepProgress`` as steps go on.
        settings: fields of ``lidarsel.simulation.settings.SimulateSettings``: ``frames``, ``drives``, ``seed``,
            ``n_lines``, ``image_height``, ``image_width``, ``azimuth_step_deg``, ...; ``streets``: a dict of fields of
            ``lidarsel.simulation.mix.StreetMix``.

    Returns:
        The folder, for ``open_data``.

    Raises:
        UsageError: a setting makes no sense.
        OutputError: the folder is taken or cannot be written.
    """
    require_names("simulate", settings, [field.name for field in fields(SimulateSettings) if field.name != "fleet"])
    streets = settings.get("streets")
    if isinstance(streets, dict):
        require_names("simulate: streets", streets, [field.name for field in fields(StreetMix)])
    try:
        wanted = msgspec.convert({name: plain_of(value) for name, value in settings.items()}, SimulateSettings)
    except msgspec.ValidationError as error:
        raise UsageError(f"simulate: {what_is_wrong(error, SimulateSettings)}") from None
    from lidarsel.simulation.write import write_drives

    with heard_by(progress), step("simulating") as advance:
        write_drives(Path(out), wanted, advance)
    return Path(out)

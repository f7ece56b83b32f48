"""Every file of a log, what it is to a lidar with fewer lines, and where it stands in a copy: as its reader tells."""

from pathlib import Path

from lidarsel.datasets.reader import LogFile, Thinning
from lidarsel.datasets.registry import reader_of, readers
from lidarsel.datasets.scans.thinned import LINE_IMAGES, RECORD
from lidarsel.errors import BadInputError

_SEE = "see docs/apply.md for what can be thinned"


def log_files(data: Path) -> tuple[list[LogFile], Thinning]:
    """All files of a log but the records of an earlier thinning, and how its layout is thinned.

    The reader that reads the log tells, and no other: what another layout would thin is no part of this log. Where none
    reads it, as calibration or images are missing, the first that finds something of a lidar.

    Raises:
        BadInputError: logs of this layout cannot be thinned, or nothing there is of a lidar.
    """
    reader = reader_of(data)
    if reader is not None and reader.thinning is None:
        raise BadInputError(data, f"is of layout {reader.name}, whose logs lidarsel apply cannot thin", _SEE)
    able = list(dict.fromkeys(other.thinning for other in readers() if other.thinning is not None))
    if reader is not None and reader.thinning is not None:
        able = [reader.thinning]
    for thinning in able:
        files = [file for file in thinning.log_files(data) if not _is_of_record(file)]
        if any(file.kind != "other" for file in files):
            return files, thinning
    missing = [f"no {kind}" for thinning in able for kind in thinning.rewrites]
    raise BadInputError(data, f"holds {', '.join(missing)}", _SEE)


def _is_of_record(file: LogFile) -> bool:
    return file.name.name == RECORD or file.name.parts[0] == LINE_IMAGES

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
    reads it, as calibration or images are missing, the first layout that knows its scans without them.

    Raises:
        BadInputError: logs of this layout cannot be thinned, or nothing there is of a lidar.
    """
    thinning = _thinning_of(data)
    files = [file for file in thinning.log_files(data) if not _is_of_record(file)]
    if all(file.kind == "other" for file in files):
        raise BadInputError(data, f"holds {', '.join(f'no {kind}' for kind in thinning.rewrites)}", _SEE)
    return files, thinning


def _thinning_of(data: Path) -> Thinning:
    reader = reader_of(data)
    if reader is None:
        able = (other.thinning for other in readers() if other.thinning is not None)
        found = next((one for one in able if one.recognise is not None and one.recognise(data)), None)
        if found is None:
            raise BadInputError(data, "holds no log of a layout that is known", _SEE)
        return found
    if reader.thinning is None:
        raise BadInputError(data, f"is of layout {reader.name}, whose logs lidarsel apply cannot thin", _SEE)
    return reader.thinning


def _is_of_record(file: LogFile) -> bool:
    return file.name.name == RECORD or file.name.parts[0] == LINE_IMAGES

"""Which errors are told and which of them decides: the part of a run's settings on that."""

from typing import Annotated

import msgspec

from lidarsel.criterion import EXAMPLES, criterion
from lidarsel.options import ERROR, Option
from lidarsel.parts import DEFAULT_BANDS, AnyPart, every_part, parse_bands
from lidarsel.read_settings import ReadSettings


class ErrorSettings(ReadSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """metric: as ``lidarsel.criterion`` has it. bands: names of ``DistanceBand``."""

    metric: Annotated[
        str,
        Option(f"Error that decides: {EXAMPLES}.", ERROR, offers="lidarsel.criterion:OFFERED"),
    ] = "rmse"
    bands: Annotated[
        tuple[str, ...],
        Option("Bands of distance in metres that errors are also told for; none = for none.", ERROR, parse=parse_bands),
    ] = DEFAULT_BANDS

    def __post_init__(self) -> None:
        super().__post_init__()
        msgspec.structs.force_setattr(self, "metric", spelled("metric", self.metric))
        self.parts()

    def criteria(self) -> tuple[str, ...]:
        """All that decides."""
        return (self.metric,)

    def parts(self) -> tuple[AnyPart, ...]:
        """What errors are told for apart: the bands that were asked for, then what the deciding error looks at."""
        return every_part(self.bands, (part for each in self.criteria() for part in criterion(each).parts))


def spelled(key: str, text: str) -> str:
    """What decides, in one spelling. Raises ValueError that names the key."""
    try:
        return criterion(text).name
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None

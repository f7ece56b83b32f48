"""Which errors are told and which of them decides: the part of a run's settings on that."""

from typing import Annotated

import msgspec

from lidarsel.bounds import EXAMPLE, Bound, bound_of, parse_bounds
from lidarsel.criterion import EXAMPLES, criterion
from lidarsel.options import ERROR, LINES, Option
from lidarsel.parts import DEFAULT_BANDS, AnyPart, every_part, parse_bands
from lidarsel.read_settings import ReadSettings


class ErrorSettings(ReadSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """metric: as ``lidarsel.criterion`` has it. bands: names of ``DistanceBand``.
    at_most: ``lidarsel.bounds``."""

    metric: Annotated[
        str,
        Option(f"Error that decides: {EXAMPLES}.", ERROR, offers="lidarsel.criterion:OFFERED"),
    ] = "rmse"
    bands: Annotated[
        tuple[str, ...],
        Option("Bands of distance in metres that errors are also told for; none = for none.", ERROR, parse=parse_bands),
    ] = DEFAULT_BANDS

    at_most: Annotated[
        tuple[str, ...],
        Option(
            f"Errors that stay within so many times those of all lines while another one decides, as {EXAMPLE}.",
            LINES,
            parse=parse_bounds,
        ),
    ] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        msgspec.structs.force_setattr(self, "metric", spelled("metric", self.metric))
        msgspec.structs.force_setattr(self, "at_most", tuple(bound.name for bound in self.bounds()))
        self.parts()

    def bounds(self) -> tuple[Bound, ...]:
        """On other errors than the one that decides."""
        return tuple(bound_of(text) for text in self.at_most)

    def criteria(self) -> tuple[str, ...]:
        """All that decides or is bounded."""
        return (self.metric, *(bound.criterion.name for bound in self.bounds()))

    def needs_spread(self) -> bool:
        """Whether anything that decides or is bounded is what the network says of itself."""
        return any(criterion(each).is_spread for each in self.criteria())

    def parts(self) -> tuple[AnyPart, ...]:
        """What errors are told for apart: the bands that were asked for, then what the deciding error looks at."""
        return every_part(self.bands, (part for each in self.criteria() for part in criterion(each).parts))


def spelled(key: str, text: str) -> str:
    """What decides, in one spelling. Raises ValueError that names the key."""
    try:
        return criterion(text).name
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None

"""The settings of a ladder of networks: which sizes are trained, on how many frames and for how long."""

from functools import partial
from typing import Annotated

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.errors import UsageError
from lidarsel.options import LADDER, Option, whole_numbers
from lidarsel.parts import AnyPart
from lidarsel.settings import RunSettings

_WIDEST = 16.0


def parse_widths(option: str, text: str) -> tuple[float, ...]:
    """ "0.5,1" -> (0.5, 1.0). Raises UsageError for anything but numbers."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{option} {text!r} is no list of numbers; give e.g. 0.5,0.7,1,1.4") from None


def parse_counts(option: str, text: str) -> tuple[int, ...]:
    """ "60,120" -> (60, 120). Raises UsageError for anything but whole numbers."""
    return whole_numbers(option, text, "60,120,240,480")


class ScaleSettings(RunSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each option says what its field is. Every width with every number of experts is trained from nothing on every
    number of frames, by equally many steps."""

    widths: Annotated[
        tuple[float, ...],
        Option("Sizes of the network: its channels as multiples of lidarsel's own.", LADDER, parse=parse_widths),
    ] = (0.5, 0.7, 1.0, 1.4)
    experts: Annotated[
        tuple[int, ...],
        Option(
            "Experts of the convolutions at 1/8 resolution, of which one computes each place; 1 is plain convolutions.",
            LADDER,
            parse=partial(whole_numbers, example="1,4,8"),
        ),
    ] = (1,)
    granularity: Annotated[
        int,
        Option("Into how many narrower ones each expert is divided, of which as many compute each place.", LADDER),
    ] = 1
    frames: Annotated[
        tuple[int, ...],
        Option("How many frames each size is trained on, evenly spaced, in turn.", LADDER, parse=parse_counts),
    ] = (60, 120, 240, 480)
    steps: Annotated[int, Option("Optimiser steps of each training.", LADDER)] = 2000
    held_out: Annotated[
        int, Option("Frames of the drives held out to judge networks on, at most, evenly spaced.", LADDER)
    ] = 48

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("widths", "experts", "frames"):
            entries = getattr(self, name)
            if not entries or len(set(entries)) < len(entries):
                raise ValueError(f"{name}: needs one entry at least, and none twice")
        if min(self.frames) < 1:
            raise ValueError(f"frames: {min(self.frames)} is not at least 1")
        for name in ("steps", "held_out"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be at least 1")
        for number in self.experts:
            Design(experts=number)
        most = max(self.experts)  # of plain convolutions alone no granularity is taken
        Design(experts=most, granularity=self.granularity)
        sizes: dict[tuple[int, ...], float] = {}
        for width in self.widths:
            if not 0 < width <= _WIDEST:
                raise ValueError(f"widths: {width:g} is not above 0 and at most {_WIDEST:g}")
            design = Design.of_width(width, most, self.granularity)
            same = sizes.setdefault((*design.image_channels, *design.depth_channels), width)
            if same != width:
                raise ValueError(f"widths: {same:g} and {width:g} make the same network, as channels go by eights")

    def parts(self) -> tuple[AnyPart, ...]:
        """None: errors by distance and class are not told of networks."""
        return ()

"""A user's own network ready for use, with what a reader of the results must know of how it is used."""

from dataclasses import replace
from typing import TypeVar

from lidarsel.completion.foreign.network import ForeignModel, ForeignNetwork
from lidarsel.completion.identity import with_rule
from lidarsel.errors import BadInputError

ForeignT = TypeVar("ForeignT", bound=ForeignNetwork)


def opened(model: ForeignModel, device: str, kind: type[ForeignT]) -> ForeignT:
    """The network, as one of a kind, tried out on a small frame: what it returns is known only then.

    Raises BadInputError where no frame would tell which of what it returns is the depth.
    """
    adaptation = model.adaptation
    model = replace(model, sha256=with_rule(model.sha256, adaptation.identity()))
    try:
        place, has_spread = kind(model, device).try_out()
    except BadInputError:
        raise
    except Exception:  # it may take larger frames only; what it raises on a real one is told there
        place, has_spread = "", False
    said = []
    if adaptation.inputs:
        given = ", ".join(f"{each.name} = {' + '.join(each.sources)}" for each in adaptation.inputs)
        said.append(f"The network is given {given} (--network-inputs).")
    if place:
        how = "the one of the frame's size" if adaptation.output is None else "as --network-output says"
        said.append(f"Of what the network returns, {place} is taken for the depth: {how}.")
    if adaptation.min_depth_m is not None:
        least = f"{adaptation.min_depth_m:g} m"
        said.append(f"Depths below {least} that the network gives are raised to {least} (--network-min-depth-m).")
    return kind(replace(model, notes=(*model.notes, *said), tells_spread=has_spread), device)

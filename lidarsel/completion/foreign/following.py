"""Which layers of a user's own network can be cut: its graph traced, followed, and tried out."""

import logging
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode

from lidarsel.completion.coupling import Coupling, Kept, named_tensors
from lidarsel.completion.foreign.adapted import AdaptedModule, made_up_inputs
from lidarsel.completion.foreign.channel_flow import Parameter, follow
from lidarsel.completion.foreign.channel_rules import RULES
from lidarsel.completion.foreign.coupled_layers import layers_of
from lidarsel.completion.foreign.cutting import cut_module, masked_module
from lidarsel.completion.foreign.limits import OverLimitError, limited
from lidarsel.completion.foreign.network import ForeignModel, first_line
from lidarsel.errors import BadInputError
from lidarsel.listing import listed

REMEDY = "see which networks can be cut in docs/own_network.md"
MOST_S = 60.0
MOST_BYTES = 4 << 30
_SIZES = ((64, 64), (352, 1216))  # the second for networks of KITTI's size alone
_CLOSE = 1e-3  # of the largest depth: rounding is far below, another computation far above
_MOST_NAMED = 6


def followed(model: ForeignModel, device: torch.device) -> tuple[tuple[Coupling, ...], tuple[str, ...]]:
    """The layers that can be cut, and a sentence for each reason for which others cannot.

    Args:
        model: of a PyTorch module.
        device: that it is on.

    Raises:
        BadInputError: naming the network, where its graph cannot be followed, or takes too much time or memory, or no
            layer can be cut.
    """
    try:
        with limited(MOST_S, MOST_BYTES):
            return _followed(model, device)
    except OverLimitError as error:
        raise BadInputError(model.name, f"following its channels {error}", REMEDY) from None


def _followed(model: ForeignModel, device: torch.device) -> tuple[tuple[Coupling, ...], tuple[str, ...]]:
    assert model.module is not None
    program, inputs = _traced(model, device)
    layers = layers_of(follow(program, _parameters(model.module), RULES))
    notes = [f"{listed(names, _MOST_NAMED)}: left whole, as {why} is not followed." for why, names in layers.whole]
    couplings, strange = _that_cut(model, layers.couplings, inputs)
    if strange:
        notes.append(f"{listed(strange, _MOST_NAMED)}: left whole, as the network's code goes by their numbers.")
    if not couplings:
        why = f": {notes[0].rstrip('.')}" if notes else ", as it has no inner layer with a width of its own"
        raise BadInputError(model.name, f"no channel of it can be removed{why}", REMEDY)
    return couplings, tuple(notes)


def _parameters(module: nn.Module) -> dict[str, Parameter]:
    """By every name that the program may have for it; one of several names goes by its first, as in PyTorch."""
    first: dict[int, str] = {}
    return {
        f"network.{name}": Parameter(first.setdefault(id(tensor), name), tuple(tensor.shape))
        for name, tensor in named_tensors(module)
    }


def _traced(model: ForeignModel, device: torch.device) -> tuple[torch.export.ExportedProgram, dict[str, Tensor]]:
    """Its graph, and the inputs that it was traced with. Raises BadInputError."""
    assert model.module is not None
    module = AdaptedModule(model.module, model.arguments, model.adaptation).eval()
    for height, width in _SIZES:
        size = -(-height // model.multiple) * model.multiple, -(-width // model.multiple) * model.multiple
        inputs = made_up_inputs(model.inputs, 1, size, device)
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")
                return _quiet_export(module, inputs), inputs
        except Exception as error:  # whatever a network, or torch.export, raises
            problem = _why_not(error)
    raise BadInputError(model.name, f"its channels cannot be followed: {problem}", REMEDY)


def _quiet_export(module: nn.Module, inputs: Mapping[str, Tensor]) -> torch.export.ExportedProgram:
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)  # whole tracebacks of what is raised anyway
    try:
        return torch.export.export(module, args=(), kwargs=dict(inputs), strict=False)
    finally:
        logging.disable(before)


def _why_not(error: Exception) -> str:
    """What went wrong while the network was traced, and where in its own code."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = (str(Path(torch.__file__).parent), str(Path(__file__).parent))
    own = next((frame for frame in reversed(frames) if not frame.filename.startswith(ours)), None)
    where = "" if own is None else f" ({Path(own.filename).name}, line {own.lineno})"
    if isinstance(error, GuardOnDataDependentSymNode):
        return f"what it computes depends on the numbers that it is given{where}"
    return f"{type(error).__name__}: {first_line(error)}{where}"


def _that_cut(
    model: ForeignModel, couplings: Sequence[Coupling], inputs: Mapping[str, Tensor]
) -> tuple[tuple[Coupling, ...], list[str]]:
    """The layers without half of whose channels the network answers as if nothing read that half; and the others.

    A network's own code may go by numbers of channels that no operator shows, as one that divides by them.
    """
    generator = np.random.default_rng(0)
    kept = {coupling.name: _half(coupling.width, generator) for coupling in couplings}
    if not couplings or _answers_masked(model, couplings, kept, inputs):
        return tuple(couplings), []
    one_by_one = [each for each in couplings if _answers_masked(model, couplings, {each.name: kept[each.name]}, inputs)]
    together = {coupling.name: kept[coupling.name] for coupling in one_by_one}
    cut = one_by_one if _answers_masked(model, couplings, together, inputs) else []
    return tuple(cut), [coupling.name for coupling in couplings if coupling not in cut]


def _half(width: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    stay = np.zeros(width, np.bool_)
    stay[generator.permutation(width)[: (width + 1) // 2]] = True
    return stay


@torch.inference_mode()
def _answers_masked(
    model: ForeignModel, couplings: Sequence[Coupling], kept: Kept, inputs: Mapping[str, Tensor]
) -> bool:
    assert model.module is not None
    answers = []
    for change in (masked_module, cut_module):
        try:
            module = AdaptedModule(change(model.module, couplings, kept), model.arguments, model.adaptation).eval()
            answers.append(module(**{name: x.clone() for name, x in inputs.items()}))
        except Exception:  # of a network whose code does not go with another width
            return False
    masked, cut = answers
    if masked.shape != cut.shape:
        return False
    most = float(masked[masked.isfinite()].abs().max()) if bool(masked.isfinite().any()) else 0.0
    return torch.allclose(cut, masked, rtol=0, atol=_CLOSE * most, equal_nan=True)

"""``--network model.pt2``: a network written by torch.export.save."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor
from torch.export.graph_signature import InputKind, OutputKind
from torch.export.passes import move_to_device_pass
from torch.utils import _pytree as pytree

from lidarsel.completion.foreign.adaptation import AS_IT_IS, Adaptation
from lidarsel.completion.foreign.arguments import sources_of, tensors_of
from lidarsel.completion.foreign.exported import REMEDY, arguments_for, fixed_sizes
from lidarsel.completion.foreign.network import ForeignModel, ForeignNetwork, first_line
from lidarsel.completion.foreign.opening import opened
from lidarsel.completion.foreign.pt2_vetting import vetted_copy
from lidarsel.errors import BadInputError


def load_pt2(path: Path, device: str, adaptation: Adaptation = AS_IT_IS) -> ForeignNetwork:
    """The network of a .pt2 file; the file's own code, pickles and libraries are never run.

    Raises BadInputError for a file that is damaged, unsafe or no network of the protocol.
    """
    if not path.is_file():
        raise BadInputError(path, "there is no such network file", "check the path")
    try:
        with _quiet():
            program = torch.export.load(vetted_copy(path))
        if torch.device(device).type != "cpu":
            program = move_to_device_pass(program, device)
        returns = program.call_spec.out_spec
    except BadInputError:
        raise
    except Exception as error:  # whatever torch.export makes of a damaged graph
        problem = f"cannot be loaded by PyTorch {torch.__version__} ({first_line(error)})"
        raise BadInputError(path, problem, "export it again with this version") from error
    graph = program.graph_module
    shapes = _shapes(path, program)
    inputs = arguments_for(path, list(shapes), adaptation.inputs)
    batch, size = fixed_sizes(path, shapes, inputs)
    arguments: list[str | Tensor] = []  # the name of what we give, or a tensor of the file's
    for spec in program.graph_signature.input_specs:
        if spec.kind == InputKind.USER_INPUT:
            arguments.append(spec.arg.name)
        else:
            stored = program.state_dict if spec.target in program.state_dict else program.constants
            arguments.append(stored[str(spec.target)].detach())
    outputs = [spec.kind for spec in program.graph_signature.output_specs]
    if set(outputs) != {OutputKind.USER_OUTPUT}:
        raise BadInputError(path, "changes its own state while it runs, or returns nothing", REMEDY)

    def run(given: Mapping[str, Tensor]) -> object:
        named = tensors_of(inputs, given)
        answers = graph(*(named[x] if isinstance(x, str) else x for x in arguments))
        return answers[0] if len(answers) == 1 else pytree.tree_unflatten(answers, returns)

    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    state = tuple(x for x in arguments if isinstance(x, Tensor))
    model = ForeignModel(path.name, sha256, sources_of(inputs), run, adaptation, state, batch=batch, size=size)
    return opened(model, device, ForeignNetwork)


def _shapes(path: Path, program: torch.export.ExportedProgram) -> dict[str, list[int | None]]:
    """The shape of each input that is ours to give, None where it may vary."""
    values = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
    shapes: dict[str, list[int | None]] = {}
    for name in program.graph_signature.user_inputs:
        value = values.get(name) if isinstance(name, str) else None
        if not isinstance(name, str) or not isinstance(value, Tensor) or value.dtype != torch.float32:
            raise BadInputError(path, f"its input {name!r} is no float32 tensor", REMEDY)
        shapes[name] = [length if isinstance(length, int) else None for length in value.shape]
    return shapes


@contextmanager
def _quiet() -> Iterator[None]:
    """Without torch.export's warnings, which hold whole tracebacks of what is raised anyway."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)

"""A network as a file that other programs run: torch.export's .pt2 and ONNX, both for batches of any size."""

import io
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lidarsel.completion.foreign.adapted import AdaptedModule
from lidarsel.completion.foreign.network import ForeignNetwork
from lidarsel.completion.foreign.outputs import NoOneOutputError
from lidarsel.completion.lidarsel_net.ensemble import FrozenEnsemble
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.spreading import DEPTH, SPREAD
from lidarsel.errors import UsageError

MOST_COALITIONS = 1 << 12  # a pass: torch.export wants a bound, and none is in use that is as large
OPSET = 18  # of ONNX: what torch.onnx writes without converting


def export_program(network: object, size: tuple[int, int]) -> torch.export.ExportedProgram:
    """A frozen network for images of ``size`` (H, W), traced: its depth, and its spread if it tells one.

    Raises UsageError for a network that cannot be exported: only lidarsel's trained networks and PyTorch networks of
    users can be.
    """
    if isinstance(network, FrozenLidarselNet | FrozenEnsemble):
        module: nn.Module = network.in_one_piece()
        inputs: tuple[str, ...] = ("image", "sparse_depth_m")
    elif isinstance(network, ForeignNetwork) and network.model.module is not None:
        model = network.model
        assert model.module is not None
        module = AdaptedModule(model.module, model.arguments, model.adaptation, network.tells_spread)
        inputs = model.inputs
        if any(length % network.model.multiple for length in size):
            raise UsageError(
                f"--size: {network.name} takes multiples of {network.model.multiple} only; give such a size"
            )
    else:
        raise UsageError("only lidarsel's network and package.module:factory can be exported; give one of these")
    shapes = {"image": (3, *size), "sparse_depth_m": (1, *size), "mask": (1, *size), "intrinsics": (3, 3)}
    batch = torch.export.Dim("batch", min=1, max=MOST_COALITIONS)
    try:
        program = torch.export.export(
            module.eval(),
            args=(),
            kwargs={name: torch.ones(2, *shapes[name]) for name in inputs},
            dynamic_shapes={name: {0: batch} for name in inputs},
        )
    except NoOneOutputError as error:
        raise UsageError(f"{getattr(network, 'name', 'the network')}: {error}; give another --size") from None
    for node in program.graph.nodes:  # where in whose folders each line stood
        node.meta.pop("stack_trace", None)
    return program


def to_pt2(program: torch.export.ExportedProgram) -> bytes:
    """The content of a .pt2 file."""
    content = io.BytesIO()
    torch.export.save(program, content)
    return content.getvalue()


def to_onnx(program: torch.export.ExportedProgram) -> bytes:
    """The content of an .onnx file, its outputs called depth_m and, where there is one, spread_m.

    Raises UsageError where onnx is not installed.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        problem = f"writing .onnx needs {error.name}, which is not installed"
        raise UsageError(f"{problem}; pip install 'lidarsel[onnx]', or write a .pt2 file") from None
    table = torch.export.default_decompositions()
    table[torch.ops.aten.cummax.default] = lambda x, dim: _running(torch.maximum, x, dim)
    table[torch.ops.aten.cummin.default] = lambda x, dim: _running(torch.minimum, x, dim)
    exported = torch.onnx.export(
        program.run_decompositions(table),
        output_names=[DEPTH, SPREAD][: len(program.graph_signature.user_outputs)],
        opset_version=OPSET,
        verbose=False,
    )
    assert exported is not None
    for node in exported.model.graph:
        node.metadata_props.clear()
    content: bytes = exported.model_proto.SerializeToString()
    return content


def _running(larger: Callable[[Tensor, Tensor], Tensor], x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """cummax or cummin, which ONNX lacks, in log2(length) steps: values, and -1 for the indices, which nobody uses.

    After the step with a shift of s, each place holds the extreme of itself and the 2s - 1 places before it.
    """
    length = x.shape[dim]
    shift = 1
    while shift < length:
        moved = larger(x.narrow(dim, shift, length - shift), x.narrow(dim, 0, length - shift))
        x = torch.cat([x.narrow(dim, 0, shift), moved], dim)
        shift *= 2
    return x, torch.full_like(x, -1, dtype=torch.int64)

"""``--network model.onnx``: a network that onnxruntime runs. ONNX is data alone; nothing in it is code."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lidarsel.completion.foreign.adaptation import AS_IT_IS, Adaptation
from lidarsel.completion.foreign.arguments import sources_of, tensors_of
from lidarsel.completion.foreign.exported import REMEDY, arguments_for, fixed_sizes
from lidarsel.completion.foreign.network import ForeignModel, ForeignNetwork, first_line
from lidarsel.completion.foreign.opening import opened
from lidarsel.errors import BadInputError, UsageError
from lidarsel.reading import read_whole

INSTALL = "pip install 'lidarsel[onnx]'"


def load_onnx(path: Path, device: str, adaptation: Adaptation = AS_IT_IS) -> ForeignNetwork:
    """The network of an .onnx file, on the CPU or the CUDA provider of onnxruntime.

    Its identity is the digest of the file, and of the files beside it that it keeps weights in. Raises UsageError where
    onnxruntime is not there or has no CUDA, BadInputError for a file that is damaged or no network of the protocol.
    """
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise UsageError(f"{path}: .onnx files need {error.name}, which is not installed; {INSTALL}") from None
    if not path.is_file():
        raise BadInputError(path, "there is no such network file", "check the path")
    provider = _provider(path, torch.device(device), onnxruntime.get_available_providers())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.use_deterministic_compute = True
    options.log_severity_level = 4  # fatal: errors are raised anyway
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # see GOMP_SPINCOUNT in lidarsel/cli.py
    try:
        digest = _digest(path, onnx)
        session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
    except BadInputError:
        raise
    except Exception as error:  # protobuf's, onnx's and onnxruntime's own kinds
        problem = f"is no ONNX network that onnxruntime can run ({first_line(error)})"
        raise BadInputError(path, problem, "export it again, with opset 18 or so") from error
    if _digest(path, onnx) != digest:
        raise BadInputError(path, "was changed while it was loaded", "give the command again")
    inputs = session.get_inputs()
    other = [each.name for each in inputs if each.type != "tensor(float)"]
    if other:
        raise BadInputError(path, f"its input {other[0]!r} is no float32 tensor", REMEDY)
    outputs = [each.name for each in session.get_outputs()]
    shapes = {each.name: [n if isinstance(n, int) else None for n in each.shape] for each in inputs}
    arguments = arguments_for(path, list(shapes), adaptation.inputs)
    batch, size = fixed_sizes(path, shapes, arguments)

    def run(given: Mapping[str, Tensor]) -> object:
        arrays = {name: tensor.cpu().numpy() for name, tensor in tensors_of(arguments, given).items()}
        answers = [torch.from_numpy(answer) for answer in session.run(None, arrays)]
        return answers[0] if len(answers) == 1 else dict(zip(outputs, answers, strict=True))

    return opened(
        ForeignModel(
            path.name,
            digest,
            sources_of(arguments),
            run,
            adaptation,
            batch=batch,
            size=size,
            library=f"onnxruntime {onnxruntime.__version__}",
        ),
        device,
        ForeignNetwork,
    )


def _provider(path: Path, device: torch.device, available: list[str]) -> str | tuple[str, dict[str, int]]:
    if device.type == "cpu":
        return "CPUExecutionProvider"
    if "CUDAExecutionProvider" not in available:
        raise UsageError(
            f"{path}: the installed onnxruntime has no CUDA; pip install onnxruntime-gpu, or use --device cpu"
        )
    return "CUDAExecutionProvider", {"device_id": device.index or 0}


def _digest(path: Path, onnx: Any) -> str:
    """SHA-256 hex of an .onnx file and of every file beside it that a session would read."""
    content = read_whole(path)
    digest = hashlib.sha256(content)
    model = onnx.load_model_from_string(content)
    for beside in sorted({place for tensor in _tensors(model) for place in _external(tensor)}):
        weights = _beside(path, beside)
        digest.update(f"{beside}:{len(weights)}\0".encode() + weights)
    return digest.hexdigest()


def _tensors(message: Any) -> Iterator[Any]:
    """Every tensor anywhere in a message of ONNX: of graphs, of graphs inside them, of functions, of sparse weights.

    The fields are asked of protobuf and not listed here: a place for tensors that a later ONNX has counts as well.
    """
    if message.DESCRIPTOR.name == "TensorProto":
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if isinstance(value, Sequence) else [value]:
                yield from _tensors(part)


def _beside(path: Path, name: str) -> bytes:
    """A file that holds weights; within the network's folder, so that no file may send us elsewhere."""
    folder = path.parent.resolve()
    file = (folder / name).resolve()
    if not file.is_relative_to(folder):
        raise BadInputError(path, f"keeps weights in {name!r}, beyond its own folder", "put them beside it")
    return read_whole(file, "put the file there, beside the .onnx")


def _external(tensor: Any) -> list[str]:
    """The file beside the .onnx that holds a tensor's numbers, if one does."""
    return [entry.value for entry in tensor.external_data if entry.key == "location"]

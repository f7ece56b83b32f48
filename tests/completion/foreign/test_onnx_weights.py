"""Weights beside an .onnx file belong to the network's identity, wherever in the file they are named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lidarsel.completion.registry import load_network
from lidarsel.errors import BadInputError


def _beside(name: str, location: str, values: list[float], folder: Path) -> Any:
    """A float tensor of ONNX whose numbers lie in a file of their own."""
    from onnx import TensorProto, helper

    tensor = helper.make_tensor(name, TensorProto.FLOAT, [len(values)], values)
    (folder / location).write_bytes(np.array(values, np.float32).tobytes())
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def _in_function(folder: Path) -> Any:
    """A model that adds a constant in a function of its own."""
    from onnx import helper

    constant = helper.make_node("Constant", [], ["c"], value=_beside("c", "odd.data", [3.0], folder))
    opset = helper.make_opsetid("", 18)
    add = helper.make_function(
        "own", "Shift", ["x"], ["y"], [constant, helper.make_node("Add", ["x", "c"], ["y"])], [opset]
    )
    call = helper.make_node("Shift", ["sparse_depth_m"], ["depth_m"], domain="own")
    return _model([call], functions=[add], opset_imports=[opset, helper.make_opsetid("own", 1)])


def _sparsely(folder: Path) -> Any:
    """A model that adds a weight of which only what is not zero is stored."""
    from onnx import TensorProto, helper

    where = helper.make_tensor("w_indices", TensorProto.INT64, [1], [0])
    weight = helper.make_sparse_tensor(_beside("w", "odd.data", [3.0], folder), where, [1])
    return _model([helper.make_node("Add", ["sparse_depth_m", "w"], ["depth_m"])], sparse=[weight])


def _model(nodes: list[Any], sparse: Any = (), functions: Any = (), opset_imports: Any = None) -> Any:
    from onnx import TensorProto, helper

    shape: list[str | int | None] = ["B", 1, "H", "W"]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("sparse_depth_m", "depth_m")]
    graph = helper.make_graph(nodes, "odd", ends[:1], ends[1:], sparse_initializer=list(sparse))
    imports = opset_imports or [helper.make_opsetid("", 18)]
    return helper.make_model(graph, functions=list(functions), opset_imports=imports, ir_version=9)


@pytest.mark.parametrize("made", [_in_function, _sparsely])
def test_weights_beside_an_onnx_count_wherever_in_it_they_are_named(tmp_path: Path, made: Any) -> None:
    pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install 'lidarsel[onnx]'")
    path = tmp_path / "odd.onnx"
    path.write_bytes(made(tmp_path).SerializeToString())
    sparse = torch.rand(1, 1, 16, 16)
    digests = []
    for weight in (3.0, 5.0):
        (tmp_path / "odd.data").write_bytes(np.array([weight], np.float32).tobytes())
        network = load_network(str(path))
        assert torch.equal(network.complete(network.encode(None), sparse), sparse + weight)
        digests.append(network.sha256)
    assert len(set(digests)) == 2


@pytest.mark.parametrize("made", [_in_function, _sparsely])
def test_weights_beyond_an_onnx_networks_folder_are_refused_wherever_they_are_named(tmp_path: Path, made: Any) -> None:
    pytest.importorskip("onnx", reason="needs onnx: pip install 'lidarsel[onnx]'")
    (tmp_path / "inside").mkdir()
    content = made(tmp_path).SerializeToString().replace(b"odd.data", b"../o.dat")
    (tmp_path / "o.dat").write_bytes(np.array([3.0], np.float32).tobytes())
    (tmp_path / "inside" / "odd.onnx").write_bytes(content)
    with pytest.raises(BadInputError, match="beyond its own folder"):
        load_network(str(tmp_path / "inside" / "odd.onnx"))

"""What the suite found in stores, checkpoints and networks, each shrunk to the least that shows it; refused by name."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lidarsel.choices import FIGURES
from lidarsel.completion.foreign.onnx import load_onnx
from lidarsel.completion.foreign.pt2 import load_pt2
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.errors import BadInputError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_upkeep import look_into
from lidarsel.training.resume import ResumeFile
from lidarsel.training.state import RunState
from tests.fuzz.networks import SETTINGS, make_checkpoint

KEY = EvaluationKey("line", 4, FIGURES, "ab" * 32, "16x16", "cpu AVX2", "torch 2.13.0")


def store(path: Path, *statements: str) -> Path:
    with EvaluationStore.open(path) as opened:
        opened.put(opened.context(KEY), "d", "a", np.ones((1, 4), bool), np.ones((1, 4)))
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@pytest.mark.parametrize("odd", ["'text'", "x'00'", "9e999"])
def test_a_store_with_an_error_that_is_no_number(tmp_path: Path, odd: str) -> None:
    path = store(tmp_path / "e.sqlite", f"UPDATE evaluation SET errors = {odd}")
    with EvaluationStore.open(path) as opened, pytest.raises(BadInputError, match="does not fit its checksum"):
        opened.get(opened.context(KEY), "d", np.ones((1, 4), bool))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON evaluation BEGIN DELETE FROM evaluation; END",
        "CREATE VIEW v AS SELECT 1",
        "ALTER TABLE frame RENAME TO frames",
    ],
)
def test_a_store_that_does_something_else_than_it_is_asked(tmp_path: Path, statement: str) -> None:
    path = store(tmp_path / "e.sqlite", statement)
    with pytest.raises(BadInputError, match="its tables are others"):
        EvaluationStore.open(path)


def test_a_store_whose_schema_is_no_text(tmp_path: Path) -> None:
    """SQLite names what is wrong in its complaint, which is then no UTF-8 either."""
    path = store(tmp_path / "e.sqlite")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE evaluation", b"CREATE TABL\xff evaluation"))
    with pytest.raises(BadInputError, match="damaged evaluation store"):
        EvaluationStore.open(path)


def test_a_store_whose_context_is_no_text(tmp_path: Path) -> None:
    path = store(tmp_path / "e.sqlite", "UPDATE context SET libraries = x'ff'")
    with pytest.raises(BadInputError, match="damaged evaluation store"):
        look_into(path)


@pytest.mark.parametrize("damage", ["missing", "shape", "nan"])
def test_a_checkpoint_whose_weights_are_not_the_networks(tmp_path: Path, damage: str) -> None:
    """NaN was trained on with; a weight of length 1 was spread over all of them."""
    make_checkpoint(tmp_path)
    path = tmp_path / "resume.safetensors"
    tensors = load_file(path)
    name = next(name for name in tensors if name.startswith("average.") and tensors[name].ndim == 1)
    if damage == "missing":
        del tensors[name]
    else:
        tensors[name] = tensors[name][:1].clone() if damage == "shape" else tensors[name] * float("nan")
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    save_file(tensors, path, metadata)
    assert SETTINGS.design is not None
    state = RunState(SETTINGS, TrainableLidarselNet(SETTINGS.design, SETTINGS.seed))
    with pytest.raises(BadInputError, match="its weights are not the network's"):
        ResumeFile(path, SETTINGS, "data").restore(state)


def test_a_pt2_file_that_unpacks_to_much(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/models/model.json", bytes(1 << 24))
    with pytest.raises(BadInputError, match="is packed"):
        load_pt2(path, "cpu")


def test_onnx_weights_beyond_the_networks_folder(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="needs onnx: pip install 'lidarsel[onnx]'")
    from onnx import TensorProto, helper

    weights = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    weights.ClearField("float_data")
    weights.data_location = TensorProto.EXTERNAL
    weights.external_data.add(key="location", value="../../../../../../../../dev/zero")
    info = helper.make_tensor_value_info("sparse_depth_m", TensorProto.FLOAT, [1, 1, 16, 16])
    out = helper.make_tensor_value_info("depth_m", TensorProto.FLOAT, [1, 1, 16, 16])
    graph = helper.make_graph(
        [helper.make_node("Add", ["sparse_depth_m", "w"], ["depth_m"])], "g", [info], [out], [weights]
    )
    (tmp_path / "net.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(BadInputError, match="beyond its own folder"):
        load_onnx(tmp_path / "net.onnx", "cpu")

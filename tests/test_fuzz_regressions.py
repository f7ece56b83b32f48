"""What ``tests/fuzz`` found, each shrunk to the least that shows it; all of it is refused now by name."""

import json
import os
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from kornia_rs import io
from onnx import TensorProto, helper
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lidarsel.completion.foreign.onnx import load_onnx
from lidarsel.completion.foreign.pt2 import load_pt2
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.contracts import LinesFile, ReportFile, ValuesFile, read_contract, write_contract
from lidarsel.datasets.base import ReadOptions
from lidarsel.datasets.clouds.files import read_cloud
from lidarsel.datasets.parts.files import read_depth, read_image, read_points
from lidarsel.datasets.registry import open_dataset
from lidarsel.errors import BadInputError
from lidarsel.evaluation.base import EvaluationKey
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_upkeep import look_into
from lidarsel.planning.prices import read_prices
from lidarsel.settings import read_settings
from lidarsel.thinning.log_files import log_files
from lidarsel.training.log import TrainingLog
from lidarsel.training.recipe import read_recipe
from lidarsel.training.resume import ResumeFile
from lidarsel.training.state import RunState
from tests.fuzz.mutations import png_bomb
from tests.fuzz.networks import SETTINGS, make_checkpoint
from tests.fuzz.trees import bag, raw, thinned
from tests.fuzz.words import LAUGHS
from tests.support.kitti_trees import DAY, DRIVE, write_scan
from tests.support.report_samples import values

READERS = {
    "lines.yaml": lambda path: read_contract(path, LinesFile),
    "report.json": lambda path: read_contract(path, ReportFile),
    "settings.yaml": read_settings,
    "recipe.yaml": read_recipe,
    "prices.yaml": read_prices,
    "evaluations.sqlite": EvaluationStore.open,
    "depth.png": read_depth,
    "image.jpg": read_image,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "device"])
def test_what_has_no_end_is_not_read(tmp_path: Path, name: str, make) -> None:
    """A pipe that nobody writes to kept lidarsel waiting for ever; a device filled the memory."""
    make(tmp_path / name)
    with pytest.raises(BadInputError, match=rf"{name}: is no regular file"):
        READERS[name](tmp_path / name)


@pytest.mark.parametrize("name", ["lines.yaml", "settings.yaml", "recipe.yaml"])
@pytest.mark.parametrize(
    "text",
    [
        "seed: !!bool x",  # KeyError inside PyYAML
        "seed: 2001-99-99",  # ValueError of datetime
        "seed: 0b_",
        f"seed: {'9' * 5000}",  # more digits than Python converts
        "seed: !!timestamp x",  # AttributeError
        'network: "\\ud800"',  # half a character: no text can hold it
        "!!python/object/apply:os.system [id]",
        "seed: 1\nseed: 2",
        "[" * 500,
        LAUGHS,
        "x" * (3 << 20),
    ],
)
def test_yaml_that_cannot_be(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInputError, match=name):
        READERS[name](tmp_path / name)


def test_two_values_of_one_key_are_named(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("seed: 1\nevaluations: 5\nseed: 2\n")
    with pytest.raises(BadInputError, match="the key 'seed' a second time"):
        read_settings(tmp_path / "settings.yaml")


@pytest.mark.parametrize("name", ["depth.png", "image.png"])
def test_a_picture_that_unpacks_to_all_memory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(png_bomb(4160, 16384))
    with pytest.raises(BadInputError, match="16384x4160 pixels, which no camera has"):
        (read_depth if name == "depth.png" else read_image)(tmp_path / name)


@pytest.mark.parametrize("size", [b"\xfd\xe8\xfd\xe8", b"\x40\x00\x40\x00"], ids=["65000", "16384"])
def test_a_jpeg_that_tells_of_a_huge_picture(tmp_path: Path, size: bytes) -> None:
    """Of 16384 x 16384 the decoder makes 0.8 GB from some hundred bytes."""
    content = bytearray(bytes(io.encode_image_jpeg(np.zeros((16, 16, 3), np.uint8), 90)))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = size
    (tmp_path / "image.jpg").write_bytes(content)
    with pytest.raises(BadInputError, match=r"cannot be decoded \(tells of"):
        read_image(tmp_path / "image.jpg")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("thumbnail", [False, True])
def test_a_jpeg_cut_short(tmp_path: Path, share: float, thumbnail: bool) -> None:
    """The decoder gave grey for what was missing; a thumbnail in the header ends with the same marker."""
    noise = np.random.default_rng(0).integers(0, 255, (48, 160, 3), np.uint8)
    content = bytes(io.encode_image_jpeg(noise, 90))
    if thumbnail:
        content = content[:2] + b"\xff\xe1\x00\x06ab\xff\xd9" + content[2:]
    (tmp_path / "image.jpg").write_bytes(content)
    assert read_image(tmp_path / "image.jpg").shape == noise.shape
    (tmp_path / "image.jpg").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadInputError, match=r"image\.jpg: cannot be decoded \(is cut short\)"):
        read_image(tmp_path / "image.jpg")


@pytest.mark.parametrize(("row", "text"), [("S_rect_02", "1e9 1e9"), ("P_rect_02", " ".join(["1e300"] * 12))])
def test_a_calibration_of_no_camera(tmp_path: Path, row: str, text: str) -> None:
    """Without images its size was taken as it is, and its products became NaN."""
    raw(tmp_path)
    for image in tmp_path.rglob("*.png"):
        image.unlink()
    path = tmp_path / DAY / "calib_cam_to_cam.txt"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(row)]
    path.write_text("\n".join([*lines, f"{row}: {text}"]))
    with pytest.raises(BadInputError, match=r"calib_cam_to_cam|which no camera has"):
        open_dataset(tmp_path)


def test_two_frames_of_one_name(tmp_path: Path) -> None:
    """Frames go by their names in the store: those of two copies of a drive were taken for each other."""
    for day in ("a", "b"):
        raw(tmp_path / "made")
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "made" / DAY).rename(tmp_path / "data" / day)
    with pytest.raises(BadInputError, match=f"has 2 frames called {DRIVE}/image_02/0000000000"):
        open_dataset(tmp_path / "data")


@pytest.mark.parametrize("content", [b"[" * 100_000, b'[{"token": "\xb4"}]'])
def test_nuscenes_tables_that_are_no_json(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v1.0-mini").mkdir()
    for table in ("sensor", "sample_data"):
        (tmp_path / f"v1.0-mini/{table}.json").write_bytes(content)
    with pytest.raises(BadInputError, match=r"sensor\.json"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("field", ["SIZE 1 4 4", "TYPE X F F", "FIELDS \xc2x y z"])
def test_headers_that_open3d_fails_at(tmp_path: Path, field: str) -> None:
    lines = ["VERSION .7", "FIELDS x y z", "SIZE 4 4 4", "TYPE F F F", "COUNT 1 1 1", "WIDTH 1", "HEIGHT 1", "POINTS 1"]
    lines = [field if field.split()[0] == line.split()[0] else line for line in lines]
    content = "\n".join([*lines, "DATA ascii", "1 2 3", ""])
    (tmp_path / "0.pcd").write_bytes(content.encode("latin-1"))
    with pytest.raises(BadInputError, match=r"0\.pcd"):
        read_cloud(tmp_path / "0.pcd")


PLY = "ply\nformat {}\n{}element vertex 1\nproperty float x\nproperty float y\n{}end_header\n"


@pytest.mark.parametrize(
    "content",
    [
        PLY.format("binary_little_endian 1.0", "", f"property float {'z' * 300}\n").encode() + bytes(12),
        PLY.format("binary_little_endian 1.0", f"comment {'a ' * 600}\n", "property float z\n").encode() + bytes(12),
        PLY.format("ascii 1.0", "", "property float z\n").encode() + b"1 2 " + b"3" * 300 + b"\n",
    ],
    ids=["header", "comment", "points"],
)
def test_words_that_end_open3d(tmp_path: Path, content: bytes) -> None:
    """Its PLY reader writes past a buffer, which ends the process without a word of Python."""
    (tmp_path / "0.ply").write_bytes(content)
    with pytest.raises(BadInputError, match=r"0\.ply: has words that no PCD or PLY file has"):
        read_cloud(tmp_path / "0.ply")


def test_properties_whose_names_are_no_text(tmp_path: Path) -> None:
    """Read without complaint, they raised where they were looked at."""
    header = PLY.format("binary_little_endian 1.0", "", "property float z\nproperty float r\u00fdng\n")
    (tmp_path / "0.ply").write_bytes(header.encode("latin-1") + bytes(16))
    with pytest.raises(BadInputError, match=r"0\.ply"):
        read_cloud(tmp_path / "0.ply")


@pytest.mark.parametrize(
    ("name", "row"), [("calib_imu_to_velo.txt", "R: 1 0 0 0 1 0 0 0 0"), ("calib_velo_to_cam.txt", f"R: {'9 ' * 9}")]
)
def test_a_mounting_that_is_no_motion(tmp_path: Path, name: str, row: str) -> None:
    """A singular one raised LinAlgError, another gave pictures of nonsense."""
    raw(tmp_path)
    path = tmp_path / DAY / name
    path.write_text("\n".join([row, *[line for line in path.read_text().splitlines() if not line.startswith("R:")]]))
    with pytest.raises(BadInputError, match=rf"{name}: 'R:' is no rotation and translation"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("far_m", [1.1e4, -1e19, 3.4e38])
def test_a_point_beyond_what_any_lidar_reaches(tmp_path: Path, far_m: float) -> None:
    """Taken as measured, it overflowed in the projection."""
    raw(tmp_path)
    scan = next(tmp_path.rglob("*.bin"))
    points = np.fromfile(scan, "<f4").reshape(-1, 4)
    points[7, 1] = far_m
    points.tofile(scan)
    with pytest.raises(BadInputError, match=rf"{scan.name}: has 1 points beyond 10 km, the first is 7"):
        read_points(scan)


def test_oxts_of_no_vehicle(tmp_path: Path) -> None:
    raw(tmp_path)
    path = min(tmp_path.rglob("oxts/data/*.txt"))
    path.write_text(" ".join(["91", *path.read_text().split()[1:]]))
    with pytest.raises(BadInputError, match=rf"{path.name}: its number 1, 91, cannot be"):
        open_dataset(tmp_path, ReadOptions("accumulated")).frame(0)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "name: /front/camera_info",
            "name: /side/camera_info",
            "announces messages of /side/camera_info, and holds none",
        ),
        ("name: /front/camera_info", "name: true", "name a topic or a type that is no text"),
        ("name: /front/camera_info", "name: [1]", "cannot be read as a ROS bag"),
    ],
)
def test_a_bag_whose_metadata_name_other_topics(tmp_path: Path, old: str, new: str, told: str) -> None:
    bag("sqlite3", "log", tmp_path)
    path = tmp_path / "log/metadata.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(BadInputError, match=told):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"lidarsel apply"', b'"\xfd"'), (b"[[3,", b"[[9,"), (b"[[3,", b"[[-5,"), (b"[[3,", b"[[3,0],[3,")],
)
def test_a_record_of_thinning_that_cannot_be(tmp_path: Path, old: bytes, new: bytes) -> None:
    thinned(tmp_path)
    path = tmp_path / "thinned/lidarsel-thinned.json"
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    with pytest.raises(BadInputError, match="thin the log anew"):
        open_dataset(tmp_path / "thinned")


def test_values_whose_sums_overflow(tmp_path: Path) -> None:
    """The bar of a table raised OverflowError."""
    write_contract(tmp_path / "values.json", values())
    content = json.loads((tmp_path / "values.json").read_text())
    (tmp_path / "values.json").write_text(json.dumps({**content, "mean": [1e308, *content["mean"][1:]]}))
    with pytest.raises(BadInputError, match="mean must be finite"):
        read_contract(tmp_path / "values.json", ValuesFile)


@pytest.mark.parametrize(
    "line", [b"[" * 5000, b'{"step": 1}', b'{"step": 1, "loss": 1e999, "learning_rate": 1}', b"\xff"]
)
def test_a_log_of_training_that_is_none(tmp_path: Path, line: bytes) -> None:
    log = TrainingLog(tmp_path / "w.log.jsonl")
    log.cut(0)
    log.loss(1, [2.0], 1e-3)
    with log.path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(BadInputError, match=r"w\.log\.jsonl: is no log of a training"):
        log.cut(1)


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to(path), lambda path: path.symlink_to("gone")])
def test_a_log_with_what_cannot_be_copied(tmp_path: Path, make) -> None:
    """A link in a circle raised RuntimeError, a pipe hung."""
    write_scan(tmp_path / "velodyne/000000.bin", np.ones((4, 3)))
    make(tmp_path / "notes.txt")
    with pytest.raises(BadInputError, match=r"notes\.txt.*remove it from the log"):
        log_files(tmp_path)


def store(path: Path, *statements: str) -> Path:
    with EvaluationStore.open(path) as opened:
        context = opened.context(EvaluationKey("line", "cd" * 32, "ab" * 32, "16x16", "cpu"))
        opened.put(context, "a", np.ones((1, 4), bool), np.ones((1, 4)))
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@pytest.mark.parametrize("odd", ["'text'", "x'00'", "9e999"])
def test_a_store_with_an_error_that_is_no_number(tmp_path: Path, odd: str) -> None:
    path = store(tmp_path / "e.sqlite", f"UPDATE evaluation SET mae_mm = {odd}")
    with EvaluationStore.open(path) as opened, pytest.raises(BadInputError, match="an error that is no number"):
        opened.get(1, "a", np.ones((1, 4), bool))


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
    path = store(tmp_path / "e.sqlite", "UPDATE context SET data_fingerprint = x'ff'")
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
    with pytest.raises(BadInputError, match="its weights are not the network's"):
        ResumeFile(path, SETTINGS, "data").restore(
            RunState(SETTINGS, TrainableLidarselNet(SETTINGS.design, SETTINGS.seed))
        )


def test_a_pt2_file_that_unpacks_to_much(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/models/model.json", bytes(1 << 24))
    with pytest.raises(BadInputError, match="is packed"):
        load_pt2(path, "cpu")


def test_onnx_weights_beyond_the_networks_folder(tmp_path: Path) -> None:
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

"""ROS bags of the closed-form street of ``kitti_trees``, written by rosbags' own writers."""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from kornia_rs import io
from numpy.typing import NDArray
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Writer2
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from scipy.spatial.transform import Rotation

from tests.support.kitti_trees import CAMERA_FROM_LIDAR, CAMERA_MATRIX, SIZE, Array, Street

START_NS = 1_600_000_000_000_000_000
FRAME_NS = 100_000_000
RECORDED_LATE_NS = 37_000_000  # a bag's own times are later than the headers'
BASE_FROM_LIDAR = np.eye(4)
BASE_FROM_LIDAR[:3] = np.column_stack(
    [Rotation.from_euler("xyz", [2, -3, 40], degrees=True).as_matrix(), [1.2, 0, 1.9]]
)
TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4"}
Kind = Literal["ros1", "sqlite3", "mcap"]


@dataclass
class BagPlan:
    """What a bag is made of. late_ns: by frame, how much later than the scan the image is. compression: of ROS 1 BZ2 or
    LZ4, of ROS 2 FILE, MESSAGE or (MCAP) STORAGE."""

    frames: int = 3
    first: int = 0
    street: Street = field(default_factory=Street)
    big_endian: bool = False
    ring_type: int = 4
    encoding: str = "rgb8"
    image_topic: str = "/front/image_rect"
    more_image_topics: tuple[str, ...] = ()
    late_ns: dict[int, int] = field(default_factory=dict)
    without_image: tuple[int, ...] = ()
    tf: bool = True
    distortion: float = 0.0
    lens: str = "plumb_bob"
    stamped: bool = True
    without_ring: bool = False
    compression: str = ""


def image_of(frame: int) -> np.ndarray:
    """Smooth, so that JPEG keeps it."""
    row, column = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.stack([row * 2 + frame, column // 2, row + column // 4], axis=2).astype(np.uint8)


def in_firing_order(made: BagPlan, frame: int) -> tuple[Array, NDArray[np.int16]]:
    """Points (N, 3) and the line of each."""
    xyz, line = made.street.scan(frame)
    order = np.lexsort((line, np.arctan2(xyz[:, 1], xyz[:, 0]).round(4)))
    return xyz[order], line[order]


class _Messages:
    """Makes messages of one generation of ROS."""

    def __init__(self, ros1: bool) -> None:
        self.store = get_typestore(Stores.ROS1_NOETIC if ros1 else Stores.ROS2_HUMBLE)
        if ros1:
            definition = "geometry_msgs/TransformStamped[] transforms\n"
            self.store.register(get_types_from_msg(definition, "tf2_msgs/msg/TFMessage"))
        self.ros1 = ros1

    def make(self, kind: str, **values: Any) -> Any:
        return self.store.types[kind](**values)

    def header(self, stamp_ns: int, frame_id: str) -> Any:
        stamp = self.make("builtin_interfaces/msg/Time", sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
        more = {"seq": 7} if self.ros1 else {}
        return self.make("std_msgs/msg/Header", stamp=stamp, frame_id=frame_id, **more)

    def cloud(self, made: BagPlan, frame: int, stamp_ns: int) -> Any:
        """Points in the order of firing, after one that never returned; fields with gaps, rings from the lowest."""
        xyz, line = in_firing_order(made, frame)
        sign = ">" if made.big_endian else "<"
        places = {"x": (7, 4), "y": (7, 8), "z": (7, 12), "intensity": (7, 20), "ring": (made.ring_type, 24)}
        if made.without_ring:
            del places["ring"]
        types = {7: "f4", **TYPES}
        dtype = np.dtype(
            {
                "names": list(places),
                "formats": [sign + types[kind] for kind, _ in places.values()],
                "offsets": [offset for _, offset in places.values()],
                "itemsize": 30,
            }
        )
        points = np.zeros(len(xyz) + 1, dtype)
        points["x"][0] = points["y"][0] = points["z"][0] = np.nan
        for i, name in enumerate("xyz"):
            points[name][1:] = xyz[:, i]
        points["intensity"] = 0.5
        if not made.without_ring:
            points["ring"][1:] = line.max() - line
        fields = [
            self.make("sensor_msgs/msg/PointField", name=name, offset=offset, datatype=kind, count=1)
            for name, (kind, offset) in places.items()
        ]
        return self.make(
            "sensor_msgs/msg/PointCloud2",
            header=self.header(stamp_ns, "lidar"),
            height=1,
            width=len(points),
            fields=fields,
            is_bigendian=made.big_endian,
            point_step=30,
            row_step=30 * len(points),
            data=np.frombuffer(points.tobytes(), np.uint8),
            is_dense=False,
        )

    def image(self, made: BagPlan, frame: int, stamp_ns: int) -> Any:
        header, image = self.header(stamp_ns, "camera"), image_of(frame)
        if made.encoding in ("jpeg", "png"):
            data = io.encode_image_jpeg(image, 100) if made.encoding == "jpeg" else _png(image)
            text = f"rgb8; {made.encoding} compressed bgr8"
            data = np.frombuffer(bytes(data), np.uint8)
            return self.make("sensor_msgs/msg/CompressedImage", header=header, format=text, data=data)
        pixels = {"rgb8": image, "bgr8": image[..., ::-1], "mono8": image[..., :1]}.get(made.encoding, image[..., :1])
        step = pixels.shape[2] * SIZE[1] + 5  # rows are padded
        rows = np.zeros((SIZE[0], step), np.uint8)
        rows[:, :-5] = pixels.reshape(SIZE[0], -1)
        size = {"height": SIZE[0], "width": SIZE[1], "step": step}
        return self.make(
            "sensor_msgs/msg/Image", header=header, encoding=made.encoding, is_bigendian=0, data=rows.ravel(), **size
        )

    def camera_info(self, made: BagPlan) -> Any:
        names = "DKRP" if self.ros1 else "dkrp"
        bent = np.array([made.distortion, 0, 0, 0, 0])
        values = (bent, CAMERA_MATRIX[:, :3].ravel(), np.eye(3).ravel(), CAMERA_MATRIX.ravel())
        roi = {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False}
        return self.make(
            "sensor_msgs/msg/CameraInfo",
            header=self.header(START_NS, "camera"),
            height=SIZE[0],
            width=SIZE[1],
            distortion_model=made.lens,
            binning_x=0,
            binning_y=0,
            roi=self.make("sensor_msgs/msg/RegionOfInterest", **roi),
            **dict(zip(names, values, strict=True)),
        )

    def transforms(self) -> Any:
        """base -> lidar and base -> mast -> camera."""
        base_from_camera = BASE_FROM_LIDAR @ np.linalg.inv(CAMERA_FROM_LIDAR)
        mast = np.eye(4)
        mast[:3, 3] = [0.1, 0.2, 0.3]
        links = [
            ("base", "lidar", BASE_FROM_LIDAR),
            ("base", "mast", mast),
            ("mast", "camera", np.linalg.inv(mast) @ base_from_camera),
        ]
        return self.make("tf2_msgs/msg/TFMessage", transforms=[self._link(*link) for link in links])

    def _link(self, parent: str, child: str, matrix: Array) -> Any:
        x, y, z, w = Rotation.from_matrix(matrix[:3, :3]).as_quat()
        moved = dict(zip("xyz", matrix[:3, 3].tolist(), strict=True))
        transform = self.make(
            "geometry_msgs/msg/Transform",
            translation=self.make("geometry_msgs/msg/Vector3", **moved),
            rotation=self.make("geometry_msgs/msg/Quaternion", x=x, y=y, z=z, w=w),
        )
        header = self.header(START_NS, parent)
        kind = "geometry_msgs/msg/TransformStamped"
        return self.make(kind, header=header, child_frame_id=child, transform=transform)


def _png(image: np.ndarray) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.png"
        io.write_image_png_u8(str(path), np.ascontiguousarray(image), "rgb")
        return path.read_bytes()


def write_bag(path: Path, kind: Kind, made: BagPlan | None = None) -> Path:
    """A bag at ``path`` (a .bag file, or the folder of a ROS 2 bag)."""
    made = made or BagPlan()
    messages = _Messages(kind == "ros1")
    path.parent.mkdir(parents=True, exist_ok=True)
    topics: list[tuple[str, int, Any]] = [("/front/camera_info", START_NS, messages.camera_info(made))]
    if made.tf:
        topics.append(("/tf_static", START_NS, messages.transforms()))
    for frame in range(made.first, made.first + made.frames):
        stamp_ns = START_NS + frame * FRAME_NS
        recorded_ns = stamp_ns + RECORDED_LATE_NS
        topics.append(("/lidar/points", recorded_ns, messages.cloud(made, frame, stamp_ns if made.stamped else 0)))
        if frame not in made.without_image:
            late_ns = made.late_ns.get(frame, 0)
            for topic in (made.image_topic, *made.more_image_topics):
                at_ns = stamp_ns + late_ns if made.stamped else 0
                topics.append((topic, recorded_ns + late_ns, messages.image(made, frame, at_ns)))
    if kind == "ros1":
        writer: Any = Writer1(path)
    else:
        writer = Writer2(path, version=8, storage_plugin=StoragePlugin[kind.upper()])
    if made.compression and kind == "ros1":
        writer.set_compression(Writer1.CompressionFormat[made.compression])
    elif made.compression:
        writer.set_compression(CompressionMode[made.compression], CompressionFormat.ZSTD)
    writer.open()
    with closing(writer):
        connections = {}
        for topic, at_ns, message in sorted(topics, key=lambda entry: entry[1]):
            name = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, name, typestore=messages.store)
            raw = (messages.store.serialize_ros1 if kind == "ros1" else messages.store.serialize_cdr)(message, name)
            writer.write(connections[topic], at_ns, raw)
    return path

"""What ROS messages hold, as lidarsel has it: points with rings, images, a camera, static transforms.

After the message definitions of sensor_msgs and tf2_msgs; ``message`` is one of them as rosbags reads it.
"""

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lidarsel.datasets.parts.files import require_possible
from lidarsel.datasets.parts.images import as_rgb, decode_jpeg
from lidarsel.datasets.parts.lens import lens_of
from lidarsel.datasets.parts.matrices import require_camera
from lidarsel.datasets.parts.rigid import rigid
from lidarsel.datasets.scans.ring_scans import RingScan, ring_field, ring_scan
from lidarsel.errors import BadInputError
from lidarsel.geometry.motion import Matrix

# PointField's constants INT8 = 1 to FLOAT64 = 8
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}
# encoding: bytes a pixel, and which of them are red, green and blue
_ENCODINGS = {
    "rgb8": (3, [0, 1, 2]),
    "bgr8": (3, [2, 1, 0]),
    "rgba8": (4, [0, 1, 2]),
    "bgra8": (4, [2, 1, 0]),
    "mono8": (1, [0, 0, 0]),
}
_SKIP = "record it anew, or leave it out with --skip-bad"
_NO_RING = (
    "record the driver's own cloud, name the field with --ring-field where it is called otherwise, or calibrate the "
    "sensor with lidarsel calibrate and give --sensor"
)
_OTHER_TOPIC = "record the driver's own cloud, or name another topic in rosbag.yaml"


def scan_of(path: Path, message: Any, ring: str | None = None) -> RingScan:
    """A PointCloud2 without "no return"; intensity is 0 where it has none.

    ring: the field that holds the ring, None for a usual one.

    Raises BadInputError naming ``path`` where it lacks x, y, z or the ring, or is cut short.
    """
    points = _points(path, message)
    field = ring_field(path, points.dtype.names or (), ring, _NO_RING)
    return ring_scan(path, _xyz_m(points), _intensity(points), points[field])


def points_of(path: Path, message: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The same, ring or none -> float32 (N, 3) xyz_m and (N,) intensity."""
    points = _points(path, message)
    scan = ring_scan(path, _xyz_m(points), _intensity(points), np.zeros(len(points), np.int8))
    return scan.xyz_m, scan.intensity


def _xyz_m(points: NDArray[Any]) -> NDArray[np.floating]:
    return np.stack([points["x"], points["y"], points["z"]], axis=1)


def _intensity(points: NDArray[Any]) -> NDArray[Any]:
    return points["intensity"] if "intensity" in (points.dtype.names or ()) else np.zeros(len(points), np.float32)


def _points(path: Path, message: Any) -> NDArray[Any]:
    """(N,) with the message's fields by name, rows one after the other."""
    order = ">" if message.is_bigendian else "<"
    fields = [field for field in message.fields if field.datatype in _TYPES]
    there = [field.name for field in fields]
    lacking = [name for name in ("x", "y", "z") if name not in there]
    if lacking:
        problem = f"has points without {', '.join(lacking)} (their fields: {', '.join(there)})"
        raise BadInputError(path, problem, _OTHER_TOPIC)
    width_bytes = message.width * message.point_step
    stride = message.row_step if message.height > 1 else width_bytes
    if len(message.data) < stride * message.height or stride < width_bytes:
        problem = f"has {len(message.data)} bytes of points where {message.height} rows of {stride} are announced"
        raise BadInputError(path, problem, _SKIP)
    rows = message.data[: stride * message.height].reshape(message.height, stride)[:, :width_bytes]
    try:
        layout = np.dtype(
            {
                "names": there,
                "formats": [order + _TYPES[field.datatype] for field in fields],
                "offsets": [field.offset for field in fields],
                "itemsize": int(message.point_step),
            }
        )
        return np.frombuffer(np.ascontiguousarray(rows), layout)
    except ValueError as error:
        raise BadInputError(path, f"has fields of points that contradict each other ({error})", _SKIP) from None


def image_of(path: Path, message: Any) -> NDArray[np.uint8]:
    """An Image (8-bit) or CompressedImage (JPEG, PNG) -> uint8 (H, W, 3) RGB. Raises BadInputError."""
    if hasattr(message, "format"):
        return _decompressed(path, bytes(message.data))
    if message.encoding not in _ENCODINGS:
        problem = f"has an image of encoding {message.encoding!r}, not one of {', '.join(_ENCODINGS)}"
        raise BadInputError(path, problem, "record rectified colour images (image_proc), or name another topic")
    n_bytes, channels = _ENCODINGS[message.encoding]
    height, width, step = message.height, message.width, message.step
    if step < width * n_bytes or len(message.data) < height * step:
        raise BadInputError(path, f"has an image of {len(message.data)} bytes, too few for {width}x{height}", _SKIP)
    rows = message.data[: height * step].reshape(height, step)[:, : width * n_bytes]
    return np.ascontiguousarray(rows.reshape(height, width, n_bytes)[..., channels])


def _decompressed(path: Path, data: bytes) -> NDArray[np.uint8]:
    from kornia_rs import io

    try:
        if data[:2] == b"\xff\xd8":
            return decode_jpeg(data)
        if data[:8] != b"\x89PNG\r\n\x1a\n":
            raise ValueError("neither JPEG nor PNG")
        width, height, bits, colours = struct.unpack_from(">IIBB", data, 16)
        if bits != 8:
            raise ValueError(f"{bits} bits a channel, not 8")
        require_possible(path, (height, width))
        return as_rgb(io.decode_image_png_u8(data, (height, width), {0: "mono", 2: "rgb", 6: "rgba"}[colours]))
    except Exception as error:  # kornia_rs raises plain Exception
        reason = " ".join(str(error).split())[:80]
        raise BadInputError(path, f"has an image that cannot be decoded ({reason})", _SKIP) from None


def camera_matrix_of(path: Path, message: Any, rectified: bool) -> NDArray[np.float64]:
    """A CameraInfo -> float64 (3, 4): P, which projects from the rectified camera; of images that are not, K and zeros.

    Raises BadInputError where it is not calibrated, or is for a part of the sensor.
    """
    if rectified:
        matrix = np.array(message.P if hasattr(message, "P") else message.p, np.float64).reshape(3, 4)
    else:
        matrix = np.zeros((3, 4))
        matrix[:, :3] = np.reshape(message.K if hasattr(message, "K") else message.k, (3, 3))
    require_camera(
        path,
        f"{'P' if rectified else 'K'} of its CameraInfo",
        matrix,
        "calibrate the camera, or give a calibration.yaml",
    )
    if max(message.binning_x, message.binning_y) > 1 or message.roi.x_offset or message.roi.y_offset:
        problem = "has a CameraInfo with binning or a region of interest, so P is not that of the images"
        raise BadInputError(path, problem, "give a calibration.yaml")
    return matrix


def distortion_of(path: Path, message: Any) -> tuple[float, ...]:
    """Of a CameraInfo, whose raw images are not those that P is for; empty where there is none.

    Raises BadInputError for the model of a lens that no pinhole image holds.
    """
    coefficients = np.array(message.D if hasattr(message, "D") else message.d, np.float64)
    if not np.any(coefficients):
        return ()
    return lens_of(path, "distortion_model of its CameraInfo", message.distortion_model, coefficients.tolist())


def find_transform(messages: Iterable[Any], target: str, source: str) -> Matrix | None:
    """TFMessages of /tf_static -> float64 (4, 4): coordinates of frame ``source`` -> of ``target``, through any frames
    between; None where they are not linked. Raises ValueError where a transform is no rigid motion."""
    links: dict[str, dict[str, Matrix]] = {}
    for message in messages:
        for link in message.transforms:
            parent, child = _plain(link.header.frame_id), _plain(link.child_frame_id)
            t, q = link.transform.translation, link.transform.rotation
            parent_from_child = rigid((t.x, t.y, t.z), (q.w, q.x, q.y, q.z))
            links.setdefault(child, {})[parent] = parent_from_child
            links.setdefault(parent, {})[child] = np.linalg.inv(parent_from_child).astype(np.float64, copy=False)
    reached: dict[str, Matrix] = {_plain(source): np.eye(4)}
    ahead = [_plain(source)]
    while ahead:
        frame = ahead.pop()
        for other, other_from_frame in links.get(frame, {}).items():
            if other not in reached:
                reached[other] = other_from_frame @ reached[frame]
                ahead.append(other)
    return reached.get(_plain(target))


def _plain(frame_id: str) -> str:
    """ROS 1 once wrote frames with a leading slash."""
    return frame_id.lstrip("/")

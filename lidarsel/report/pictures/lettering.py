"""Words on a picture, drawn with Open3D's vector letters: no font file and no further library is needed."""

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_FONT_UNITS = 15.0  # height of a line of Open3D's letters, descenders included, in their own units
_LETTER_UNITS = 9.0  # from one letter to the next; all are of one width
_BASELINE = 1.0
_SAMPLES = 3  # along each axis of a pixel


def write(image: Image, text: str, row: int, column: int, height: int, rgb: tuple[int, int, int]) -> int:
    """Write printable ASCII (other characters become ?) on uint8 (H, W, 3), in place; the column after the last letter.

    row, column: the upper left corner; height: of the line, in pixels. What does not fit is cut.
    """
    coverage = _coverage(text.encode("ascii", "replace").decode(), height)
    coverage = coverage[: max(image.shape[0] - row, 0), : max(image.shape[1] - column, 0), None]
    window = image[row : row + coverage.shape[0], column : column + coverage.shape[1]]
    window[:] = np.rint(window + coverage * (np.array(rgb, np.float64) - window))
    return column + coverage.shape[1]


def letters_across(width: int, height: int) -> int:
    """How many letters of this line height fit in a width, both in pixels."""
    return int(width / (_LETTER_UNITS * height / _FONT_UNITS))


def _coverage(text: str, height: int) -> NDArray[np.float64]:
    """float64 (height, W) in [0, 1]: how much of each pixel the letters cover, by rays cast straight at them."""
    import open3d as o3d

    letters = o3d.t.geometry.TriangleMesh.create_text(text, depth=0.0)
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(letters)
    scale = _FONT_UNITS / height
    width = int(np.ceil(float(letters.vertex.positions.numpy()[:, 0].max()) / scale)) + 1
    step = scale / _SAMPLES
    x = (np.arange(width * _SAMPLES) + 0.5) * step
    y = _FONT_UNITS - _BASELINE - (np.arange(height * _SAMPLES) + 0.5) * step
    rays = np.zeros((height * _SAMPLES, width * _SAMPLES, 6), np.float32)
    rays[..., 0], rays[..., 1] = x, y[:, None]
    rays[..., 2], rays[..., 5] = 1, -1
    hit = np.isfinite(scene.cast_rays(o3d.core.Tensor.from_numpy(rays))["t_hit"].numpy())
    return hit.reshape(height, _SAMPLES, width, _SAMPLES).mean((1, 3))

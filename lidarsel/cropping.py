"""Which window of a frame the network sees: KITTI's benchmark crop of KITTI's images, other images whole."""

from typing import Literal, get_args

from lidarsel.options import parse_size

_Word = Literal["auto", "none"]
Crop = tuple[int, int] | _Word
"""(height, width) of the bottom-centre window; auto, KITTI's of KITTI's images; none, whole images."""

BENCHMARK_CROP = (352, 1216)
_KITTI_HEIGHTS = range(370, 377)
_KITTI_WIDTHS = range(1224, 1243)
"""Of rectified images, which differ from day to day. Their benchmark judges on a window that all of them hold; another
camera has no such reason to lose what it saw."""


def crop_window(crop: Crop, size: tuple[int, int]) -> tuple[int, int]:
    """(H, W) of the bottom-centre window of an image of ``size`` (H, W)."""
    height, width = size
    if crop == "none":
        return size
    if crop == "auto":
        return BENCHMARK_CROP if height in _KITTI_HEIGHTS and width in _KITTI_WIDTHS else size
    return min(crop[0], height), min(crop[1], width)


def crop_name(crop: Crop) -> str:
    """As it is typed."""
    return crop if isinstance(crop, str) else f"{crop[0]}x{crop[1]}"


def parse_crop(option: str, text: str) -> Crop:
    """ "auto", "none" or "352x1216". Raises UsageError naming the option."""
    for word in get_args(_Word):
        if text == word:
            found: _Word = word
            return found
    return parse_size(option, text, "auto, none or 352x1216")

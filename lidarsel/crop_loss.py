"""What a crop leaves out of frames, said where their results are: a line beyond it has no value, whatever it sees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import Caution
from lidarsel.cropping import Crop, crop_window

Size = tuple[int, int]


@dataclass(frozen=True)
class CropLoss:
    """Of frames that are cut.

    Attributes:
        sizes: distinct (H, W) of the images that are cut.
        windows: distinct (H, W) of what is left of them.
        n_lines: lines with a point in a whole image.
        lines: those of them that have none in any window.
        share: of the points of known line in whole images, those outside the window.
    """

    sizes: list[Size]
    windows: list[Size]
    n_lines: int
    lines: list[int]
    share: float


def crop_notes(cut: CropLoss | None) -> list[str]:
    """A sentence for a report, a terminal, or the facts of a data set, where a crop leaves no line out."""
    return [_told(cut)] if cut is not None and not cut.lines else []


def crop_cautions(cut: CropLoss | None) -> list[Caution]:
    """The same where lines are left out: they have no value, whatever they see."""
    return [Caution("out-of-view", _told(cut))] if cut is not None and cut.lines else []


def _told(cut: CropLoss) -> str:
    sizes, windows = (", ".join(f"{height}x{width}" for height, width in those) for those in (cut.sizes, cut.windows))
    lines = f"{len(cut.lines) or 'none'} of the {cut.n_lines} lines in the image"
    return (
        f"Images of {sizes} are cut to the bottom-centre {windows}: {lines} and {cut.share:.1%} of the lidar points in "
        "it are left out; --crop none takes images whole."
    )


def crop_loss(
    crop: Crop, sizes: Sequence[Size], whole: Sequence[NDArray[np.int64]], kept: Sequence[NDArray[np.int64]]
) -> CropLoss | None:
    """None where every image is whole.

    Args:
        crop: what frames are cut to.
        sizes: (H, W) of each frame's whole image.
        whole: of each frame, int64 (n_lines,), points of each line in the whole image.
        kept: likewise, in the window.
    """
    cut = sorted({size for size in sizes if crop_window(crop, size) != size})
    if not cut:
        return None
    points, left = np.sum(whole, axis=0), np.sum(kept, axis=0)
    return CropLoss(
        sizes=cut,
        windows=sorted({crop_window(crop, size) for size in cut}),
        n_lines=int((points > 0).sum()),
        lines=np.flatnonzero((points > 0) & (left == 0)).tolist(),
        share=float(1 - left.sum() / points.sum()) if points.any() else 0.0,
    )

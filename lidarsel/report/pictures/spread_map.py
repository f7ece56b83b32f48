"""A judged frame with how far its depths may be off, in colours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.report.pictures.frame_maps import Scale, error_colours, map_of_errors
from lidarsel.report.pictures.judged_frame import ReportPicture, picture_of_image

_MOST_BYTES = 400_000


@dataclass(frozen=True, eq=False)
class PicturedSpread:
    """One judged frame, cropped as it was judged.

    frame_id: its name. n_lines: how many are kept. image: uint8 (H, W, 3), or None. half_width_m: float (H, W), half of
    the 90 % interval of each pixel, NaN where the lidar cannot tell the depth.
    """

    frame_id: str
    n_lines: int
    image: NDArray[np.uint8] | None
    half_width_m: NDArray[np.floating]

    @property
    def cap_m(self) -> float:
        """The end of the colours: 1, 2, 5 or 10 times a power of ten; 95 % of the pixels stay below it."""
        percentile = max(float(np.nanpercentile(self.half_width_m, 95)), 1e-3)
        power = 10 ** np.floor(np.log10(percentile))
        return float(next(step * power for step in (1, 2, 5, 10) if step * power >= percentile * (1 - 1e-9)))

    def scale(self) -> Scale:
        """What the colours say."""
        ends = ["0", f"{self.cap_m / 2:g}", f"beyond {self.cap_m:g}"]
        return Scale("Half of the 90 % interval in m", error_colours(), ends)

    def pictures(self) -> list[ReportPicture]:
        """The camera image where there is one, and the map."""
        title = f"Half of the 90 % interval with {self.n_lines} lines"
        made = map_of_errors("spread", title, self.half_width_m, self.cap_m, _MOST_BYTES)
        camera = [] if self.image is None else [picture_of_image("camera", "Camera image", self.image, _MOST_BYTES)]
        return [*camera, made]

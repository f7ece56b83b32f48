"""The page's judged frames: any pictured set of lines against another, with a divider between both (frame_browser.js).

Everything that the script shows comes from here: what may be chosen as elements of the page, numbers as packed frames.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from lidarsel.contracts import ReportFile
from lidarsel.report.page.frame_controls import choices, short_name, stage
from lidarsel.report.page.parts import paragraph
from lidarsel.report.pictures.frame_maps import Scales, depth_colours, error_colours, error_in_frame
from lidarsel.report.pictures.judged_frame import (
    CHOSEN_RGB,
    DROPPED_RGB,
    EMPTY_RGB,
    JudgedFrame,
    ReportPicture,
    picture_of_image,
)
from lidarsel.report.pictures.packed import DEPTH_LEVELS, ERROR_LEVELS, packed_frames
from lidarsel.report.pictures.pictured_set import SampledFrame
from lidarsel.report.words import count, sections

MOST_FRAMES = 6
EXTRA = "frame_browser"
"""The name of its script and style sheet."""
_ALL_BYTES = 2_600_000  # in base64 a third more: beside plotly.js (2 MB compressed) the page stays under 6 MB
_CAMERA_BYTES = 50_000
_WITHOUT_SCRIPT = "These pictures need JavaScript; those of one frame are beside this page, in figures."


def frame_browser(report: ReportFile, frames: Sequence[JudgedFrame]) -> str:
    """The browser: first the worst frame, the chosen lines beside all lines; all frames on the same scales of colour.

    Args:
        report: of which every row is offered that is pictured on some frame.
        frames: at least one and at most ``MOST_FRAMES``.
    """
    scales = Scales.of(frames)
    cameras = [_camera(frame) for frame in frames]
    left = _ALL_BYTES - sum(len(camera.content) for camera in cameras if camera is not None)
    packed = packed_frames([frame.sampled for frame in frames], scales, left)
    sets = list(dict.fromkeys(tuple(one.lines) for frame in frames for one in frame.sampled.sets))
    shown = [row for _, rows in sections(report) for row in rows if tuple(row.lines) in sets]
    data = {
        "depth": {"near": scales.near_m, "far": scales.far_m, "levels": DEPTH_LEVELS, "colours": depth_colours()},
        "error": {"cap": scales.cap_m, "most": scales.most_m, "levels": ERROR_LEVELS, "colours": error_colours()},
        "colours": {"empty": EMPTY_RGB, "kept": CHOSEN_RGB, "dropped": DROPPED_RGB},
        "sets": sets,
        "rows": [sets.index(tuple(row.lines)) for row in shown],
        "frames": [_frame_data(report, frame, one, sets) for frame, (one, _) in zip(frames, packed, strict=True)],
    }
    streams = "".join(
        f'<script type="application/octet-stream" id="frame-data-{number}">'
        f"{base64.b64encode(content).decode()}</script>"
        for number, (_, content) in enumerate(packed)
    )
    listed = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    said = "".join(paragraph(one, "soft") for one in _said(report, frames, packed[0][0], scales))
    return (
        f'{said}<div class="browser" data-browser>{choices(report, frames, shown)}{stage(scales, cameras)}</div>'
        f'<script type="application/json" id="frame-browser-data">{listed}</script>{streams}'
        f"<noscript><p>{_WITHOUT_SCRIPT}</p></noscript>"
    )


def _said(report: ReportFile, frames: Sequence[JudgedFrame], first: SampledFrame, scales: Scales) -> Iterator[str]:
    """What is pictured and what is left out, and how exact it is."""
    most = max(len(frame.sampled.sets) for frame in frames)
    full = [short_name(frame, frames) for frame in frames if len(frame.sampled.sets) == most]
    if len(full) < len(frames):
        yield (
            f"Every method and budget is pictured on {' and '.join(full)}; on the other frames all lines, no line and "
            "the chosen method's are."
        )
    pictured = {tuple(one.lines) for frame in frames for one in frame.sampled.sets}
    left_out = [row for row in report.rows if tuple(row.lines) not in pictured]
    if left_out:
        are = "are" if len(left_out) > 1 else "is"
        yield f"{count(len(left_out), 'row')} of the table {are} not pictured, so that the page stays small."
    (height, width), whole = first.truth_m.shape, frames[0].ground_truth_m.shape
    fewer = "one of each block, with ground truth where there is any"
    shown = f"Of {whole[1]} × {whole[0]} pixels {width} × {height} are shown: {fewer}. " if width < whole[1] else ""
    several = " All frames have the same scales." if len(frames) > 1 else ""
    rounded = f"Depths are rounded to 1.5 %, errors of up to {scales.cap_m:g} m to {0.05 * scales.cap_m:g} m or better."
    yield f"{shown}{rounded}{several}"


def _frame_data(report: ReportFile, frame: JudgedFrame, shown: SampledFrame, sets: list[tuple[int, ...]]) -> Any:
    height, width = shown.truth_m.shape
    return {
        "width": width,
        "height": height,
        "sets": [sets.index(tuple(one.lines)) for one in shown.sets],
        "errors": [error_in_frame(one.error, report.metric) for one in shown.sets],
    }


def _camera(frame: JudgedFrame) -> ReportPicture | None:
    return None if frame.image is None else picture_of_image("camera", "Camera image", frame.image, _CAMERA_BYTES)

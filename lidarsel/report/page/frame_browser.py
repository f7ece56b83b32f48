"""The page's judged frames, one seen at a time: radio buttons, which the arrow keys move between, and a panel each.

Choosing needs no script: the style sheet shows the panel of the checked button (page.css counts to MOST_FRAMES).
"""

from collections.abc import Sequence
from html import escape

from lidarsel.printable import printable
from lidarsel.report.metric_words import millimetres
from lidarsel.report.page.parts import paragraph
from lidarsel.report.pictures.frame_maps import Scale, Scales, maps_of_frame
from lidarsel.report.pictures.judged_frame import CHOSEN_RGB, DROPPED_RGB, JudgedFrame, ReportPicture, picture_of_lines

MOST_FRAMES = 6
_ALL_BYTES = 2_700_000  # in base64 a third more: beside plotly.js (2 MB compressed) the page stays under 6 MB
_MAP_BYTES = 60_000


def frame_browser(frames: Sequence[JudgedFrame]) -> str:
    """The frames, the middle one shown first, all on the same scales of colour."""
    scales = Scales.of(frames)
    drawn = [_pictures(frame, scales, _ALL_BYTES // len(frames)) for frame in frames]
    panels = "".join(f'<div class="panel">{_panel(*each)}</div>' for each in zip(frames, drawn, strict=True))
    bars = "".join(_bar(scale) for scale in scales.bars())
    said = "All frames are drawn on the same scales. Sparse points are drawn larger than they are."
    browser = f"<fieldset>{_buttons(frames)}{panels}</fieldset>" if len(frames) > 1 else panels
    return f'{paragraph(said, "soft")}<div class="scales">{bars}</div><div class="browser">{browser}</div>'


def _buttons(frames: Sequence[JudgedFrame]) -> str:
    names = [printable(frame.frame_id) for frame in frames]
    short = [name.rpartition("/")[2] for name in names]
    labels = short if len(set(short)) == len(short) else names
    buttons = "".join(
        f'<input type="radio" name="frame" id="frame-{number}"{" checked" if number == len(frames) // 2 else ""}>'
        f'<label for="frame-{number}"><span class="code">{escape(name)}</span>'
        f"<span>RMSE {_rmse(frame.rmse_mm)}</span>"
        f'<span class="soft">all lines {_rmse(frame.rmse_all_mm)}</span></label>'
        for number, (frame, name) in enumerate(zip(frames, labels, strict=True))
    )
    return f"<legend>Frame, and its RMSE with the chosen lines</legend>{buttons}"


def _rmse(rmse_mm: float | None) -> str:
    return "not judged" if rmse_mm is None else f"{millimetres(rmse_mm)} mm"


def _pictures(frame: JudgedFrame, scales: Scales, max_bytes: int) -> list[ReportPicture]:
    """The picture of the lines and the maps, made to fit together: the largest lose their fine detail first."""
    each = _MAP_BYTES
    while True:
        found = [picture_of_lines(frame, 2 * each), *maps_of_frame(frame, scales, each)]
        if sum(len(picture.content) for picture in found) <= max_bytes:
            return found
        each = each * 3 // 4


def _panel(frame: JudgedFrame, pictures: Sequence[ReportPicture]) -> str:
    over, *maps = pictures
    unpaired = {maps[0].key: ' class="alone"'} if len(maps) % 2 else {}
    figures = "".join(
        f'<figure data-map="{picture.key}"{unpaired.get(picture.key, "")}>{_image(picture)}'
        f"<figcaption>{escape(picture.title)}</figcaption></figure>"
        for picture in maps
    )
    kept, dropped = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in (CHOSEN_RGB, DROPPED_RGB))
    return (
        '<figure class="over"><div class="scroll wide" tabindex="0" role="region" '
        f'aria-label="Chosen lines over the camera image">{_image(over)}</div>'
        f'<figcaption><span class="key" style="--dot:{kept}">points of chosen lines</span> &ensp; '
        f'<span class="key" style="--dot:{dropped}">points of dropped lines</span> &ensp; '
        f"Frame {escape(printable(frame.frame_id))}</figcaption></figure>"
        f'<div class="maps">{figures}</div>'
    )


def _image(picture: ReportPicture) -> str:
    return f'<img src="{picture.uri}" width="{picture.width}" height="{picture.height}" alt="{escape(picture.title)}">'


def _bar(scale: Scale) -> str:
    ticks = "".join(f"<span>{escape(label)}</span>" for label in scale.labels)
    ramp = f"background:linear-gradient(to right,{','.join(scale.colours)})"
    bar = f'<div class="ramp" style="{ramp}"></div><div class="ticks">{ticks}</div>'
    return f'<div class="scale">{escape(scale.title)}{bar}</div>'

"""What the frame browser is worked by: frames, the sets of both sides, what is shown of them, the divider, legends."""

from collections.abc import Sequence
from html import escape

from lidarsel.contracts import ReportFile
from lidarsel.printable import printable
from lidarsel.report.pictures.frame_maps import Scale, Scales, error_in_frame
from lidarsel.report.pictures.judged_frame import CHOSEN_RGB, DROPPED_RGB, EMPTY_RGB, JudgedFrame, ReportPicture
from lidarsel.report.words import chosen_row, count, method_name
from lidarsel.report_rows import ReportRow

TRUTH = "truth"
"""What stands for the ground truth among the sets of the right side."""
_VIEWS = (("error", "Error"), ("depth", "Depth"), ("points", "Lidar points"))
_HINT = (
    "Drag the divider, or move the slider below the picture. Point at a pixel, or move the mark by the arrow keys, to "
    "read depth and error there. + and − zoom, 0 shows all; zoomed in, drag the picture."
)


def short_name(frame: JudgedFrame, frames: Sequence[JudgedFrame]) -> str:
    """Its name without the folders that all frames are in."""
    names = [printable(each.frame_id).split("/") for each in frames]
    own = printable(frame.frame_id).split("/")
    if len(names) == 1 or len({len(name) for name in names}) > 1:
        return own[-1] if len({name[-1] for name in names}) == len(names) else "/".join(own)
    return "/".join(part for place, part in enumerate(own) if len({name[place] for name in names}) > 1)


def choices(report: ReportFile, frames: Sequence[JudgedFrame], shown: Sequence[ReportRow]) -> str:
    """Frames by buttons; the sets of both sides, and what is shown of them."""
    first = next((place for place, frame in enumerate(frames) if frame.called == "worst"), len(frames) // 2)
    buttons = "".join(
        f'<input type="radio" name="frame" id="frame-{number}"{_if(number == first, "checked")}>'
        f'<label for="frame-{number}"><span class="code">{escape(short_name(frame, frames))}</span>'
        f"<span>{_called(frame)}{escape(error_in_frame(frame.error, report.metric))}</span>"
        f'<span class="soft">all lines {escape(error_in_frame(frame.error_all, report.metric))}</span></label>'
        for number, frame in enumerate(frames)
    )
    chosen, whole = (
        next((place for place, row in enumerate(shown) if row is one), 0)
        for one in (chosen_row(report), report.row("all"))
    )
    views = "".join(
        f'<input type="radio" name="view" id="view-{key}" value="{key}"{_if(key == "error", "checked")}>'
        f'<label for="view-{key}">{title}</label>'
        for key, title in _VIEWS
    )
    truth = f'<option value="{TRUTH}">ground truth</option>'
    return (
        f"<fieldset><legend>Frame, and its error with the chosen lines</legend>{buttons}</fieldset>"
        '<div class="sides">'
        f'<label>Left of the divider <select data-side="left">{_options(report, shown, chosen)}</select></label>'
        f'<label>Right <select data-side="right">{_options(report, shown, whole)}{truth}</select></label>'
        f"<fieldset><legend>Show</legend>{views}</fieldset></div>"
    )


def _options(report: ReportFile, shown: Sequence[ReportRow], selected: int) -> str:
    """A group for each number of lines, by rows' places among the shown."""
    found: list[str] = []
    budget = None
    for place, row in enumerate(shown):
        if row.budget != budget:
            found.append(f'{"</optgroup>" if found else ""}<optgroup label="{count(row.budget, "line")}">')
            budget = row.budget
        mark = " (chosen)" if row is chosen_row(report) else ""
        kept = f", {count(row.budget, 'line')}" if row.method not in ("all", "none") else ""
        found.append(
            f'<option value="{place}"{_if(place == selected, "selected")}>'
            f"{escape(method_name(row))}{kept}{mark}</option>"
        )
    return "".join(found) + "</optgroup>"


def stage(scales: Scales, cameras: Sequence[ReportPicture | None]) -> str:
    images = "".join(
        f'<img hidden data-camera="{number}" src="{camera.uri}" width="{camera.width}" height="{camera.height}" '
        f'alt="{escape(camera.title)}">'
        for number, camera in enumerate(cameras)
        if camera is not None
    )
    depth, error = scales.bars()
    kept, dropped = ("#{:02x}{:02x}{:02x}".format(*colour) for colour in (CHOSEN_RGB, DROPPED_RGB))
    empty = "#{:02x}{:02x}{:02x}".format(*EMPTY_RGB)
    return (
        f'<div class="stage" tabindex="0" role="application" aria-label="Two pictures with a divider. {escape(_HINT)}">'
        '<canvas></canvas><span class="tag left"></span><span class="tag right"></span>'
        '<span class="divider"><span class="grip"></span></span></div>'
        '<input type="range" aria-label="Divider between the two pictures" min="0" max="100" value="50" step="1">'
        '<div class="below"><output class="readout" aria-live="polite"></output>'
        '<span class="zoom"><button type="button" data-zoom="out" aria-label="Zoom out">−</button>'
        '<button type="button" data-zoom="all">All</button>'
        '<button type="button" data-zoom="in" aria-label="Zoom in">+</button></span></div>'
        f'<div class="scales"><div data-legend="error">{_bar(error)}<span class="key" style="--dot:{empty}">'
        f'not judged: no ground truth</span></div><div data-legend="depth">{_bar(depth)}</div>'
        '<div data-legend="points">'
        f'<span class="key" style="--dot:{kept}">points of the lines kept</span> '
        f'<span class="key" style="--dot:{dropped}">points of the others</span></div></div>'
        f'<p class="soft">{escape(_HINT)}</p>{images}'
    )


def _called(frame: JudgedFrame) -> str:
    return f"<b>{escape(frame.called)}:</b> " if frame.called else ""


def _if(true: bool, attribute: str) -> str:
    return f" {attribute}" if true else ""


def _bar(scale: Scale) -> str:
    ticks = "".join(f"<span>{escape(label)}</span>" for label in scale.labels)
    ramp = f"background:linear-gradient(to right,{','.join(scale.colours)})"
    bar = f'<div class="ramp" style="{ramp}"></div><div class="ticks">{ticks}</div>'
    return f'<div class="scale">{escape(scale.title)}{bar}</div>'

"""What the frame browser offers: every frame and every row that is pictured, said where one is not, in few bytes."""

import base64
import json
import re
import zlib
from dataclasses import replace

import numpy as np

from lidarsel.report.page.frame_browser import MOST_FRAMES, frame_browser
from lidarsel.report.page.html import html_page
from lidarsel.report.pictures.judged_frame import JudgedFrame
from tests.support.report_samples import METHODS, insights, pictures, report, values

N_FRAMES = 3


def options(page: str, side: str) -> list[str]:
    select = re.search(rf'<select data-side="{side}">(.*?)</select>', page, re.DOTALL)
    assert select
    return re.findall(r"<option[^>]*>(.*?)</option>", select[1])


def selected(page: str, side: str) -> str:
    select = re.search(rf'<select data-side="{side}">(.*?)</select>', page, re.DOTALL)
    assert select
    (found,) = re.findall(r"<option[^>]* selected>(.*?)</option>", select[1])
    return str(found)


def data_of(page: str) -> dict:
    found = re.search(r'id="frame-browser-data">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def test_every_row_of_the_table_is_offered_on_both_sides_and_the_chosen_beside_all_lines_comes_first() -> None:
    page = frame_browser(report(), pictures(n_frames=N_FRAMES))
    told = {f"{method}, {budget} lines" for method in METHODS for budget in (32, 16, 8)} - {"sas-region, 32 lines"}
    told |= {"sas-region, 32 lines (chosen)", "all lines", "no lines"}
    assert set(options(page, "left")) == told
    assert set(options(page, "right")) == told | {"ground truth"}
    assert (selected(page, "left"), selected(page, "right")) == ("sas-region, 32 lines (chosen)", "all lines")
    data = data_of(page)
    content = report()
    offered = [data["sets"][place] for place in data["rows"]]
    assert sorted(offered) == sorted(row.lines for row in content.rows)


def test_frames_are_chosen_by_buttons_that_say_their_errors_and_which_is_worst_and_best() -> None:
    frames = pictures(n_frames=N_FRAMES)
    page = frame_browser(report(), frames)
    buttons = re.findall(
        r'<input type="radio" name="frame" id="(frame-\d)"( checked)?><label for="\1">(.*?)</label>', page
    )
    assert [(key, bool(checked)) for key, checked, _ in buttons] == [
        ("frame-0", True),
        ("frame-1", False),
        ("frame-2", False),
    ], "the worst first"
    for frame, (_, _, label) in zip(frames, buttons, strict=True):
        assert frame.error is not None
        assert f"RMSE {frame.error:.0f} mm" in label
        assert frame.frame_id.rpartition("/")[2] in label
    assert ["<b>worst:</b>" in label for *_, label in buttons] == [True, False, False]
    assert ["<b>best:</b>" in label for *_, label in buttons] == [False, False, True]
    assert "Every method and budget is pictured on 0000000012 and 0000000014; on the other frames" in page


def test_frames_have_those_parts_of_their_names_that_tell_them_apart() -> None:
    one, two = (pictures(frame_id=f"drive_{drive}/image_02/0000000012")[0] for drive in (1, 2))
    page = frame_browser(report(), [one, two])
    assert re.findall(r'<span class="code">(.*?)</span>', page) == ["drive_1", "drive_2"]


def test_what_is_not_pictured_is_said_and_not_offered() -> None:
    frames = [
        replace(one, sampled=replace(one.sampled, sets=[each for each in one.sampled.sets if len(each.lines) != 8]))
        for one in pictures(n_frames=N_FRAMES)
    ]
    page = frame_browser(report(), frames)
    assert f"{len(METHODS)} rows of the table are not pictured" in page
    assert not any(", 8 lines" in option for option in options(page, "left"))
    assert "not pictured" not in frame_browser(report(), pictures(n_frames=N_FRAMES))


def test_legends_tell_what_lies_beyond() -> None:
    page = frame_browser(report(), pictures())
    assert "<span>beyond 5</span>" in page
    assert "<span>5 and nearer</span>" in page
    assert "<span>beyond 60</span>" in page


def test_numbers_of_every_frame_are_in_the_page() -> None:
    page = frame_browser(report(), pictures(n_frames=N_FRAMES))
    for number, frame in enumerate(data_of(page)["frames"]):
        packed = re.search(rf'id="frame-data-{number}">(.*?)</script>', page)
        assert packed
        places = frame["width"] * frame["height"]
        raw = zlib.decompress(base64.b64decode(packed[1]))
        known = np.count_nonzero(np.frombuffer(raw, np.uint8)[2 * places : 3 * places])
        assert len(raw) == 3 * places + len(frame["sets"]) * (places + known)


def test_cameras_have_names_and_sizes_and_may_be_lacking() -> None:
    images = re.findall(r"<img[^>]*>", frame_browser(report(), pictures(n_frames=N_FRAMES)))
    assert len(images) == N_FRAMES
    assert all('alt="Camera image"' in image and 'width="400"' in image for image in images)
    assert "<img" not in frame_browser(report(), [replace(pictures()[0], image=None)])


def test_page_is_small_enough_for_many_frames_of_a_wide_camera() -> None:
    wide = [noisy(frame, number) for number, frame in enumerate(pictures(450, 800, n_frames=MOST_FRAMES))]
    page = html_page(report(), values(), wide, insights()).encode()
    assert 5_000_000 < len(page) < 6_000_000


def noisy(frame: JudgedFrame, seed: int) -> JudgedFrame:
    """Nothing in it can be compressed."""
    rng = np.random.default_rng(seed)
    sets = [
        replace(one, depth_m=rng.uniform(5, 60, one.depth_m.shape).astype(np.float32)) for one in frame.sampled.sets
    ]
    return replace(frame, sampled=replace(frame.sampled, sets=sets))

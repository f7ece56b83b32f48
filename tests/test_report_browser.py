"""The page in a real browser: figures draw, nothing complains, a phone's width is enough, darkness is followed."""

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lidarsel.report.html import write_html
from tests.report_samples import METHODS, pictures, report, values

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install --no-install-recommends chromium"),
]
# what the page looks like from inside, handed to the page that frames it
PROBE = """<script>
const tell = () => parent.postMessage(JSON.stringify({
  drawn: document.querySelectorAll('[data-drawn="true"]').length,
  curves: document.querySelectorAll('#error .scatterlayer .trace').length,
  names: [...document.querySelectorAll('.legendtext')].map((text) => text.textContent),
  pictures: [...document.images].filter((image) => image.complete && image.naturalWidth > 0).length,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  text: getComputedStyle(document.body).color,
  ticks: getComputedStyle(document.querySelector('.xtick text')).fill,
}), "*");
addEventListener("load", () => setTimeout(tell, 1500));
</script>"""
FRAME = """<!doctype html><body><iframe src="probed.html" style="width:{width}px;height:800px"></iframe><script>
addEventListener("message", (message) => {{ document.body.dataset.seen = message.data; }});
</script></body>"""


def browse(folder: Path, width: int, *flags: str, added: str = "") -> dict[str, Any]:
    """Open the report at a width; what it tells of itself. A complaint on its console fails the test."""
    write_html(folder / "report.html", report(), values(), pictures())
    page = (folder / "report.html").read_text()
    (folder / "probed.html").write_text(page.replace("</body>", f"{added}{PROBE}</body>"))
    (folder / "frame.html").write_text(FRAME.format(width=width))
    command = [
        *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr"),
        *("--virtual-time-budget=8000", f"--user-data-dir={folder / 'profile'}", "--window-size=1400,900", *flags),
        *("--dump-dom", (folder / "frame.html").as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints, complaints
    seen = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert seen, done.stderr[-2000:]
    return msgspec.json.decode(unescape(seen[1]))


@pytest.mark.parametrize("width", [1280, 390])
def test_figures_and_pictures_are_drawn_at_every_width(tmp_path, width):
    seen = browse(tmp_path, width)
    assert seen["drawn"] == 2
    assert seen["curves"] == 2 * len(METHODS) + 2  # a band and a curve each, and the two level lines
    assert all(any(name.startswith(method) for name in seen["names"]) for method in METHODS)
    assert seen["pictures"] == 9
    assert seen["overflow"] == 0, "the page itself must not scroll sideways"
    assert seen["text"] == seen["ticks"] == "rgb(27, 30, 36)"


def test_figures_follow_the_dark(tmp_path):
    seen = browse(tmp_path, 1280, "--blink-settings=preferredColorScheme=0")
    assert seen["text"] == seen["ticks"] == "rgb(230, 232, 236)"


def test_the_test_can_fail(tmp_path):
    """A page that fetches something is seen to complain, and its own policy stops it."""
    with pytest.raises(AssertionError, match="blocked"):
        browse(tmp_path, 1280, added='<img src="https://example.org/x.png" alt="">')

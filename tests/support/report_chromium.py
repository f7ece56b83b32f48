"""Chromium without a window, driven over a pipe by its DevTools protocol: nothing to install beside the browser.

Messages are JSON ended by a zero byte; the browser reads them from its file descriptor 3 and answers on 4
(--remote-debugging-pipe). https://chromedevtools.github.io/devtools-protocol/
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars", "--disable-sync")
_QUIET = ("--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe")
_PATIENCE_S = 60
KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, "Tab": 9, "+": 187, "0": 48}


class Browser:
    """A tab. complaints: what the page that is open wrote on its console, failed to load or threw."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out, self._in = to_browser, os.fdopen(from_browser, "rb")
        self._number, self._session = 0, None
        self.complaints: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer, noting what the page complains of meanwhile."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (found := self._receive()).get("id") != self._number:
            pass
        assert "error" not in found, found
        return found["result"]

    def _receive(self) -> dict[str, Any]:
        raw = bytearray()
        while (byte := self._in.read(1)) != b"\0":
            assert byte, "the browser is gone"
            raw += byte
        message = json.loads(raw)
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(str(params["args"]))
        elif method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        return message

    def open(self, page: Path, width: int, height: int = 900, dark: bool = False) -> None:
        """Open a page at a width and wait until it is there; its figures may still be drawn."""
        self.ask("Page.navigate", url="about:blank")
        self.complaints.clear()
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        mobile = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.ask("Emulation.setDeviceMetricsOverride", **mobile)
        self.ask("Page.navigate", url=page.as_uri())
        self.wait('document.readyState === "complete" && document.querySelectorAll("[data-figure]").length > 0')

    def look(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, expression: str) -> None:
        """Until an expression is true in the page."""
        end = time.monotonic() + _PATIENCE_S
        while not self.look(expression):
            assert time.monotonic() < end, f"never came true: {expression}; {self.complaints}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press a key as a user would: the page gets a trusted event and does what it does by default."""
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=KEYS[key])

    def move(self, x: float, y: float, kind: str = "mouseMoved", held: bool = False) -> None:
        """The mouse, in pixels of the window: moved, or mousePressed and mouseReleased by its left button."""
        button = {"button": "none"} if kind == "mouseMoved" and not held else {"button": "left", "clickCount": 1}
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, buttons=int(held), **button)

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        """A finger: touchStart, touchMove or touchEnd."""
        points = [{"x": x, "y": y} for x, y in places]
        self.ask("Input.dispatchTouchEvent", type=kind, touchPoints=points)


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, closed at the end."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    joined = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    command = ["bash", "-c", joined, "bash", str(BROWSER), *_FLAGS, *_QUIET, f"--user-data-dir={profile}"]
    log = (profile.parent / "browser.log").open("wb")
    with log, subprocess.Popen(command, pass_fds=(theirs_in, theirs_out), stdout=log, stderr=log) as process:
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Browser(ours_out, ours_in)
        finally:
            process.kill()
            os.close(ours_out)

"""Whether a case ended as it may: used, or refused in one line that a user can act on."""

import resource
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

from lidarsel.errors import LidarselError

MOST_SECONDS = 10
MOST_BYTES = 2 << 30
End = Literal["used", "refused", "failed"]


class TookTooLong(BaseException):
    """Not to be caught by what is tested."""


@dataclass(frozen=True)
class Verdict:
    """end: of the case. said: the refusal, or the traceback. peak_mib: memory that it took beyond what was there."""

    end: End
    said: str
    seconds: float
    peak_mib: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge(use: Callable[[], object]) -> Verdict:
    """Run a case with 10 s and 2 GiB. What the command line would show as one line with exit code 2 is a refusal."""
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    limit = resource.getrlimit(resource.RLIMIT_AS)
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(MOST_SECONDS)
    start = time.monotonic()
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + MOST_BYTES, limit[1]))
    end: End
    try:
        use()
        end, said = "used", ""
    except LidarselError as error:
        end, said = "refused", str(error)
        if not said.strip():
            end, said = "failed", "a refusal without a word"
    except OSError as error:
        named = error.filename is not None  # lidarsel.cli tells these in one line
        end, said = ("refused", str(error)) if named else ("failed", traceback.format_exc())
    except BaseException:
        end, said = "failed", traceback.format_exc()
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, limit)
    seconds = time.monotonic() - start
    return Verdict(end, said, round(seconds, 4), round(max(_status("VmHWM") - before, 0) / (1 << 20), 1))


def _alarm(_number: int, _frame: FrameType | None) -> None:
    raise TookTooLong


def _status(key: str) -> int:
    """Bytes of a line of /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) << 10
    raise KeyError(key)

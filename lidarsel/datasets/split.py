"""Which frames lines are chosen on and which they are judged on: never the same, unless told so."""

from collections.abc import Sequence
from typing import Literal

Part = Literal["all", "valuing", "held-out"]
PARTS: tuple[Part, ...] = ("all", "valuing", "held-out")
HELD_OUT_SHARE = 1 / 3


def thin_frames(n_frames: int, max_frames: int) -> list[int]:
    """At most ``max_frames`` frame indices, evenly spaced over ``n_frames``."""
    if n_frames <= max_frames:
        return list(range(n_frames))
    return [(2 * place + 1) * n_frames // (2 * max_frames) for place in range(max_frames)]


def split_frames(
    drives: Sequence[str], frames: Sequence[int], held_out_share: float = HELD_OUT_SHARE
) -> tuple[list[int], list[int]] | None:
    """Frames for valuing and held-out frames for judging, or None where a single frame cannot be split.

    With several drives, whole drives are held out, from the last one back, until they hold a third of the frames, or
    another share (a drive never stands on both sides). One drive is cut in time: its last third is held out.
    """
    if len(frames) < 2:
        return None
    names = list(dict.fromkeys(drives[frame] for frame in frames))
    if len(names) == 1:
        cut = len(frames) - max(1, round(len(frames) * held_out_share))
        return list(frames[:cut]), list(frames[cut:])
    held_out_drives: set[str] = set()
    for name in reversed(names[1:]):
        held_out_drives.add(name)
        if sum(drives[frame] in held_out_drives for frame in frames) >= len(frames) * held_out_share:
            break
    valuing = [frame for frame in frames if drives[frame] not in held_out_drives]
    return valuing, [frame for frame in frames if drives[frame] in held_out_drives]

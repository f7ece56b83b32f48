"""Which frames lines are chosen on and which they are judged on: never the same, unless told so."""

from collections.abc import Sequence
from typing import Literal

from lidarsel.errors import LidarselError

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


def valuing_and_held_out(
    drives: Sequence[str],
    frames: Sequence[int],
    same_frames: bool = False,
    held_out_share: float = HELD_OUT_SHARE,
    refusal: LidarselError | None = None,
) -> tuple[list[int], list[int]]:
    """The one rule of which frames are for choosing (or training) and which for judging.

    Args:
        drives: the drive of every frame of the data set.
        frames: those that are used, indices into it.
        same_frames: all of them on both sides.
        held_out_share: of the frames for judging, at least.
        refusal: raised where a single frame cannot be split; None puts it on both sides.

    Returns:
        Frames for choosing, frames for judging.
    """
    halves = None if same_frames else split_frames(drives, frames, held_out_share)
    if halves is None and refusal is not None and not same_frames:
        raise refusal
    return halves or (list(frames), list(frames))

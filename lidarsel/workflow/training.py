"""Frames to train on where a user has none: simulated streets, kept in memory."""

from lidarsel.completion.batches import FrameSource
from lidarsel.frame import Frame
from lidarsel.progress import step


class _Frames:
    """A list as a frame source."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> Frame:
        return self._frames[index]


def simulated_source(seed: int, count: int) -> FrameSource:
    """``count`` frames of many simulated streets, 3 to 4 MB each; the same seed gives the same frames."""
    from lidarsel.simulate.frames import simulate_frames
    from lidarsel.simulate.settings import SimulateSettings

    frames = []
    with step("simulating streets") as advance:
        for frame in simulate_frames(SimulateSettings(seed=seed, frames=count)):
            frames.append(frame)
            advance(len(frames), count)
    return _Frames(frames)

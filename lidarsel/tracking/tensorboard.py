"""TensorBoard's event files, by tensorboardX, which writes them without TensorBoard itself."""

from collections.abc import Mapping

from lidarsel.tracking.base import Ending, TrackedRun

_FLUSH_S = 5


class TensorBoardTracker:
    """Writes the run's folder; event files that are there are of an earlier try at the run, and go.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(self, run: TrackedRun) -> None:
        from tensorboardX import SummaryWriter

        for old in run.folder.glob("events.out.tfevents.*"):
            old.unlink()
        self._writer = SummaryWriter(str(run.folder), flush_secs=_FLUSH_S)
        table = ["| setting | value |", "|---|---|", *(f"| {key} | {value} |" for key, value in run.settings.items())]
        self._writer.add_text("settings", "\n".join(table))

    def track(self, figures: Mapping[str, float], step: int) -> None:
        """A scalar of each."""
        for name, value in figures.items():
            self._writer.add_scalar(name, value, step)

    def end(self, how: Ending) -> None:
        """Whatever came of it: event files say nothing of how a run ended."""
        self._writer.close()

"""How errors stand on an axis: in per cent above all lines, or as they are where there is nothing to compare with."""

from dataclasses import dataclass

from lidarsel.contracts import ReportFile
from lidarsel.report.metric_words import error_of, error_title, error_told, interval_of, metric_name
from lidarsel.report_rows import ReportRow


@dataclass(frozen=True)
class Measure:
    """metric: that of the errors. base: the error of all lines; None where they cannot be judged, or have none."""

    metric: str
    base: float | None

    @classmethod
    def of(cls, report: ReportFile) -> "Measure":
        """By the report's metric and its row of all lines."""
        whole = report.row("all")
        base = error_of(whole, report.metric) if whole is not None and whole.is_judged else 0.0
        return cls(report.metric, base or None)

    @property
    def title(self) -> str:
        """Of the axis."""
        return error_title(self.metric) if self.base is None else f"{metric_name(self.metric)} above all lines in %"

    def place(self, error: float) -> float:
        """Where an error stands."""
        return error if self.base is None else 100 * (error / self.base - 1)

    def of_row(self, row: ReportRow) -> float:
        """Where the error of a row stands."""
        return self.place(error_of(row, self.metric))

    def interval(self, row: ReportRow) -> tuple[float | None, float | None]:
        """Where the ends of the 95 % CI of a row's error stand; None where it has none."""
        ends = interval_of(row, self.metric)
        return (None, None) if ends is None else (self.place(ends[0]), self.place(ends[1]))

    def told(self, row: ReportRow) -> str:
        """The error of a row by what stands on the axis: "+2.0 %", or "863 mm"."""
        return error_told(error_of(row, self.metric), self.metric) if self.base is None else percent(self.of_row(row))


def percent(above: float) -> str:
    """ "+2.0 %", "−12 %": one decimal below 10."""
    return f"{above:+.{0 if abs(above) >= 9.95 else 1}f} %".replace("-", "−")

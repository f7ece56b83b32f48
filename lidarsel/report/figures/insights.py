"""What selectors learned, as figures: a row in ``_FIGURES`` for each kind of insight that has one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lidarsel.contracts import ReportFile
from lidarsel.report.figures.band_map import band_map, bands_explained, bands_found
from lidarsel.report.figures.chart import Chart, HeatMap
from lidarsel.report.figures.line_charts import IMPORTANCE_EXPLAINED, importance_chart
from lidarsel.report.metric_words import metric_name
from lidarsel.report.words import ELEVATION_NAMES, chosen_row
from lidarsel.selection.base import Insight
from lidarsel.selection.importance import Importance
from lidarsel.selection.interval_model import IntervalModel


@dataclass(frozen=True)
class InsightFigure:
    """A figure with its words.

    key: the name of its section and its file. title: of the section. explained: how to read it, and how far to trust
    it. label: what is drawn, for those who cannot see it. found: what it shows for this run, in a sentence.
    """

    key: str
    title: str
    explained: str
    label: str
    chart: Chart | HeatMap
    found: str = ""


def insight_figures(insights: Sequence[Insight], report: ReportFile) -> Iterator[InsightFigure]:
    """The figure of the first insight of each kind; of a kind without a row there is none."""
    for kind, figure_of in _FIGURES.items():
        found = next((insight for insight in insights if isinstance(insight, kind)), None)
        if found is not None:
            yield figure_of(found, report)


def _importance(importance: Importance, report: ReportFile) -> InsightFigure:
    return InsightFigure(
        key="importance",
        title="Importance per line, as switch learned it",
        explained=IMPORTANCE_EXPLAINED,
        label=f"Importance of each line against its {ELEVATION_NAMES[report.elevation_kind]}",
        chart=importance_chart(importance, report.elevation_deg, report.elevation_kind, chosen_row(report).lines),
    )


def _interaction(model: IntervalModel, report: ReportFile) -> InsightFigure:
    return InsightFigure(
        key="interaction",
        title="Interaction of neighbouring lines",
        explained=bands_explained(model, report.metric),
        label=f"{metric_name(report.metric)} added by leaving out each band of neighbouring lines",
        chart=band_map(model, report.elevation_deg, report.metric),
        found=bands_found(model, report.elevation_deg, report.metric),
    )


_FIGURES: dict[type[Insight], Callable[[Any, ReportFile], InsightFigure]] = {
    Importance: _importance,
    IntervalModel: _interaction,
}

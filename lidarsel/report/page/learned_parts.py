"""The page's sections on what selectors learned of the lines."""

from lidarsel.contracts import ReportFile
from lidarsel.report.figures.interaction import interaction_explained, interaction_figure
from lidarsel.report.figures.line_figures import IMPORTANCE_EXPLAINED, importance_figure
from lidarsel.report.learned import Learned
from lidarsel.report.page import parts
from lidarsel.report.words import METRIC_NAMES, chosen_row


def importance_section(report: ReportFile, learned: Learned) -> str:
    """What ``switch`` learned, or nothing."""
    if learned.importance is None:
        return ""
    figure = importance_figure(learned.importance, report.elevation_deg, chosen_row(report).lines)
    drawn = parts.plot("importance-figure", figure.to_json(), "Importance of each line against its elevation")
    title = "Importance per line, as switch learned it"
    return parts.section("importance", title, parts.paragraph(IMPORTANCE_EXPLAINED, "soft"), drawn)


def interaction_section(report: ReportFile, learned: Learned) -> str:
    """What the interval model says of neighbouring lines, or nothing."""
    if learned.model is None:
        return ""
    said = parts.paragraph(interaction_explained(learned.model, report.metric), "soft")
    figure = interaction_figure(learned.model, report.elevation_deg, report.metric)
    label = f"{METRIC_NAMES[report.metric]} added by leaving out each band of neighbouring lines"
    drawn = parts.plot("interaction-figure", figure.to_json(), label, square=True)
    return parts.section("interaction", "Interaction of neighbouring lines", said, drawn)

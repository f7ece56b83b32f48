"""The section on lines chosen anew for every frame, of a run's page and a sweep's."""

from lidarsel.contracts import ReportFile
from lidarsel.report import switching
from lidarsel.report.page import parts


def per_frame_section(report: ReportFile) -> str:
    """The gain as a table; nothing where it was not asked for."""
    if not report.per_frame:
        return ""
    rows = [switching.entries(report, row) for row in report.per_frame]
    table = parts.plain_table(switching.TITLE, switching.headings(report), rows, texts=switching.WORDS)
    return parts.section("per-frame", switching.TITLE, table, parts.paragraph(switching.explanation(report), "soft"))

"""How results show themselves: as tables of pandas, as figures of matplotlib, as HTML in a notebook."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lidarsel.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from lidarsel.report.figures.chart import Chart

_FIGURE_INCHES = (8.6, 4.2)


def data_frame(rows: Sequence[Mapping[str, object]]) -> "pd.DataFrame":
    """A table of pandas, a row each. Raises UsageError where pandas is not installed."""
    try:
        import pandas as pd
    except ImportError:
        raise UsageError("to_frame() needs pandas: pip install 'lidarsel[pandas]'; rows() needs nothing") from None
    return pd.DataFrame(rows)


def draw_on(chart: "Chart", ax: "Axes | None") -> "Axes":
    """Draw a chart on axes, or on those of a new figure of pyplot, which a notebook shows by itself."""
    from lidarsel.drawing import legend_below, style
    from lidarsel.report.figures.matplotlib_painter import draw_chart

    if ax is not None:
        draw_chart(ax, chart)
        ax.legend()
        return ax
    import matplotlib.pyplot as plt

    with style():
        figure, axes = plt.subplots(figsize=_FIGURE_INCHES, layout="constrained")
        draw_chart(axes, chart)
        legend_below(figure, axes)
    return axes


def html_of(title: str, doubts: Sequence[str], headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A sentence, what weakens it, and a table; every text is escaped."""
    from lidarsel.report.page.parts import paragraph, plain_table

    return "".join(
        [paragraph(title), *(paragraph(f"Doubtful: {doubt}") for doubt in doubts), plain_table(title, headings, rows)]
    )

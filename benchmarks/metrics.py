"""What each error that may decide costs in the others: lines chosen by each, judged on other frames by all.

    python benchmarks/metrics.py demo ../shared/data/kitti_raw --sets 96 --max-frames 24

For each data set the method ``interval`` chooses 4, 8, 16 and 32 lines once for each error that decides, on the frames
for choosing, and all sets are judged on the held-out ones; evenly spaced lines, of the best offset by RMSE, stand
beside them. All evaluations go through one store, so that errors share them. Figures are multiples of all lines' on the
held-out frames. "near" and "far" are RMSE within 0-10 m and 40-80 m. ``worst`` is the greatest of a row. Prints
tables and writes benchmarks/results/metrics.json. ``demo`` simulates the demo's drives into ``--work``.
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.choices import METRICS
from lidarsel.report.metric_words import error_of
from lidarsel.report_rows import ReportRow
from lidarsel.selection.base import Players
from lidarsel.settings import RunSettings
from lidarsel.workflow.demo import demo_data
from lidarsel.workflow.judging import Choice, judge
from lidarsel.workflow.selecting import select_lines
from lidarsel.workflow.session import Session, open_session, open_source

DECIDING = (*METRICS, "balanced", "rmse@0-20")
BUDGETS = (32, 16, 8, 4)
NEAR, FAR = "0-10", "40-80"
COLUMNS = (*METRICS, "balanced", "near", "far")


def multiples(row: ReportRow, whole: ReportRow) -> dict[str, float]:
    """A row's errors over those of all lines, by COLUMNS."""
    found = {metric: error_of(row, metric) / error_of(whole, metric) for metric in (*METRICS, "balanced")}
    for column, part in (("near", NEAR), ("far", FAR)):
        errors = [one.within(part) for one in (row, whole)]
        figures = [None if each is None else each.rmse_mm for each in errors]
        found[column] = math.nan if None in figures else figures[0] / figures[1]  # type: ignore[operator]
    return found


def measure(data: Path, settings: RunSettings, work: Path) -> dict[str, object]:
    """Figures of one data set."""
    source = open_source(data, settings)
    valuing, held_out = source.games()
    with open_session(source, work / f"{data.name}.sqlite") as session:
        players = Players(valuing.points_per_line(), kind="line")
        choices = [Choice("spaced", lines) for lines in chosen(session, players, "rmse", "spaced", settings)]
        for metric in DECIDING:
            choices += [Choice(metric, lines) for lines in chosen(session, players, metric, "interval", settings)]
        judged = judge(session.stored(held_out, "rmse"), choices, choices[0], valuing.frame_ids, DECIDING)
    whole = judged.rows[0]
    return {
        "data": data.name,
        "frames": [len(valuing), len(held_out)],
        "all_lines": {metric: error_of(whole, metric) for metric in METRICS},
        "rows": [
            {"budget": row.budget, "by": row.method, "lines": row.lines, **multiples(row, whole)}
            for row in judged.rows
            if row.method not in ("all", "none")
        ],
    }


def chosen(
    session: Session, players: Players, metric: str, method: str, settings: RunSettings
) -> list[tuple[int, ...]]:
    """The lines that a method chooses by an error, at each of BUDGETS."""
    valuing, _ = session.source.games()
    error = session.deciding(valuing, metric).mean_errors
    found = select_lines(players, [method], BUDGETS, settings, error)[method]
    return [found[budget].players for budget in BUDGETS]


def table(rows: Sequence[dict[str, object]], title: str) -> Table:
    """Rows of one data set, least lines last."""
    shown = Table(title=title)
    for heading in ("lines", "decides", *COLUMNS, "worst"):
        shown.add_column(heading, justify="left" if heading == "decides" else "right")
    for budget in BUDGETS:
        for row in (row for row in rows if row["budget"] == budget):
            figures = [float(row[column]) for column in COLUMNS]  # type: ignore[arg-type]
            told = [f"{figure:.2f}" for figure in (*figures, max(figures))]
            shown.add_row(str(budget), str(row["by"]), *told, end_section=row["by"] == DECIDING[-1])
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="+", help="folders of data, or demo")
    parser.add_argument("--sets", type=int, default=256, help="sets that interval evaluates for each error")
    parser.add_argument("--max-frames", type=int, default=100)
    parser.add_argument("--work", type=Path, default=Path("runs"), help="where stores and the demo's drives go")
    options = parser.parse_args()
    bands = (*RunSettings().bands, "0-20")
    settings = RunSettings(sets=options.sets, max_frames=options.max_frames, budgets=BUDGETS, bands=bands)
    options.work.mkdir(parents=True, exist_ok=True)
    found = []
    for name in options.data:
        data = demo_data(options.work) if name == "demo" else Path(name)
        found.append(measure(data, settings, options.work))
        rows: list[dict[str, object]] = found[-1]["rows"]  # type: ignore[assignment]
        Console(width=110).print(table(rows, f"{data.name}: multiples of all lines' errors on held-out frames"))
    write_result("metrics", {"sets": options.sets, "max_frames": options.max_frames, "data": found})


if __name__ == "__main__":
    main()

"""What commands show on stdout; progress and complaints go to stderr."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import TYPE_CHECKING, Any

from lidarsel.commands.wrapping import wrapped
from lidarsel.listing import line_ranges
from lidarsel.printable import printable

if TYPE_CHECKING:
    from rich.console import Console

    from lidarsel.contracts import ReportFile
    from lidarsel.workflow.run import RunResult
    from lidarsel.workflow.sweeping import SweepResult

_ANY_WIDTH = 10_000
_LEAST_FOLDED = 4
"""Columns that a text which may be folded is left at least."""


@contextmanager
def stdout_for_json(only_json: bool) -> Iterator[None]:
    """Send what libraries print on stdout to stderr where stdout is for one JSON object."""
    with redirect_stdout(sys.stderr) if only_json else nullcontext():
        yield


@contextmanager
def loading() -> Iterator[None]:
    """While libraries are imported, which may take seconds: a terminal is told."""
    if not sys.stderr.isatty():
        yield
        return
    from lidarsel.progress import waiting

    with waiting("loading"):
        yield


def show(content: Any) -> None:
    """Print a table, or a sentence, in a terminal wrapped between words; control characters spelled out, and names as
    they are, also where they look like Rich's markup.

    Elsewhere a sentence stays on one line, for whoever searches in it.
    """
    if isinstance(content, str):
        said = _spelled_out(content)
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        sys.stdout.write((said if columns is None else wrapped(said, columns)) + "\n")
        return
    from rich.console import Console

    class Spelling(Console):
        def render_str(self, text: str, *args: Any, **options: Any) -> Any:
            return super().render_str(_spelled_out(text), *args, **options)

    console = Spelling(markup=False, emoji=False)
    console.width = max(console.width, _least_width(console, content))
    console.print(content)


def _least_width(console: "Console", content: Any) -> int:
    """The columns of a terminal that a table needs so that what is never folded is not cut either: a number that lacks
    its last digits is worse than a row that the terminal breaks."""
    from rich.measure import Measurement
    from rich.table import Table

    if not isinstance(content, Table):
        return 0
    wide = console.options.update(max_width=_ANY_WIDTH)

    def widest(cells: Iterable[Any]) -> int:
        return max((Measurement.get(console, wide, cell).maximum for cell in cells), default=0)

    widths = [widest([column.header, *column.cells]) for column in content.columns]
    frame = Measurement.get(console, wide, content).maximum - sum(widths)
    kept = zip(widths, content.columns, strict=True)
    return frame + sum(width if column.no_wrap else min(width, _LEAST_FOLDED) for width, column in kept)


def _spelled_out(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def show_json(content: Any) -> None:
    """Print one JSON object; where stdout is not in UTF-8, as JSON is, what is no ASCII is spelled out (\\u00e9)."""
    import msgspec

    text = msgspec.json.encode(content, enc_hook=_plain).decode()
    if "utf" not in (sys.stdout.encoding or "").lower():
        text = re.sub(r"[^\x00-\x7f]+", lambda found: json.dumps(found[0])[1:-1], text)
    sys.stdout.write(text + "\n")


def _plain(content: Any) -> Any:
    """Arrays as lists and paths as text, for JSON; of a path, bytes that are no text are spelled out."""
    return (
        content.tolist() if hasattr(content, "tolist") else os.fsencode(str(content)).decode(errors="backslashreplace")
    )


def show_doubts(doubts: Sequence[str]) -> None:
    """Why what follows may be of no use, before it."""
    for doubt in doubts:
        show(f"DOUBTFUL: {doubt}")


def show_report(report: "ReportFile", as_json: bool, closing: list[str]) -> None:
    """The table of a report, its notes, and what else there is to say."""
    if as_json:
        show_json(report)
        return
    from lidarsel.report.by_part import part_table, rows_told, trade
    from lidarsel.report.cautions import caution_texts
    from lidarsel.report.decision import elbow_told
    from lidarsel.report.spread import spread_table, spread_told
    from lidarsel.report.standing import comparison, headline
    from lidarsel.report.sureness import how_sure
    from lidarsel.report.switching import switching_table
    from lidarsel.report.table import report_table
    from lidarsel.report.words import doubts, notes

    show_doubts(doubts(report))
    show(report_table(report))
    if rows_told(report):
        show(part_table(report))
    if report.per_frame:
        show(switching_table(report))
    if report.spread is not None:
        show(spread_table(report))
    of_spread = spread_told(report)
    found = [headline(report), elbow_told(report), comparison(report), trade(report), *how_sure(report), *of_spread]
    told = [*(f"caution: {one}" for one in caution_texts(report)), *(f"note: {one}" for one in notes(report))]
    for line in [*told, *(one for one in found if one), *closing]:
        show(line)


def show_run(result: "RunResult", as_json: bool) -> None:
    """The report of a run, the chosen lines and where the files are."""
    from lidarsel.report.standing import taking

    said = [f"{file.budget} lines by {file.method}: {line_ranges(file.lines)}" for file in result.lines]
    if other := taking(result.report, str(result.folder)):
        said.insert(0, other)
    show_report(result.report, as_json, [*said, f"report: {result.folder / 'report.html'}"])


def show_sweep(result: "SweepResult", as_json: bool) -> None:
    """Methods by number of lines, by the first metric, the notes, and where the files and other metrics' tables are."""
    if as_json:
        show_json(result)
        return
    from lidarsel.report.cautions import caution_texts
    from lidarsel.report.metric_words import metric_name
    from lidarsel.report.sweep import sweep_table
    from lidarsel.report.switching import switching_table
    from lidarsel.report.words import doubts, notes

    show_doubts(doubts(result.report))
    show(sweep_table(result.rows, result.report.metric))
    if result.report.per_frame:
        show(switching_table(result.report))
    files = {"table": "sweep.csv", "page": "sweep.html", "report": "report.html"}
    closing = [f"{kind}: {result.folder / name}" for kind, name in files.items()]
    shown, *others = map(metric_name, dict.fromkeys(swept.metric for swept in result.rows))
    if others:
        closing.insert(0, f"tables by {', '.join(others)} (above: {shown}): {result.folder / 'sweep.md'}")
    cautions = [f"caution: {one}" for one in caution_texts(result.report)]
    for line in [*cautions, *(f"note: {note}" for note in notes(result.report)), *closing]:
        show(line)

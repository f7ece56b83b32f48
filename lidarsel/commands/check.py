"""The command for CI: has accuracy regressed since the baseline?"""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import show, show_json
from lidarsel.commands.options import AsJson
from lidarsel.commands.places import out_file


def check(
    report: Annotated[Path, typer.Argument(help="report.json of this run.", show_default=False)],
    against: Annotated[Path, typer.Option(help="The committed baseline, a report.json.", show_default=False)],
    max_regression: Annotated[str, typer.Option(help="How much worse an error may be, as 2% or 0.02.")] = "2%",
    min_jaccard: Annotated[
        float, typer.Option(help="Least likeness of the chosen lines to the baseline's: 1 the same lines, 0 any lines.")
    ] = 1.0,
    junit: Annotated[Path | None, out_file(help="Write JUnit XML here.")] = None,
    markdown: Annotated[Path | None, out_file(help="Write a Markdown summary here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a report with a committed baseline: exit code 1 where accuracy fell, lines changed or rows are missing.

    Exit code 2 where the two cannot be compared: other data, ground truth or metric (docs/ci.md).
    """
    from lidarsel.checking.compare import check_files
    from lidarsel.checking.junit import junit_xml
    from lidarsel.checking.limits import Limits, parse_share
    from lidarsel.checking.summary import comparison_markdown, comparison_table, verdict
    from lidarsel.writing import write_bytes

    comparison = check_files(report, against, Limits(parse_share("--max-regression", max_regression), min_jaccard))
    if junit is not None:
        write_bytes(junit, junit_xml(comparison))
    if markdown is not None:
        write_bytes(markdown, comparison_markdown(comparison).encode())
    if as_json:
        show_json(comparison)
    else:
        show(comparison_table(comparison))
        for line in [*(f"changed: {note}" for note in comparison.notes), *comparison.failures(), verdict(comparison)]:
            show(line)
    if not comparison.passed:
        raise typer.Exit(1)

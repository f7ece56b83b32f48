"""The command that says what weights promise of the privacy of what they were trained on."""

from pathlib import Path
from typing import Annotated

import typer

from lidarsel.commands.console import loading, show, show_json
from lidarsel.commands.options import AsJson


def privacy(
    weights: Annotated[
        Path, typer.Argument(help="Weights of lidarsel train --private, or a profile.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """What weights or a profile promise to those in the data they were made of: epsilon, delta, and what was public.

    Epsilon is counted again from the steps that the file says were taken, and refused where it comes to more; that
    these were all is worth what its maker is worth (docs/privacy.md).
    """
    with loading():
        from lidarsel.workflow.private_training import read_statement

    statement, counted_again = read_statement(weights)
    if as_json:
        show_json(statement)
        return
    for sentence in (*statement.sentences(), counted_again):
        show(sentence)

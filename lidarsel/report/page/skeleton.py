"""What every page is made of: one HTML file with its styles, scripts and figures, that loads nothing from outside."""

from collections.abc import Sequence
from importlib.resources import files

from lidarsel.report.page.plotly_script import compressed_plotly

_NOTHING_FROM_OUTSIDE = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_STYLES = ("page.css", "strip.css", "tables.css", "print.css")
"""Later ones go before earlier ones; the last is of paper."""
_SCRIPTS = ("page.js", "print.js")


def whole_page(title: str, table: str, body: Sequence[str], extras: Sequence[str] = ()) -> str:
    """The page.

    Args:
        title: escaped.
        table: the key of the section that a keyboard's user may skip to.
        body: sections, whole elements each.
        extras: names of what the sections need besides: a style sheet and a script each, beside this file.
    """
    own = files("lidarsel.report.page")
    styles, scripts = (
        "".join(own.joinpath(name).read_text("utf-8") for name in names)
        for names in (
            (_STYLES[0], *(f"{name}.css" for name in extras), *_STYLES[1:]),
            (*_SCRIPTS, *(f"{name}.js" for name in extras)),
        )
    )
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_FROM_OUTSIDE}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<link rel="icon" href="data:,"><title>{title}</title>',
            f"<style>{styles}</style></head>",
            f'<body><a class="skip" href="#{table}">Skip to the table</a><main>',
            *body,
            f"</main>{compressed_plotly()}",
            f"<script>{scripts}</script></body></html>\n",
        ]
    )

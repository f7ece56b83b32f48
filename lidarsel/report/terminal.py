"""Tables in the terminal, all of one look."""

from collections.abc import Iterable

from rich import box
from rich.table import Table


def empty_table(caption: str | None = None, title: str | None = None) -> Table:
    """A table without columns, its caption below and its title above, both on the left."""
    table = Table(title=title, caption=caption, box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
    table.pad_edge, table.title_justify, table.caption_justify = False, "left", "left"
    return table


def add_columns(table: Table, texts: Iterable[str], numbers: Iterable[str]) -> None:
    """Columns that are never folded, by their headings: texts on the left, then numbers."""
    for heading in texts:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)

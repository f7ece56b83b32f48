"""Tables in the terminal, all of one look."""

from rich import box
from rich.table import Table


def empty_table(caption: str | None = None, title: str | None = None) -> Table:
    """A table without columns, its caption below and its title above, both on the left."""
    table = Table(title=title, caption=caption, box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
    table.pad_edge, table.title_justify, table.caption_justify = False, "left", "left"
    return table

"""Tables in the terminal, all of one look."""

from collections.abc import Collection, Iterable

from rich import box
from rich.table import Table
from rich.text import Text


def empty_table(caption: str | None = None, title: str | None = None) -> Table:
    """A table without columns, its caption below and its title above, both on the left."""
    table = Table(title=title, caption=caption, box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True)
    table.pad_edge, table.title_justify, table.caption_justify = False, "left", "left"
    return table


def named_sentences(found: Iterable[tuple[str, str]], answers: Collection[str]) -> Table:
    """A name and a sentence each, wrapped at words; the names of those that answer in bold."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, sentence in found:
        table.add_row(Text(name, style="bold" if name in answers else ""), Text(sentence))
    return table


def add_columns(table: Table, texts: Iterable[str], numbers: Iterable[str]) -> None:
    """Columns that are never folded, by their headings: texts on the left, then numbers."""
    for heading in texts:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)

"""What a table shows in a terminal of any width."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from lidarsel.commands.console import show
from lidarsel.report.terminal import add_columns, empty_table


def shown(table: Table, columns: int) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        said: list[str] = []
        patch.setattr("sys.stdout.write", said.append)
        show(table)
    return "".join(said)


@given(
    st.lists(st.integers(0, 10**15), min_size=1, max_size=9), st.integers(1, 120), st.sampled_from(["", "far too long"])
)
def test_no_terminal_is_too_narrow_for_a_whole_number(numbers: list[int], columns: int, name: str) -> None:
    table = empty_table()
    table.add_column("Sensor", overflow="fold")
    add_columns(table, [], [f"n{place}" for place in range(len(numbers))])
    table.add_row(name, *map(str, numbers))
    assert [int(number) for number in re.findall(r"(?<!n)\b\d+\b", shown(table, columns))] == numbers


def test_a_wide_terminal_leaves_a_table_as_wide_as_it_is() -> None:
    table = empty_table()
    add_columns(table, ["Method"], ["RMSE"])
    table.add_row("interval", "863")
    assert max(map(len, shown(table, 200).splitlines())) < 20

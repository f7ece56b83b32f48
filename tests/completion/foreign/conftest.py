"""A working directory that has a user's module in it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.completion.foreign.own_module import MODULE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with the module ``mine``, forgotten again afterwards."""
    (tmp_path / "mine.py").write_text(MODULE)
    (tmp_path / "broken.py").write_text("import nothing_of_this_name\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in ("mine", "broken"):
        sys.modules.pop(name, None)

"""The package's names: each leads to the API once it is asked for, and importing the package loads nothing heavy."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import lidarsel as ls

HEAVY = "{'torch', 'open3d', 'kornia', 'typer', 'rich', 'scipy', 'numpy', 'plotly', 'matplotlib', 'pandas'}"


def loaded_by(code: str) -> str:
    """Which heavy packages a process of its own has loaded after some code."""
    telling = f"import sys\n{code}\nprint(sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", telling], capture_output=True, text=True, check=True, timeout=300)
    assert done.stderr == ""
    return done.stdout.strip()


def test_importing_loads_nothing_heavy() -> None:
    assert loaded_by("import lidarsel as ls; ls.LidarselError, ls.StepProgress, dir(ls), ls.__version__") == "[]"
    assert "torch" in loaded_by("import lidarsel as ls; ls.load_network('nearest')")


def test_every_name_is_typed_and_leads_somewhere() -> None:
    tree = ast.parse(Path(ls.__file__).read_text())
    typed = {
        (node.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert typed == {(home, name) for home, names in ls._HOMES.items() for name in names}
    assert sorted(name for _, name in typed) == sorted(ls.__all__)
    assert {name for name in ls.__all__ if not getattr(ls, name).__doc__} == set()
    assert set(ls.__all__) <= set(dir(ls))


def test_no_module_takes_the_place_of_a_name() -> None:
    """A submodule becomes an attribute of the package as soon as anything imports it."""
    assert {module.name for module in pkgutil.iter_modules(ls.__path__)} & set(ls.__all__) == set()


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'vlaue_lines'"):
        ls.vlaue_lines  # type: ignore[attr-defined]  # noqa: B018

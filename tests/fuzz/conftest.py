"""Tests whose helpers need an extra that is not installed are left out; test_fuzz.py skips their group and names it."""

from pathlib import Path

from tests.fuzz.targets import MISSING

HERE = Path(__file__).parent
collect_ignore = [
    path.name
    for path in HERE.glob("test_*.py")
    if any(f"from tests.fuzz.{group} import" in path.read_text() for group in MISSING)
]

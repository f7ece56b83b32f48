"""For mkdocs: the page on data sets is datasets/README.md, which stands beside the data and is written once."""

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

DATA_SETS = Path(__file__).resolve().parents[1] / "datasets" / "README.md"


def on_files(files: Files, config: Any) -> Files:
    files.append(File.generated(config, "data_sets.md", abs_src_path=str(DATA_SETS)))
    return files

"""For mkdocs: the page on data sets is datasets/README.md, which stands beside the data and is written once."""

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

DATA_SETS = Path(__file__).resolve().parents[1] / "datasets" / "README.md"


def on_files(files: Files, config: Any) -> Files:
    text = DATA_SETS.read_text().replace("](../docs/", "](")  # links hold on the site as they do in the repository
    files.append(File.generated(config, "data_sets.md", content=text))
    return files

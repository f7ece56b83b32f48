"""For mkdocs: the page on data sets is datasets/README.md, which stands beside the data and is written once.

Links to it and from it are those of the repository, which hold wherever files are read; the site's are made of them.
"""

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

DATA_SETS = Path(__file__).resolve().parents[1] / "datasets" / "README.md"
PAGE = "data_sets.md"


def on_files(files: Files, config: Any) -> Files:
    text = DATA_SETS.read_text().replace("](../docs/", "](")
    files.append(File.generated(config, PAGE, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    return markdown.replace("](../datasets/README.md", f"]({PAGE}")

"""A target: valid files, and what the product does with them."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.fuzz.choices import Choices
from tests.fuzz.mutations import PLACES, of_content

_SHARED_MEMORY = Path("/dev/shm")  # a case writes some dozens of files


@dataclass
class Target:
    """make: writes the valid files into a folder. use: what is tested, given the folder. fuzzed: which files are bent.

    bend: what else can be wrong with this target's files, besides one file's content or place.
    """

    name: str
    make: Callable[[Path], object]
    use: Callable[[Path, Choices], object]
    fuzzed: Callable[[str], bool] = lambda name: True
    bend: tuple[Callable[[Path, Choices], object], ...] = ()

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The valid files by name below the folder."""
        with scratch() as folder:
            self.make(folder)
            found = sorted(path for path in folder.rglob("*") if path.is_file())
            return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    def write(self, folder: Path) -> None:
        """The valid files."""
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    def damage(self, folder: Path, choices: Choices) -> None:
        """Do to the files what the choices say: one to three things."""
        names = [name for name in self.files if self.fuzzed(name)]
        for _ in range(1 + choices.below(8) // 6):
            what = choices.below(16)
            if not names or (what == 15 and self.bend):
                choices.one_of(self.bend)(folder, choices)
                continue
            name = choices.one_of(names)
            path = folder / name
            if not path.is_file():
                continue
            if what >= 13:
                choices.one_of(PLACES)(path)
            else:
                path.write_bytes(of_content(name, path.read_bytes(), choices))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder of its own, gone afterwards: readers remember what they have read by path."""
    folder = Path(tempfile.mkdtemp(prefix="lidarsel-fuzz-", dir=_SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None))
    before = Path.cwd()
    try:
        yield folder
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)

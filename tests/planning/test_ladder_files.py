"""A ladder's folder holds networks that can be compared, or refuses by what differs."""

from pathlib import Path

import msgspec
import pytest

from lidarsel.contracts import FORMAT_VERSION
from lidarsel.errors import BadInputError, UsageError
from lidarsel.planning.ladder_files import RECORD, WEIGHTS, LadderRecord, keep_record, read_run

MADE_WITH = LadderRecord(
    format_version=FORMAT_VERSION,
    data_fingerprint="a" * 64,
    device="cpu",
    settings={"steps": "3", "crop": "auto", "raw": None},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a ladder with a network."""
    keep_record(tmp_path, MADE_WITH)
    (tmp_path / "width-1-frames-2").mkdir()
    (tmp_path / "width-1-frames-2" / WEIGHTS).touch()
    return tmp_path


def test_the_same_again_changes_nothing(folder: Path) -> None:
    before = (folder / RECORD).stat().st_mtime_ns
    keep_record(folder, MADE_WITH)
    assert (folder / RECORD).stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"settings": {**MADE_WITH.settings, "steps": "4"}},
            "were trained with --steps 3, not 4; give that, or another -o",
        ),
        ({"settings": {**MADE_WITH.settings, "crop": "96x192"}}, "were trained with --crop auto, not 96x192"),
        (
            {"settings": {**MADE_WITH.settings, "raw": "there"}},
            "without --raw; leave it out, or another -o",
        ),
        (
            {"settings": {"steps": "3", "crop": "auto"}, "device": "cuda"},
            "were trained on cpu, not cuda; give --device",
        ),
        ({"data_fingerprint": "b" * 64}, "were trained on other data; give those, or another -o"),
    ],
)
def test_what_differs_is_named(change: dict[str, object], told: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=told):
        keep_record(folder, msgspec.structs.replace(MADE_WITH, **change))
    keep_record(folder, MADE_WITH)


@pytest.mark.parametrize("name", ["width-1-frames-2", ".width-1-frames-2.unfinished"])
def test_without_any_weights_nothing_is_held_to(name: str, tmp_path: Path) -> None:
    keep_record(tmp_path, MADE_WITH)
    other = msgspec.structs.replace(MADE_WITH, device="cuda")
    keep_record(tmp_path, other)
    (tmp_path / name).mkdir()
    (tmp_path / name / WEIGHTS).touch()
    with pytest.raises(UsageError, match="were trained on cuda"):
        keep_record(tmp_path, MADE_WITH)


def test_damaged_files_say_what_to_remove(folder: Path) -> None:
    (folder / RECORD).write_text("{")
    with pytest.raises(BadInputError, match="to train anew"):
        keep_record(folder, MADE_WITH)
    (folder / "width-1-frames-2" / "run.json").write_text("{}")
    with pytest.raises(BadInputError, match="it is trained anew"):
        read_run(folder / "width-1-frames-2" / "run.json")

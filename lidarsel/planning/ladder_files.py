"""What ``lidarsel scale`` leaves in a ladder's folder: what its networks have in common, and each network's own run."""

from pathlib import Path

import msgspec

from lidarsel.contracts import Provenance, read_versioned
from lidarsel.errors import UsageError
from lidarsel.planning.law_file import LadderRun
from lidarsel.printable import printable
from lidarsel.texts import json_text
from lidarsel.writing import write_bytes

RECORD, RUN, WEIGHTS = "ladder.json", "run.json", "weights.safetensors"


class LadderRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``ladder.json``: what all networks of a folder were trained and judged with, so that their errors compare.

    data_fingerprint: of all that is in the data. device: cpu or cuda. settings: by name, as they are typed.
    """

    format_version: int
    data_fingerprint: str
    device: str
    settings: dict[str, str | None]


class LadderRunFile(Provenance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``run.json`` of a network. data_fingerprint: of the frames that it was judged on.

    width: its channels as a multiple of lidarsel's own. steps: of its training. trained_on, validated_on, judged_on:
    names of frames; those of its least error on the second are its weights.
    """

    width: float
    steps: int
    run: LadderRun
    trained_on: list[str]
    validated_on: list[str]
    judged_on: list[str]


def keep_record(folder: Path, record: LadderRecord) -> None:
    """Hold the networks of a folder to their record; where there is none yet, write it.

    Raises:
        UsageError: the folder's networks were trained with something else, which is named.
        BadInputError, OutputError: it cannot be read or written.
    """
    path = folder / RECORD
    if not path.exists() or not any(folder.glob(f"*width-*/{WEIGHTS}")):
        write_bytes(path, json_text(record).encode())
        return
    known = read_versioned(path, LadderRecord, f"remove {printable(str(folder))} to train anew, or give another -o")
    if known == record:
        return
    raise UsageError(f"{printable(str(folder))}: its networks were trained {_difference(known, record)}, or another -o")


def read_run(path: Path) -> LadderRunFile:
    """Read and check. Raises BadInputError."""
    return read_versioned(path, LadderRunFile, f"remove {printable(str(path.parent))}, and it is trained anew")


def write_run(path: Path, content: LadderRunFile) -> None:
    """Write, whole or not at all. Raises OutputError."""
    write_bytes(path, json_text(content).encode())


def _difference(known: LadderRecord, asked: LadderRecord) -> str:
    """The first one."""
    for name in sorted(known.settings | asked.settings):
        before, now = known.settings.get(name), asked.settings.get(name)
        if before != now:
            option = f"--{name.replace('_', '-')}"
            if before is None:
                return f"without {option}; leave it out"
            return f"with {option} {printable(before)}, not {'without' if now is None else printable(now)}; give that"
    if known.device != asked.device:
        return f"on {printable(known.device)}, not {asked.device}; give --device {printable(known.device)}"
    return "on other data; give those"

"""A process of a Ray worker made what the command's own is: its folder, its modules, its threads."""

import os
import socket
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from lidarsel.errors import LidarselError

if TYPE_CHECKING:
    from lidarsel.evaluation.base import EvaluationKey


def enter(folder: Path, python_path: tuple[str, ...], threads: int) -> None:
    """Be where the command was given, and compute with so many threads.

    Raises LidarselError where this machine has not that folder.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as lidarsel.cli does, before torch is loaded
    try:
        os.chdir(folder)
    except OSError as error:
        raise LidarselError(f"{folder}: {error.strerror}; run where all machines have this folder") from None
    sys.path += [entry for entry in python_path if entry not in sys.path]
    import torch

    torch.set_num_threads(threads)


def require_like(here: "EvaluationKey", there: "EvaluationKey", *names: str) -> None:
    """Refuse to compute what would not be the same to the bit. names: of the keys' fields; none for all of them.

    Raises LidarselError, which says what this process has and the command has not.
    """
    for name in names or [field.name for field in fields(here)]:
        if getattr(here, name) != getattr(there, name):
            told = f"{getattr(here, name)} there, not {getattr(there, name)}"
            raise LidarselError(f"{name}: {told}; its results would differ in their last bits")


def refusal(error: Exception) -> LidarselError:
    """What a worker answers in place of raising, naming its machine: Ray would wrap it, and a refusal is no reason to
    try again."""
    return LidarselError(f"worker on {socket.gethostname()}: {error}")

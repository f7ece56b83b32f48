"""Training an ensemble: its networks one after the other, each a training of its own, and one file of them all.

They differ in their seeds, and so in new weights, in the order of frames and in how these are varied.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from lidarsel.completion.lidarsel_net.checkpoint import load_weights, save_ensemble
from lidarsel.completion.tensor_files import read_safetensors

WRITTEN_BY_MEMBERS = ("start", "settings", "validation_rmse_mm")


def members_folder(out: Path) -> Path:
    """Where an ensemble's networks are trained, and their logs and curves stay: beside its weights."""
    return out.with_name(out.name.removesuffix(out.suffix) + ".members")


def member_path(out: Path, number: int) -> Path:
    """The weights of a network of an ensemble, counted from 1."""
    return members_folder(out) / f"{number}.safetensors"


def join_members(out: Path, count: int, about: Mapping[str, str]) -> None:
    """Write an ensemble's file of its trained networks, and then remove their own files: a run that is killed in
    between trains those anew that are gone, to the same file.

    Args:
        out: the file to write.
        count: of the networks.
        about: text for its metadata, beside what each network's own file says of its training.

    Raises:
        BadInputError: one of them cannot be read.
        OutputError: the file cannot be written.
    """
    paths = [member_path(out, number) for number in range(1, count + 1)]
    each = [read_safetensors(path)[1] for path in paths]
    told = [{name: metadata.get(name) for name in WRITTEN_BY_MEMBERS} for metadata in each]
    save_ensemble([load_weights(path) for path in paths], out, {**about, "trainings": json.dumps(told)})
    for path in paths:
        path.unlink()

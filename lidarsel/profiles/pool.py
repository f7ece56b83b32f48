"""The pool: kinds of simulated drives, what tells them apart, and the mean of each, all from simulation alone.

``pool.safetensors`` is made by ``scripts/make_profile_pool.py``.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lidarsel.choices import ProfileFeatures
from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.profiles.discriminants import Discriminants, find_discriminants

Doubles = NDArray[np.float64]
SHIPPED_POOL = Path(__file__).parent / "pool.safetensors"


@dataclass(frozen=True, eq=False)
class Pool:
    """Of one kind of features.

    kinds: (m, len(RANGES)), the settings of each kind, the usual one first. discriminants: what an embedding is told
    by. means: (m, k), of each kind's frames. variance: (k,), of frames of one kind. error: (k,), variance of ``means``.
    sha256: of the file.
    """

    kinds: Doubles
    discriminants: Discriminants
    means: Doubles
    variance: Doubles
    error: Doubles
    sha256: str = ""


@cache
def shipped_pool(features: ProfileFeatures) -> Pool:
    """The package's own."""
    return read_pool(SHIPPED_POOL, features)


def make_pool(kinds: Doubles, embeddings: Doubles) -> Pool:
    """From the settings (m, len(RANGES)) of kinds and the embeddings (m, frames, d) of their frames."""
    discriminants = find_discriminants(embeddings)
    told = discriminants(embeddings)
    variance = told.var(1, ddof=1).mean(0)
    return Pool(kinds, discriminants, told.mean(1), variance, variance / embeddings.shape[1])


def write_pool(path: Path, pools: dict[ProfileFeatures, Pool], made_by: str) -> None:
    """One pool for every kind of features, of the same kinds of drives. made_by: the command."""
    tensors = {}
    for features, pool in pools.items():
        tensors["kinds"] = torch.from_numpy(pool.kinds)
        for name, values in _arrays(pool).items():
            tensors[f"{features}.{name}"] = torch.from_numpy(np.ascontiguousarray(values))
    write_safetensors(tensors, path, {"made_by": made_by})


def read_pool(path: Path, features: ProfileFeatures) -> Pool:
    """Raises BadInputError for a file that is none."""
    tensors, _ = read_safetensors(path)
    own = {name: tensors[f"{features}.{name}"].numpy() for name in ("centre", "matrix", "means", "variance", "error")}
    discriminants = Discriminants(own["centre"], own["matrix"])
    content = sha256(path.read_bytes()).hexdigest()
    return Pool(tensors["kinds"].numpy(), discriminants, own["means"], own["variance"], own["error"], content)


def _arrays(pool: Pool) -> dict[str, Doubles]:
    return {
        "centre": pool.discriminants.centre,
        "matrix": pool.discriminants.matrix,
        "means": pool.means,
        "variance": pool.variance,
        "error": pool.error,
    }

"""What tells one network from another: the key under which its evaluations are kept."""

import hashlib
import json
from collections.abc import Mapping

import torch
from torch import Tensor


def with_rule(sha256: str, rule: object) -> str:
    """The identity of a network whose answers are changed by a rule (JSON), or ``sha256`` where there is none."""
    return sha256_of({"network": sha256, "rule": rule}, {}) if rule else sha256


def sha256_of(description: object, weights: Mapping[str, Tensor]) -> str:
    """Hex digest of a description (JSON) and of every weight's name, type, shape and bytes."""
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name in sorted(weights):
        tensor = weights[name].detach().cpu().contiguous()
        digest.update(f"{name}:{tensor.dtype}:{tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()

"""Weights with a statement on privacy, as private training leaves them."""

from pathlib import Path

import msgspec

from lidarsel.completion.registry import SHIPPED_WEIGHTS
from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.privacy.ledger import Ledger, NoisySteps
from lidarsel.privacy.statement import METADATA_KEY, PrivacyStatement

LEDGER = Ledger((NoisySteps(9.0, 0.5, 2), NoisySteps(4.0, 0.16, 500)))
STATEMENT = PrivacyStatement("drive", 100, 5.0, 1e-6, "an accountant", LEDGER, ("the settings",))


def write_private_weights(path: Path, statement: PrivacyStatement = STATEMENT) -> Path:
    """The shipped weights, as if they promised something."""
    tensors, metadata = read_safetensors(SHIPPED_WEIGHTS)
    write_safetensors(tensors, path, {**metadata, METADATA_KEY: msgspec.json.encode(statement).decode()})
    return path

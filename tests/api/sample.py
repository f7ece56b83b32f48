"""What the tests of the API work on: the repository's sample, with few evaluations."""

from typing import Any

from tests.support.commands import ROOT

SAMPLE = ROOT / "datasets" / "sample"
NEAREST: dict[str, Any] = {"network": "nearest", "crop": "64x212"}
FEW: dict[str, Any] = {"evaluations": 150, "sets": 16}

"""Completion networks by name."""

from pathlib import Path

from lidarsel.completion.base import CompletionNetwork
from lidarsel.errors import UsageError

SHIPPED_WEIGHTS = Path(__file__).parent / "weights" / "lidarsel.safetensors"
NAMES = ("lidarsel", "classical", "nearest")


def load_network(name_or_path: str, weights: Path | None = None, device: str = "cpu") -> CompletionNetwork:
    """``lidarsel`` (the trained network), ``classical`` (morphological) or ``nearest``, on a torch device.

    weights: a file for ``lidarsel`` instead of the shipped one; a name ending in .safetensors is such a file itself.
    Raises UsageError for an unknown name or weights for a network without any, BadInputError for unusable weights.
    """
    if name_or_path.endswith(".safetensors"):
        if weights is not None:
            raise UsageError(f"two weights files are given: {name_or_path} and {weights}; give one")
        name_or_path, weights = "lidarsel", Path(name_or_path)
    if name_or_path == "lidarsel":
        from lidarsel.completion.checkpoint import load_weights
        from lidarsel.completion.frozen import FrozenLidarselNet

        return FrozenLidarselNet(load_weights(weights or SHIPPED_WEIGHTS), device)
    if name_or_path not in NAMES:
        known = ", ".join(NAMES)
        raise UsageError(f"there is no network {name_or_path!r}; choose of {known}, or give a .safetensors file")
    if weights is not None:
        raise UsageError(f"the network {name_or_path!r} has no weights; leave {weights} out")
    from lidarsel.completion.classical import MorphologicalCompletion, NearestCompletion

    return MorphologicalCompletion(device) if name_or_path == "classical" else NearestCompletion(device)

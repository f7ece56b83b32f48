"""Completion networks by name."""

from pathlib import Path

from lidarsel.completion.base import CompletionNetwork
from lidarsel.errors import UsageError

SHIPPED_WEIGHTS = Path(__file__).parent / "weights" / "lidarsel.safetensors"
NAMES = ("lidarsel", "classical", "nearest")
EXPORTED = (".onnx", ".pt2")


def load_network(name_or_path: str, weights: Path | None = None, device: str = "cpu") -> CompletionNetwork:
    """``lidarsel`` (the trained network), ``classical`` (morphological), ``nearest``, or a user's own, on a device.

    weights: a file for ``lidarsel`` instead of the shipped one; a name ending in .safetensors is such a file itself.
    A user's own network (docs/own_network.md) is ``package.module:factory``, for which weights may be given too, or an
    exported file, .pt2 or .onnx, which holds its weights. Raises UsageError for an unknown name or weights for a
    network without any, BadInputError for unusable weights or files.
    """
    if name_or_path.endswith(".safetensors"):
        if weights is not None:
            raise UsageError(f"two weights files are given: {name_or_path} and {weights}; give one")
        name_or_path, weights = "lidarsel", Path(name_or_path)
    if name_or_path == "lidarsel":
        from lidarsel.completion.lidarsel_net.checkpoint import load_weights
        from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet

        return FrozenLidarselNet(load_weights(weights or SHIPPED_WEIGHTS), device)
    if ":" in name_or_path and Path(name_or_path).suffix not in EXPORTED:
        from lidarsel.completion.foreign.module import load_factory

        return load_factory(name_or_path, weights, device)
    if name_or_path not in NAMES and Path(name_or_path).suffix not in EXPORTED:
        known = ", ".join(NAMES)
        own = "package.module:factory or a .safetensors, .pt2 or .onnx file"
        raise UsageError(f"there is no network {name_or_path!r}; choose of {known}, or give {own}")
    if weights is not None:
        raise UsageError(f"the network {name_or_path!r} takes no weights; leave {weights} out")
    if Path(name_or_path).suffix in EXPORTED:
        return load_exported(Path(name_or_path), device)
    from lidarsel.completion.classical import MorphologicalCompletion, NearestCompletion

    return MorphologicalCompletion(device) if name_or_path == "classical" else NearestCompletion(device)


def load_exported(path: Path, device: str) -> CompletionNetwork:
    """The network of an .onnx or .pt2 file. Raises UsageError, BadInputError."""
    if path.suffix == ".onnx":
        from lidarsel.completion.foreign.onnx import load_onnx

        return load_onnx(path, device)
    from lidarsel.completion.foreign.pt2 import load_pt2

    return load_pt2(path, device)

"""Which torch device a network computes on."""

from lidarsel.errors import UsageError


def pick_device(wanted: str) -> str:
    """A torch device for auto, cpu, cuda or cuda:N. Raises UsageError where there is no such device."""
    if wanted == "cpu":
        return wanted
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not torch.cuda.is_available():
        raise UsageError(f"--device {wanted}: this machine has no CUDA device that torch can use; use --device cpu")
    return wanted

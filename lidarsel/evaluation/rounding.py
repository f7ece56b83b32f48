"""What rounds: errors are the same to the bit only on one kind of device, with one set of instructions, by the same
versions of the libraries that sum.

Measured with the shipped network on one machine: an error differs by 1e-7 of itself with SSE4.1 alone
(``ONEDNN_MAX_CPU_ISA=SSE41``), and not at all with AVX2 instead of AVX-512. Nobody would see it, but a store that mixes
both gives another answer than either.
"""

import os
import platform

from lidarsel.completion.base import CompletionNetwork, RoundsByMore

_LIMITS = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_CPU_ISA_HINTS", "MKL_CBWR")
"""Environment variables that make PyTorch and its libraries use fewer instructions than there are."""


def device_that_rounds(device: str) -> str:
    """A torch device by name -> what it is: ``cpu x86_64 AVX512``, with what limits it, or ``cuda NVIDIA H200``."""
    import torch

    kind = torch.device(device).type
    if kind == "cuda":
        return f"cuda {torch.cuda.get_device_name(torch.device(device))}"
    if kind != "cpu":
        return kind
    limits = [f"{name}={os.environ[name]}" for name in _LIMITS if os.environ.get(name)]
    return " ".join([kind, platform.machine(), torch.backends.cpu.get_cpu_capability(), *limits])


def libraries_that_round(network: CompletionNetwork) -> str:
    """``torch 2.13.0+cpu``, and what else a network's last bits follow."""
    import torch

    more = [network.rounds_by] if isinstance(network, RoundsByMore) and network.rounds_by else []
    return ", ".join([f"torch {torch.__version__}", *more])

"""Sizes of the mixture-of-experts language models that the published laws were fitted to, and what fits into memory.

A model of n layers is d = 64 n wide. As Ludziejewski et al. 2025 count, with a vocabulary of V = 50257 and E experts:

    parameters of a token    2 d V + 13 n d^2
    parameters in all        2 d V + (4 + 9 E) n d^2

n is taken as real: an optimum between two models is told as it is.
"""

from dataclasses import dataclass

_HEAD = 64
_VOCABULARY = 50257


@dataclass(frozen=True)
class Memory:
    """What a machine holds: so many bytes, of which each number takes some (2: bfloat16).

    kept_tokens: how many tokens' keys and values, 2 n d numbers a token, are held beside the weights.
    """

    n_bytes: float
    bytes_a_number: float = 2.0
    kept_tokens: float = 0.0


def width(layers: float) -> float:
    """d of a model of so many layers."""
    return _HEAD * layers


def layers_of_dense(parameters: float) -> float:
    """Layers of the dense model of 12 n d^2 parameters, embeddings left out: mixtures are named by it."""
    return float((parameters / (12 * _HEAD**2)) ** (1 / 3))


def active_parameters(layers: float) -> float:
    """Those that a token passes through, one expert's among them, embeddings included."""
    d = width(layers)
    return 2 * d * _VOCABULARY + 13 * layers * d**2


def total_parameters(layers: float, experts: int) -> float:
    """All that are held."""
    d = width(layers)
    return 2 * d * _VOCABULARY + (4 + 9 * experts) * layers * d**2


def held_bytes(layers: float, experts: int, memory: Memory) -> float:
    """Bytes of weights, and of what is kept of past tokens."""
    kept = memory.kept_tokens * 2 * layers * width(layers)
    return memory.bytes_a_number * (total_parameters(layers, experts) + kept)


def most_active(experts: int, memory: Memory) -> float:
    """Active parameters of the largest model that the memory holds."""
    from scipy.optimize import brentq

    def over(layers: float) -> float:
        return held_bytes(layers, experts, memory) - memory.n_bytes

    # The model whose weights without embeddings fill the memory is too large by its embeddings.
    too_many = (memory.n_bytes / (memory.bytes_a_number * (4 + 9 * experts) * _HEAD**2)) ** (1 / 3)
    return active_parameters(float(brentq(over, 0.0, too_many, rtol=1e-12)))

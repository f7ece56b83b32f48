"""What an evaluation is kept as: its errors and a checksum over all that they are errors of.

The checksum covers the store, the context's whole key, the frame's content, the coalition and the errors. So a bit that
flips anywhere, a page that comes from another store, or a row that somebody edits makes an evaluation that does not fit
its checksum; none is taken for an answer.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lidarsel.evaluation.base import EvaluationKey

_CHECKSUM_BYTES = 8


@dataclass(frozen=True)
class Seal:
    """Packs and unpacks evaluations of one frame in one context of one store.

    Args:
        store: the store's own name.
        key: the context's.
        digest: the frame's content.
    """

    store: str
    key: EvaluationKey
    digest: str

    def pack(self, coalitions: Sequence[bytes], errors: NDArray[np.float64]) -> list[bytes]:
        """Packed coalitions (M) and float64 (M, F) -> what is kept of each."""
        start, rows = self._start(), np.ascontiguousarray(errors, "<f8")
        packed = (row.tobytes() for row in rows)
        return [
            figures + _checksum(start, coalition, figures)
            for coalition, figures in zip(coalitions, packed, strict=True)
        ]

    def unpack(self, coalitions: Sequence[bytes], kept: Sequence[bytes]) -> NDArray[np.float64] | None:
        """Float64 (M, F) of what was kept; None where anything does not fit."""
        start, width = self._start(), 8 * len(self.key.figures)
        for coalition, whole in zip(coalitions, kept, strict=True):
            # a flipped bit may make text of bytes
            if not (isinstance(coalition, bytes) and isinstance(whole, bytes)):
                return None
            if whole[width:] != _checksum(start, coalition, whole[:width]):
                return None
        figures = b"".join(whole[:width] for whole in kept)
        return np.frombuffer(figures, "<f8").reshape(-1, len(self.key.figures)).astype(np.float64)

    def _start(self) -> hashlib.blake2b:
        """A digest that has taken in everything but the evaluation itself."""
        return hashlib.blake2b(repr((self.store, self.key, self.digest)).encode(), digest_size=_CHECKSUM_BYTES)


def _checksum(start: hashlib.blake2b, coalition: bytes, figures: bytes) -> bytes:
    digest = start.copy()
    digest.update(coalition)
    digest.update(figures)
    return digest.digest()

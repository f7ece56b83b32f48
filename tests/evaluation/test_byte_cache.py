"""Values kept by their bytes."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lidarsel.evaluation.byte_cache import ByteCache, tensor_bytes


@dataclass(frozen=True)
class Plan:
    weight: Tensor
    parts: tuple[object, ...]


def of_bytes(count: int) -> Tensor:
    return torch.zeros(count, dtype=torch.uint8)


def test_tensors_are_counted_wherever_they_are_and_once() -> None:
    shared = of_bytes(100)
    assert tensor_bytes(None) == tensor_bytes(3.0) == 0
    assert tensor_bytes({"a": shared, "b": [of_bytes(7), 1]}) == 107
    assert tensor_bytes(Plan(shared, (shared, of_bytes(1), "text"))) == 101


def test_those_used_longest_ago_go_first() -> None:
    kept = ByteCache(250)
    for key in "abc":
        kept[key] = of_bytes(100)
        assert len(kept["a" if "a" in kept else "b"]) == 100  # the first is used again while it is there
    assert [key in kept for key in "abc"] == [True, False, True]
    kept["large"] = of_bytes(1000)
    assert [key in kept for key in ("a", "c", "large")] == [False, False, True]
    kept.forget()
    kept["d"] = of_bytes(200)
    kept["e"] = of_bytes(50)
    assert "d" in kept


def test_no_more_are_kept_than_there_may_be() -> None:
    kept = ByteCache(1000, most=2)
    for key in range(4):
        kept[key] = None
    assert [key in kept for key in range(4)] == [False, False, True, True]

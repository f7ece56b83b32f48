"""Small networks with a table of what belongs together in them."""

from typing import Any

import torch
from torch import Tensor, nn

from lidarsel.completion.coupling import Coupling
from lidarsel.completion.units import units_of
from lidarsel.importance.channels.subject import Subject, Task

INNER, DENSE = 6, 5
COUPLINGS = [
    Coupling("inner", (1,) * INNER, ("0",), ("1",), (("5", 4),)),
    Coupling("dense", (1,) * DENSE, ("5",), (), (("7", 1),)),
]


def network(seed: int = 0) -> nn.Sequential:
    """A convolution with batch normalisation, a flattened map of 2 x 2 pixels, two linear layers."""
    torch.manual_seed(seed)
    made = nn.Sequential(
        nn.Conv2d(2, INNER, 3),
        nn.BatchNorm2d(INNER),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * INNER, DENSE),
        nn.ReLU(),
        nn.Linear(DENSE, 3),
    )
    for parameter in made.parameters():
        if parameter.ndim == 1:
            parameter.data = torch.rand_like(parameter) + 0.2
    made(torch.randn(32, 2, 6, 6))  # running statistics that are not their neutral start
    return made.eval()


def task(n_batches: int = 3) -> Task:
    generator = torch.Generator().manual_seed(7)
    batches = [
        (torch.randn(8, 2, 6, 6, generator=generator), torch.randint(3, (8,), generator=generator))
        for _ in range(n_batches)
    ]

    def answer(module: nn.Module, batch: Any) -> Tensor:
        found: Tensor = module(batch[0])
        return found

    return Task(answer, lambda logits, batch: nn.functional.cross_entropy(logits, batch[1]), batches, 8 * n_batches)


def subject(module: nn.Module | None = None, **given: Any) -> Subject:
    given = {"task": task(), **given}
    return Subject(module or network(), COUPLINGS, units_of(COUPLINGS, "whole"), **given)

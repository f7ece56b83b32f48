"""A user's own network as one module of our inputs and our output: what is traced and exported."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lidarsel.completion.foreign.adaptation import Adaptation, Argument
from lidarsel.completion.foreign.arguments import arguments_of
from lidarsel.completion.foreign.outputs import NoOneOutputError, depth_of, spread_of
from lidarsel.completion.spreading import DEPTH, SPREAD


class AdaptedModule(nn.Module):
    """The network behind what options say of it: its own arguments made of ours, its depth found and raised."""

    def __init__(
        self,
        network: nn.Module,
        arguments: Sequence[Argument],
        adaptation: Adaptation,
        with_spread: bool = False,
    ) -> None:
        super().__init__()
        self.network = network
        self.arguments = tuple(arguments)
        self.adaptation = adaptation
        self.with_spread = with_spread

    def forward(
        self,
        image: Tensor | None = None,
        sparse_depth_m: Tensor | None = None,
        mask: Tensor | None = None,
        intrinsics: Tensor | None = None,
    ) -> Tensor | dict[str, Tensor]:
        """Each (B, C, H, W) as in ``CHANNELS``, intrinsics (B, 3, 3), those that it takes -> (B, 1, H, W) metres; with
        spread both, by ``DEPTH`` and ``SPREAD``.

        Raises NoOneOutputError where it cannot be said which of what the network returns is the depth.
        """
        inputs = {"image": image, "sparse_depth_m": sparse_depth_m, "mask": mask, "intrinsics": intrinsics}
        given = {name: x for name, x in inputs.items() if x is not None}
        frame = next(x for name, x in given.items() if name != "intrinsics")
        shape = (frame.shape[0], 1, *frame.shape[2:])
        returned = self.network(**arguments_of(self.arguments, given))
        _, depth_m = depth_of(returned, shape, self.adaptation.output)
        assert isinstance(depth_m, Tensor)
        least = self.adaptation.min_depth_m
        depth_m = depth_m if least is None else depth_m.clamp(min=least)
        if not self.with_spread:
            return depth_m
        spread_m = spread_of(returned)
        if spread_m is None:
            raise NoOneOutputError(f"returned no one {SPREAD}", False)
        return {DEPTH: depth_m, SPREAD: spread_m}


def made_up_inputs(inputs: Sequence[str], batch: int, size: tuple[int, int], device: torch.device) -> dict[str, Tensor]:
    """Of INPUTS those that a network takes, float32: random images and depths of (H, W), the same every time."""
    generator = torch.Generator().manual_seed(0)
    height, width = size
    hit = torch.rand(batch, 1, height, width, generator=generator) < 0.1
    depth_m = torch.where(hit, 2 + 50 * torch.rand(hit.shape, generator=generator), 0.0)
    camera = torch.tensor([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1]])
    every = {
        "image": torch.rand(batch, 3, height, width, generator=generator),
        "sparse_depth_m": depth_m,
        "mask": hit.float(),
        "intrinsics": camera.repeat(batch, 1, 1),
    }
    return {name: every[name].to(device) for name in inputs}

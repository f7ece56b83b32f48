"""Networks as users have them, each with one thing in it that can or cannot be cut."""

import time

import torch
from torch import Tensor, nn
from torch.nn import functional


class Own(nn.Module):
    """Two convolutions, and between them what a subclass does; 12 channels there."""

    size_multiple = 8

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.enter = nn.Conv2d(4, 8, 3, padding=1)
        self.inner = nn.Conv2d(8, 12, 3, padding=1)
        self.leave = nn.Conv2d(12, 1, 3, padding=1)
        for parameter in self.parameters():
            parameter.data = 0.6 * torch.rand(parameter.shape, generator=generator) - 0.2

    def between(self, x: Tensor) -> Tensor:
        return x

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        x = torch.cat([image, sparse_depth_m / 50], 1)
        x = self.between(functional.relu(self.inner(functional.relu(self.enter(x)))))
        return functional.softplus(self.leave(x)) + 0.1


class GroupedNet(Own):
    """A block of ResNeXt."""

    def __init__(self) -> None:
        super().__init__()
        self.grouped = nn.Conv2d(12, 12, 3, padding=1, groups=3)
        self.rise = nn.ConvTranspose2d(12, 12, 3, padding=1, groups=3)

    def between(self, x: Tensor) -> Tensor:
        return x + self.rise(functional.relu(self.grouped(x)))


class SharedNet(Own):
    """One convolution twice over."""

    def __init__(self) -> None:
        super().__init__()
        self.again = nn.Conv2d(12, 12, 1)

    def between(self, x: Tensor) -> Tensor:
        return self.again(functional.relu(self.again(x)))


class OneWeight(Own):
    """Two convolutions with one weight."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Conv2d(12, 12, 1), nn.Conv2d(12, 12, 1)
        self.other.weight = self.one.weight

    def between(self, x: Tensor) -> Tensor:
        return self.other(functional.relu(self.one(x)))


class Functional(Own):
    """Weights of its own, used by functions, and a depth multiplier."""

    def __init__(self) -> None:
        super().__init__()
        self.each = nn.Parameter(torch.rand(24, 1, 3, 3, generator=torch.Generator().manual_seed(1)))
        self.level = nn.Parameter(torch.rand(12, 1, 1, generator=torch.Generator().manual_seed(2)))
        self.back = nn.Parameter(torch.rand(12, 24, 1, 1, generator=torch.Generator().manual_seed(4)) - 0.5)

    def between(self, x: Tensor) -> Tensor:
        x = functional.conv2d(x + self.level, self.each, padding=1, groups=x.shape[1])
        return functional.conv2d(torch.tanh(x), self.back)


class VectorNet(Own):
    """A layer that is learned by itself, a vector."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.code = nn.Parameter(torch.rand(8, generator=generator))
        self.weight = nn.Parameter(torch.rand(12, 8, generator=generator) - 0.5)

    def between(self, x: Tensor) -> Tensor:
        return x + functional.linear(torch.tanh(self.code), self.weight)[:, None, None]


class MapNet(Own):
    """A weight that is a map."""

    def __init__(self) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.rand(12, 1, 2, generator=torch.Generator().manual_seed(2)))

    def between(self, x: Tensor) -> Tensor:
        return x + self.level.mean(2, keepdim=True)


class SideBySide(Own):
    """Two layers that a third takes one beside the other."""

    def __init__(self) -> None:
        super().__init__()
        self.side = nn.Conv2d(4, 6, 3, padding=1)
        self.leave = nn.Conv2d(18, 1, 3, padding=1)

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        x = torch.cat([image, sparse_depth_m / 50], 1)
        both = torch.cat([functional.relu(self.inner(functional.relu(self.enter(x)))), self.side(x)], 1)
        return functional.softplus(self.leave(both)) + 0.1


class NormalisedNet(Own):
    """Groups that are normalised together."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(3, 12)

    def between(self, x: Tensor) -> Tensor:
        return self.norm(x)


class ShuffledNet(Own):
    """Channels laid out in a table."""

    def between(self, x: Tensor) -> Tensor:
        return x.view(len(x), 3, 4, *x.shape[2:]).transpose(1, 2).reshape(x.shape)


class SlicedNet(Own):
    """Channels by their numbers."""

    def between(self, x: Tensor) -> Tensor:
        return torch.cat([x[:, 6:], x[:, :6]], 1)


class Attentive(Own):
    """Channels that share a sum of one."""

    def between(self, x: Tensor) -> Tensor:
        return x * torch.softmax(x.mean((2, 3), keepdim=True), 1)


class WrittenNet(Own):
    """A width that stands in the code."""

    def between(self, x: Tensor) -> Tensor:
        return x.reshape(len(x), 12, x.shape[2] * x.shape[3]).reshape(x.shape)


class AveragedNet(Own):
    """Divides by the number of channels, which no operator tells from another number."""

    def between(self, x: Tensor) -> Tensor:
        return x / x.shape[1]


class Nothing(Own):
    """Everything is added to what is given."""

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        return sparse_depth_m + image.sum(1, keepdim=True) + 1


class SoftenedNet(Own):
    """All that there is goes through an operator that is not followed."""

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        x = torch.softmax(self.enter(torch.cat([image, sparse_depth_m], 1)), 1)
        return 1 + x.sum(1, keepdim=True)


class WrappedNet(Own):
    """All of it within a block that a trace keeps for itself."""

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            return super().forward(image, sparse_depth_m)


class Deciding(Own):
    """Looks at the numbers before it computes."""

    def between(self, x: Tensor) -> Tensor:
        return x if x.mean() > 0 else -x


class Endless(Own):
    """Never ends where it is traced."""

    def between(self, x: Tensor) -> Tensor:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                time.sleep(0.01)
            except Exception:
                continue
        return x


class Greedy(Own):
    """Keeps ever more memory."""

    def between(self, x: Tensor) -> Tensor:
        kept: list[bytes] = []
        while len(kept) < 512:
            kept.append(b"\1" * (4 << 20))
            time.sleep(0.01)
        return x


class InADictionary(Own):
    """Other names, several outputs, negative depths."""

    def forward(self, sample):  # type: ignore[no-untyped-def, override]
        depth_m = super().forward(sample["rgb"], sample["d"])
        return {"coarse": depth_m, "pred": depth_m * 1.5 - 1}


def in_a_dictionary() -> nn.Module:
    return InADictionary()


class Coarse(Own):
    """Several depths, none of them of the frame's size."""

    def forward(self, image: Tensor, sparse_depth_m: Tensor) -> Tensor:
        depth_m = super().forward(image, sparse_depth_m)
        return depth_m[..., ::2, ::2], depth_m[..., ::4, ::4]  # type: ignore[return-value]


def coarse() -> nn.Module:
    return Coarse()


def own() -> nn.Module:
    return Own()

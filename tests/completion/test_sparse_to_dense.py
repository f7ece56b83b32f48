"""Ma et al.'s network against plain functional PyTorch over the same names, and the depth-only one against loops."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as f

from lidarsel.completion import sparse_to_dense
from lidarsel.completion.normalised_convolution import EMPTY_DEPTH_M, NormalisedConvolution, network
from lidarsel.completion.registry import load_network


def by_names(
    w: dict[str, torch.Tensor], image: torch.Tensor, depth: torch.Tensor, blocks: tuple[int, ...]
) -> torch.Tensor:
    """The network of the paper's figure 2, from the names of a checkpoint. image as the authors' loader gives it."""

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        mean, var = w[f"{name}.running_mean"], w[f"{name}.running_var"]
        return f.batch_norm(x, mean, var, w[f"{name}.weight"], w[f"{name}.bias"], False, 0, 1e-5)

    def down(x: torch.Tensor, name: str, stride: int = 1) -> torch.Tensor:
        return f.leaky_relu(norm(f.conv2d(x, w[f"{name}.0.weight"], None, stride, 1), f"{name}.1"), 0.2)

    def up(x: torch.Tensor, name: str, stride: int = 2) -> torch.Tensor:
        y = f.conv_transpose2d(x, w[f"{name}.0.weight"], None, stride, 1, stride - 1)
        return f.leaky_relu(norm(y, f"{name}.1"), 0.2)

    x = [torch.cat([down(depth, "conv1_d"), down(image, "conv1_img")], 1)]
    for stage, count in enumerate(blocks, start=2):
        y = x[-1]
        for block in range(count):
            name, stride = f"conv{stage}.{block}", 2 if stage > 2 and block == 0 else 1
            out = f.relu(norm(f.conv2d(y, w[f"{name}.conv1.weight"], None, stride, 1), f"{name}.bn1"))
            out = norm(f.conv2d(out, w[f"{name}.conv2.weight"], None, 1, 1), f"{name}.bn2")
            if stride == 2:
                y = norm(f.conv2d(y, w[f"{name}.downsample.0.weight"], None, 2), f"{name}.downsample.1")
            y = f.relu(out + y)
        x.append(y)
    y = down(x[4], "conv6", 2)
    for stage in (5, 4, 3, 2):
        y = torch.cat([up(y, f"convt{stage}"), x[stage - 1]], 1)
    y = torch.cat([up(y, "convt1", 1), x[0]], 1)
    return (100 * f.conv2d(y, w["convtf.0.weight"], w["convtf.0.bias"])).clamp(min=0.9)


@pytest.mark.parametrize(
    ("name", "blocks"), [("resnet18", (2, 2, 2, 2)), ("resnet34", (3, 4, 6, 3)), ("resnet18_grey", (2, 2, 2, 2))]
)
def test_sparse_to_dense_is_the_paper_s_by_its_checkpoints_names(name: str, blocks: Any) -> None:
    module = getattr(sparse_to_dense, name)().eval()
    generator = torch.Generator().manual_seed(0)
    weights = module.state_dict()
    for key, tensor in weights.items():  # running statistics of their own, and depths that the clamp leaves alone
        if key.endswith("running_var"):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
        elif key.endswith("running_mean"):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) - 0.5)
    weights["convtf.0.bias"].fill_(2.0)
    image = torch.rand(2, 3, 32, 48, generator=generator)
    depth = torch.rand(2, 1, 32, 48, generator=generator) * 50 * (torch.rand(2, 1, 32, 48, generator=generator) < 0.1)
    theirs = 255 * image
    if name.endswith("grey"):
        theirs = (0.299 * theirs[:, 0] + 0.587 * theirs[:, 1] + 0.114 * theirs[:, 2])[:, None]
    with torch.inference_mode():
        got, expected = module(image, depth), by_names(weights, theirs, depth, blocks)
    assert (expected > 0.9).float().mean() > 0.5
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


def test_names_and_shapes_are_those_of_the_public_checkpoints() -> None:
    shapes = {name: tuple(x.shape) for name, x in sparse_to_dense.resnet34_grey().state_dict().items()}
    for name, shape in {
        "conv1_d.0.weight": (32, 1, 3, 3),
        "conv1_img.0.weight": (32, 1, 3, 3),
        "conv1_img.1.running_var": (32,),
        "conv2.2.bn2.bias": (64,),
        "conv3.0.downsample.0.weight": (128, 64, 1, 1),
        "conv4.5.conv2.weight": (256, 256, 3, 3),
        "conv5.0.downsample.1.num_batches_tracked": (),
        "conv6.0.weight": (512, 512, 3, 3),
        "convt5.0.weight": (512, 256, 3, 3),
        "convt4.0.weight": (768, 128, 3, 3),
        "convt3.0.weight": (384, 64, 3, 3),
        "convt2.0.weight": (192, 64, 3, 3),
        "convt1.0.weight": (128, 64, 3, 3),
        "convtf.0.weight": (1, 128, 1, 1),
        "convtf.0.bias": (1,),
    }.items():
        assert shapes[name] == shape, name
    assert tuple(sparse_to_dense.resnet18().state_dict()["conv1_img.0.weight"].shape) == (48, 3, 3, 3)


def test_a_fresh_network_is_the_same_every_time() -> None:
    specs = [f"lidarsel.completion.sparse_to_dense:{name}" for name in ("resnet18", "resnet18", "resnet18_grey")]
    first, again, other = (load_network(spec).sha256 for spec in specs)
    assert first == again != other


def test_normalised_convolution_against_loops() -> None:
    rng = np.random.default_rng(0)
    depth, confidence = rng.uniform(1, 60, (9, 11)), rng.random((9, 11)) * (rng.random((9, 11)) < 0.3)
    layer = NormalisedConvolution().double()
    tensors = (torch.from_numpy(x)[None, None] for x in (depth, confidence))
    got, sure = (x[0, 0].detach().numpy() for x in layer(*tensors))
    bell = np.exp(-(np.arange(-2, 3)[:, None] ** 2 + np.arange(-2, 3)[None] ** 2) / 2)
    for i in range(9):
        for j in range(11):
            total = mass = 0.0
            for r in range(max(0, i - 2), min(9, i + 3)):
                for c in range(max(0, j - 2), min(11, j + 3)):
                    total += bell[r - i + 2, c - j + 2] * confidence[r, c] * depth[r, c]
                    mass += bell[r - i + 2, c - j + 2] * confidence[r, c]
            assert sure[i, j] == pytest.approx(mass / bell.sum(), abs=1e-7)
            if mass > 1e-6:
                assert got[i, j] == pytest.approx(total / mass, rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 40), st.floats(0.5, 80), st.floats(0, 5))
def test_the_untrained_network_averages(seed: int, count: Any, near: Any, spread: Any) -> None:
    rng = np.random.default_rng(seed)
    sparse = np.zeros((1, 1, 64, 128), np.float32)
    sparse[0, 0, rng.integers(0, 64, count), rng.integers(0, 128, count)] = near + spread * rng.random(count)
    with torch.inference_mode():
        depth = network()(torch.from_numpy(sparse)).numpy()
    if count == 0:
        np.testing.assert_allclose(depth, EMPTY_DEPTH_M, rtol=1e-6)
    else:  # one scale of 64 x 64 cells reaches all of it
        measured = sparse[sparse > 0]
        assert depth.min() >= measured.min() * (1 - 1e-4)
        assert depth.max() <= measured.max() * (1 + 1e-4)


def test_the_untrained_network_is_near_where_lines_are() -> None:
    row, column = np.meshgrid(np.arange(128), np.arange(256), indexing="ij")
    truth = (10 + 0.1 * column + 0.05 * row).astype(np.float32)
    sparse = np.zeros_like(truth)
    sparse[::8] = truth[::8]
    with torch.inference_mode():
        depth = network()(torch.from_numpy(sparse)[None, None])[0, 0].numpy()
    assert np.abs(depth - truth)[:120, 8:-8].mean() < 0.5

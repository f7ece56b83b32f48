"""Private benchmarks on Fashion-MNIST, on images drawn at random: the data set is not needed."""

import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from tests.support.commands import ROOT, run

sys.path.append(str(ROOT / "benchmarks"))  # scripts, not a package

from class_embeddings import (
    CLASSES,
    CONTRAST,
    MIDDLE,
    PIXELS,
    ClassEmbedding,
    FourierFeatures,
    TangentKernel,
    class_means,
)
from dpntk import DELTA, Generator, images_of, told
from fashion import LabelledImages
from lenet_network import WIDTHS, LeNet
from private_lenet import CHOICES, Choice, gradients, train_privately

from lidarsel.privacy.gaussian import delta_spent

EMBEDDINGS = (TangentKernel.drawn(20, 0), FourierFeatures.drawn(15, 8.0, 0))


def drawn(n: int, seed: int) -> LabelledImages:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(CLASSES, (n,), generator=generator)
    return LabelledImages(torch.rand(n, 1, 28, 28, generator=generator), labels)


def means(embedding: ClassEmbedding, data: LabelledImages) -> Tensor:
    return class_means(embedding, data.images.flatten(1), data.labels)


def test_the_tangent_kernel_is_that_of_the_gradients() -> None:
    """The oracle is a network's own backward pass; one row stands for ten alike, so that products are compared."""
    kernel = TangentKernel.drawn(20, 0)
    hidden, outputs = kernel.hidden.clone().requires_grad_(), kernel.outputs.clone().requires_grad_()
    images, rows = drawn(6, 1).images.flatten(1), []
    for image in (images - MIDDLE) * CONTRAST:
        total = (outputs @ functional.relu(hidden @ image)).sum()
        by_all = torch.autograd.grad(total, (hidden, outputs))
        rows.append(functional.normalize(torch.cat([each.flatten() for each in by_all]), dim=0))
    wanted = torch.stack(rows)
    found = torch.stack([kernel.sums(image[None]) for image in images])
    torch.testing.assert_close(found @ found.T, wanted @ wanted.T, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(kernel.sums(images), found.sum(0), rtol=1e-5, atol=1e-6)


def test_fourier_features_are_near_their_kernel() -> None:
    images = drawn(2, 3).images.flatten(1)
    features = FourierFeatures.drawn(40_000, 8.0, 1)
    one, other = (features.sums(image[None]) for image in images)
    distance = torch.linalg.vector_norm(images[0] - images[1])
    assert float(one @ other) == pytest.approx(float(torch.exp(-(distance**2) / 128)), abs=0.02)
    assert float(one @ one) == pytest.approx(1, abs=1e-4)


@given(st.sampled_from(EMBEDDINGS), st.integers(0, 1000), st.integers(1, 8), st.integers(0, CLASSES - 1))
def test_one_image_moves_the_means_by_two_shares_at_most(
    embedding: ClassEmbedding, seed: int, n: int, label: int
) -> None:
    data, other = drawn(n, seed), drawn(n, seed + 1)
    images, labels = data.images.clone(), data.labels.clone()
    images[0], labels[0] = other.images[0].round(), label
    moved = means(embedding, LabelledImages(images, labels)) - means(embedding, data)
    assert float(torch.linalg.vector_norm(moved)) <= 2 / n * (1 + 1e-5)


def test_what_is_told_has_the_noise_of_one_answer() -> None:
    zero = torch.zeros(CLASSES, 20_000)
    assert told(zero, 100, None) is zero
    multiplier = float(told(zero, 100, 1.0).std()) / (2 / 100)
    assert delta_spent(1.0, 0.99 * multiplier) > DELTA > delta_spent(1.0, 1.01 * multiplier)


def test_made_images_are_of_every_class_alike() -> None:
    torch.manual_seed(0)
    made = images_of(Generator().eval(), 200, 1)
    assert made.images.shape == (200, PIXELS)
    assert made.labels.bincount().tolist() == [20] * CLASSES
    assert 0 <= float(made.images.min()) < float(made.images.max()) <= 1


def lenet() -> LeNet:
    torch.manual_seed(0)
    return LeNet(WIDTHS)


def test_gradients_are_those_of_each_image_alone() -> None:
    network, data = lenet(), drawn(5, 0)
    found = gradients(network, data)
    for number, row in enumerate(found):
        one = data.at(slice(number, number + 1))
        loss = nn.CrossEntropyLoss()(network(one.images), one.labels)
        alone = torch.autograd.grad(loss, list(network.parameters()))
        torch.testing.assert_close(row, torch.cat([each.flatten() for each in alone]), rtol=1e-4, atol=1e-6)
    assert gradients(network, data.at(slice(0))).shape == (0, found.shape[1])


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_no_more_than_the_share_moves_in_a_step(choice: Choice) -> None:
    network = lenet()
    start = torch.cat([each.detach().flatten() for each in network.parameters()])
    train_privately(network, drawn(300, 0), choice, 1.0, 1, 0)
    moved = torch.cat([each.detach().flatten() for each in network.parameters()]) != start
    assert float(moved.double().mean()) == pytest.approx(choice.fixed * choice.moving, rel=0.01)


def test_frozen_weights_stay_and_selected_ones_take_turns() -> None:
    share = {}
    for choice in (Choice(fixed=0.3), Choice(moving=0.3)):
        network = lenet()
        start = [each.detach().clone() for each in network.parameters()]
        train_privately(network, drawn(300, 0), choice, 1.0, 3, 0)
        moved = [after.detach() != before for after, before in zip(network.parameters(), start, strict=True)]
        share[str(choice)] = float(torch.cat([each.flatten() for each in moved]).double().mean())
    assert list(share.values()) == pytest.approx([0.3, 1 - 0.7**3], abs=0.01)


@pytest.mark.parametrize("name", ["dpntk", "private_lenet"])
def test_without_the_data_it_says_so(name: str, tmp_path: Path) -> None:
    ran = run([sys.executable, ROOT / "benchmarks" / f"{name}.py", "--data", tmp_path / "none"])
    assert ran.returncode == 0, ran.stderr
    assert "skipped: there is no" in ran.stdout

"""Masks: as many weights as the share says, those of the highest scores, by chance or by magnitude."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.privacy.masks import fixed_mask, flat, random_score, step_mask

SCORES = st.lists(st.integers(0, 5), min_size=1, max_size=40).map(lambda found: torch.tensor(found).float())


@given(SCORES, st.floats(0.01, 1))
def test_a_fixed_mask_has_the_highest_scores(score: torch.Tensor, share: float) -> None:
    mask = fixed_mask(share, score)
    assert int(mask.sum()) == max(1, round(share * len(score)))
    if not mask.all():
        assert score[mask].min() >= score[~mask].max()


@given(SCORES, st.floats(0.01, 1), st.floats(0, 0.99), st.integers(0, 9))
def test_a_steps_mask_is_of_the_fixed_one(score: torch.Tensor, share: float, drop: float, step: int) -> None:
    fixed = fixed_mask(share, score)
    found = step_mask(fixed, drop, random_score(len(score), 0, step))
    assert not bool((found & ~fixed).any())
    assert int(found.sum()) == max(1, round((1 - drop) * int(fixed.sum())))


def test_chance_is_by_seed_and_step() -> None:
    fixed = torch.ones(1000, dtype=torch.bool)
    one, other, again = (step_mask(fixed, 0.9, random_score(1000, 7, step)) for step in (1, 2, 1))
    assert torch.equal(one, again)
    assert int((one & other).sum()) == pytest.approx(10, abs=15)


def test_flat_follows_the_indices_whatever_the_layout() -> None:
    tensor = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    laid_out = tensor.to(memory_format=torch.channels_last)
    assert torch.equal(flat([laid_out, torch.ones(2)]), torch.cat([torch.arange(120.0), torch.ones(2)]))

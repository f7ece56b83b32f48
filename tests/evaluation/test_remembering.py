"""A game that remembers what it was asked, and drives that count the same however many frames they have."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lidarsel.evaluation.remembering import RememberingGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from tests.evaluation.modules import Modules

N = 6
SETS = ((np.arange(2**N)[:, None] >> np.arange(N)) & 1).astype(bool)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvaluationStore]:
    with EvaluationStore.open(tmp_path / "evaluations.sqlite") as opened:
        yield opened


def test_what_was_asked_is_remembered_by_frame(store: EvaluationStore) -> None:
    game: RememberingGame[Modules] = RememberingGame(Modules(), store, "mae")
    empty, nothing = game.known()
    assert (empty.shape, nothing.shape) == ((0, N), (3, 0))
    means = game.mean_errors(SETS[5:9])
    game.values(1, SETS[20:22])  # of one frame alone: not known on every frame
    masks, errors = game.known()
    np.testing.assert_array_equal(masks, [*SETS[5:9], *SETS[20:22]])
    np.testing.assert_array_equal(np.isnan(errors[:, 4:]).all(axis=1), [True, False, True])
    errors = errors[:, :4]
    plain = Modules()
    expected = [[plain.rmse(frame, set(np.flatnonzero(row).tolist())) / 2 for row in SETS[5:9]] for frame in range(3)]
    np.testing.assert_allclose(errors, expected)
    np.testing.assert_allclose(errors.mean(0), means)
    game.values(0, SETS[20:21])
    game.values(2, SETS[20:21])
    assert (~np.isnan(game.known()[1]).any(axis=0)).sum() == 5


def test_mean_errors_are_weighed(store: EvaluationStore) -> None:
    weights = np.array([0.25, 0.25, 0.5])
    plain, weighed = StoredGame(Modules(), store), StoredGame(Modules(), store, frame_weights=weights)
    of_frames = [-plain.values(frame, SETS) for frame in range(3)]
    np.testing.assert_allclose(weighed.mean_errors(SETS), np.average(of_frames, axis=0, weights=weights))
    together, alone = weighed.mean_errors(SETS), [weighed.mean_errors(one[None])[0] for one in SETS]
    np.testing.assert_array_equal(together, alone)

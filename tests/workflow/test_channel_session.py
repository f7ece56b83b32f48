"""Store, engine and games of channels as a job opens them."""

from pathlib import Path

import numpy as np
import pytest

from lidarsel.completion.lidarsel_net.checkpoint import save_network
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.base import fingerprint
from lidarsel.evaluation.channel_game import ChannelChoice
from lidarsel.evaluation.engine_choice import EngineChoice
from lidarsel.settings import RunSettings
from lidarsel.shapley.registry import estimator
from lidarsel.workflow.channel_session import channel_game, open_channels
from lidarsel.workflow.session import Source, open_session, open_source
from tests.evaluation.channels import whole_network

CHOICE = ChannelChoice(("fuse8", "fuse4"), budgets=(8, "all"))


@pytest.fixture
def source(drives: Path, tmp_path: Path) -> Source:
    save_network(whole_network(), tmp_path / "small.safetensors", {})
    return open_source(drives, RunSettings(crop=(48, 200), weights=str(tmp_path / "small.safetensors")))


def test_layers_alone_and_together_share_a_store_with_lines(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "evaluations.sqlite"
    frames = source.part("valuing")
    with open_channels(source, CHOICE, path) as session:
        every = channel_game(source, frames, CHOICE)
        both, alone = session.stored(every, "mae"), session.stored(every, "mae", ["fuse4"])
        assert both.game.players.n == 8 + 5
        assert alone.game.players.n == 5
        with_fuse8 = np.concatenate([np.ones((3, 8), bool), np.eye(5, dtype=bool)[:3]], 1)
        np.testing.assert_array_equal(alone.errors(1, with_fuse8[:, 8:]), both.errors(1, with_fuse8))
        found = estimator("exact")(alone, 32 * len(frames), seed=0)
        np.testing.assert_allclose(found.mean.sum(), found.value_full - found.value_empty)
        said = source.provenance("shrink", both.game)
        assert said.data_fingerprint == fingerprint(both.game) == fingerprint(alone.game)
    with open_session(source, path) as lines:
        of_lines = lines.game(frames, "mae")
        drawn = np.array([both.game.lines(frame) for frame in range(len(frames))])
        errors = [of_lines.errors(frame, drawn[frame : frame + 1])[0, 1] for frame in range(len(frames))]
    np.testing.assert_allclose(-found.value_full_per_frame, errors)


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (ChannelChoice(("fuse5",)), "no layer 'fuse5' that can be cut; there are stem"),
        (ChannelChoice(budgets=(65,)), r"--budgets 65: .* has 64 lines, so give 0\.\.64 or all"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_and_leaves_nothing(
    source: Source, choice: ChannelChoice, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=told), open_channels(source, choice, tmp_path / "store.sqlite"):
        pytest.fail("it does not fit")
    assert not (tmp_path / "store.sqlite").exists()


def test_a_network_that_cannot_be_cut_and_a_file_that_is_no_store_are_refused(drives: Path, tmp_path: Path) -> None:
    nearest = open_source(drives, RunSettings(network="nearest"))
    with (
        pytest.raises(UsageError, match="network nearest has no channels"),
        open_channels(nearest, CHOICE, tmp_path / "store.sqlite", EngineChoice()),
    ):
        pytest.fail("it cannot be cut")
    other = tmp_path / "text"
    other.write_text("no store")
    shipped = open_source(drives, RunSettings())
    with pytest.raises(BadInputError, match="text"), open_channels(shipped, CHOICE, other):
        pytest.fail("it is no store")

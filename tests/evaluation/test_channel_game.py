"""The channel game against the line game of a masked network, and through store, engines and estimators."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lidarsel.completion.classical import NearestCompletion
from lidarsel.completion.coupling import Kept
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.units import kept_of
from lidarsel.errors import BadInputError, UsageError
from lidarsel.evaluation.base import fingerprint
from lidarsel.evaluation.channel_game import ChannelGame
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.stored import StoredGame
from lidarsel.shapley.registry import estimator
from lidarsel.shapley.stopping import StopRule
from tests.completion.lidarsel_net.networks import silence
from tests.evaluation.channels import channel_game, frozen, line_game, some_sets, whole_network
from tests.evaluation.test_line_game import CROP
from tests.evaluation.test_line_game_at_pixels import PicturedFrames, Whole
from tests.evaluation.test_own_scan import OwnScan

EVERY_SET = ((np.arange(32)[:, None] >> np.arange(5)) & 1).astype(bool)
"""Of the five channels of fuse4."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EvaluationStore]:
    with EvaluationStore.open(tmp_path / "evaluations.sqlite") as opened:
        yield opened


def masked(kept: Kept) -> Whole:
    """The whole network with channels at zero wherever they are made, by hooks that know nothing of cutting."""
    network = frozen()
    silence(network.network, kept)
    return Whole(network)


@pytest.mark.parametrize(
    ("layers", "norm_groups"),
    [(("fuse4",), "whole"), (("inner8", "depth8"), "whole"), (("inner8", "stem"), "remade"), ((), "whole")],
)
def test_errors_are_those_of_the_network_with_the_other_channels_at_zero(
    layers: tuple[str, ...], norm_groups: Any
) -> None:
    game = channel_game(*layers, norm_groups=norm_groups)
    sets = some_sets(game.players.n, 6)
    for frame in range(len(game)):
        found = game.errors(frame, sets)
        for coalition, errors in zip(sets, found, strict=True):
            kept = kept_of(frozen().couplings, game.units, coalition)
            expected = line_game(masked(kept)).errors(frame, game.lines(frame)[None])[0]
            np.testing.assert_allclose(errors, expected, rtol=2e-5)
        assert len(np.unique(found[:, 0])) == len(np.unique(sets, axis=0)), "channels have a say"


def test_with_all_channels_errors_are_those_of_the_lines_to_the_bit() -> None:
    game = channel_game("inner16", "fuse8", budgets=(0, 1, 3, "all"), sets_per_frame=4)
    lines = line_game()
    everyone = np.ones((1, game.players.n), bool)
    for frame in range(len(game)):
        found = game.errors(frame, everyone)
        np.testing.assert_array_equal(found, lines.errors(frame // 4, game.lines(frame)[None]))
    assert sorted(game.lines(frame).sum() for frame in range(4)) == [0, 1, 3, 5], "the sixth line has no point"


def test_frames_are_named_by_what_they_have() -> None:
    game = channel_game("fuse4", budgets=(1,), sets_per_frame=2)
    assert game.frame_ids == [f"frame{frame} with 1 line #{number}" for frame in range(2) for number in range(2)]
    assert channel_game("fuse4", budgets=("all",)).frame_ids == ["frame0 with all lines #0", "frame1 with all lines #0"]
    assert channel_game("fuse4", budgets=(0,)).frame_ids[0] == "frame0 with 0 lines #0"
    digests = {game.digest(frame) for frame in range(len(game))}
    same = {game.lines(frame).tobytes() + bytes([frame // 2]) for frame in range(len(game))}
    assert len(digests) == len(same)
    assert fingerprint(game) != fingerprint(channel_game("fuse4", budgets=(1,), sets_per_frame=2, seed=1))


def test_a_frame_is_the_same_whichever_others_there_are() -> None:
    few, many = channel_game("fuse4", frames=2), channel_game("fuse4", frames=5, sets_per_frame=3)
    for frame, name in enumerate(few.frame_ids):
        there = many.frame_ids.index(name)
        assert many.digest(there) == few.digest(frame)
        np.testing.assert_array_equal(many.lines(there), few.lines(frame))


def test_players_and_keys_tell_layers_and_groups_apart() -> None:
    one, other, both = channel_game("inner8"), channel_game("inner8", norm_groups="remade"), channel_game()
    assert one.players.names == tuple(f"inner8 {2 * group}-{2 * group + 1}" for group in range(8))
    assert other.players.names == tuple(f"inner8 {channel}" for channel in range(16))
    assert (one.players.kind, one.players.ordered) == ("channel", False)
    assert [game.key.players for game in (one, other, both, channel_game("stem", "fuse4"))] == [
        "channel of inner8, whole groups",
        "channel of inner8, remade groups",
        "channel of all layers, whole groups",
        "channel of stem, fuse4, whole groups",
    ]
    assert one.key.network_sha256 == both.key.network_sha256 == frozen().sha256


@pytest.mark.parametrize("layers", [("fuse4", "depth8"), ("inner8", "fuse4"), ()])
def test_company_order_memory_and_threads_change_no_bit(layers: tuple[str, ...]) -> None:
    game = channel_game(*layers)
    sets = some_sets(game.players.n, 4)
    expected = game.errors(1, sets)
    np.testing.assert_array_equal(game.errors(1, sets[::-1])[::-1], expected)
    threads = torch.get_num_threads()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            alone = channel_game(*layers)
            for coalition, errors in zip(sets, expected, strict=True):
                alone.errors(0, coalition[None])
                np.testing.assert_array_equal(alone.errors(1, coalition[None])[0], errors)
    finally:
        torch.set_num_threads(threads)
    assert game.errors(0, sets[:0]).shape == (0, 4)


def test_an_image_is_encoded_once_where_no_player_is_in_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []
    encode = FrozenLidarselNet.encode

    def counted(network: FrozenLidarselNet, *given: Any) -> Any:
        encoded.append(1)
        return encode(network, *given)

    monkeypatch.setattr(FrozenLidarselNet, "encode", counted)
    one_encoder = np.zeros((4, 8 + 5), bool)
    one_encoder[:, 8:] = EVERY_SET[1:5]
    two_encoders = one_encoder.copy()
    two_encoders[2:, 0] = True
    for layers, sets, times in (
        (("depth8", "fuse4"), one_encoder, 1),
        (("inner8", "fuse4"), one_encoder, 1),
        (("inner8", "fuse4"), two_encoders, 2),
        (("enter",), EVERY_SET[1:5], 4),
    ):
        encoded.clear()
        game = channel_game(*layers)
        for frame in (0, 1):
            game.errors(frame, sets)
        assert len(encoded) == 2 * times


def test_a_game_of_some_layers_reads_no_frame_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    read = PicturedFrames.frame

    def counted(data: PicturedFrames, index: int) -> Any:
        reads.append(index)
        return read(data, index)

    monkeypatch.setattr(PicturedFrames, "frame", counted)
    every = channel_game("inner8", "fuse4")
    digests = [every.digest(frame) for frame in range(len(every))]
    some = every.of_layers(["fuse4"])
    assert [some.digest(frame) for frame in range(len(some))] == digests
    found = some.errors(1, EVERY_SET)
    assert reads == [0, 1]
    alone = channel_game("fuse4")
    assert some.key == alone.key
    np.testing.assert_array_equal(found, alone.errors(1, EVERY_SET))


def shapley_by_orders(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64 (32,), by the sets of EVERY_SET -> (5,), the mean gain of each player over all 120 orders."""
    gains = np.zeros(5)
    for order in permutations(range(5)):
        present = 0
        for player in order:
            gains[player] += value[present | 1 << player] - value[present]
            present |= 1 << player
    return gains / 120


@pytest.mark.parametrize(("name", "evaluations"), [("permutation", 120), ("regression", 120), ("exact", 64)])
def test_estimators_give_the_mean_over_all_orders(name: str, evaluations: int, store: EvaluationStore) -> None:
    game = channel_game("fuse4")
    truth = np.array([shapley_by_orders(-game.errors(frame, EVERY_SET)[:, 0]) for frame in range(2)])
    found = estimator(name)(StoredGame(game, store), evaluations, seed=2)
    np.testing.assert_allclose(found.per_frame.sum(1), truth.sum(1))
    apart = np.abs(found.mean - truth.mean(0))
    assert np.all(apart <= 4 * found.standard_error + 1e-9)
    assert np.abs(truth).max() > 1, "in mm"


def test_a_rule_stops_the_estimate(store: EvaluationStore) -> None:
    game = StoredGame(channel_game("fuse4"), store)
    found = estimator("regression")(game, 4000, seed=0, stop=StopRule(target_se=1e4))
    assert found.stopped != "evaluations"


def test_a_channel_without_weights_is_a_null_player(store: EvaluationStore) -> None:
    network = whole_network()
    weights = network.state_dict()
    for name in ("depth_branch.fuse4.weight", "depth_branch.fuse4.bias"):
        weights[name][3] = 0
    game = channel_game("fuse4", network=frozen(network))
    with_it, without = EVERY_SET[EVERY_SET[:, 3]], EVERY_SET[EVERY_SET[:, 3]].copy()
    without[:, 3] = False
    np.testing.assert_allclose(game.errors(0, with_it), game.errors(0, without), rtol=1e-6)
    found = estimator("exact")(StoredGame(game, store), 64, seed=0)
    assert abs(found.mean[3]) < 1e-5 * np.abs(found.mean).max()


class KillError(Exception):
    """As of a process."""


def test_a_killed_estimate_goes_on_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, bytes]] = []
    errors = ChannelGame.errors

    def run(path: Path, most: int) -> Any:
        def counted(game: ChannelGame, frame: int, sets: NDArray[np.bool_]) -> NDArray[np.float64]:
            if len(asked) + len(sets) > most:
                raise KillError
            asked.extend((frame, row.tobytes()) for row in sets)
            return errors(game, frame, sets)

        monkeypatch.setattr(ChannelGame, "errors", counted)
        with EvaluationStore.open(path) as store:
            return estimator("regression")(StoredGame(channel_game("fuse8", "fuse4"), store), 100, seed=5, batch=16)

    whole = run(tmp_path / "whole.sqlite", 10**6)
    once = list(asked)
    asked.clear()
    with pytest.raises(KillError):
        run(tmp_path / "killed.sqlite", 50)
    assert 0 < len(asked) < len(once)
    again = run(tmp_path / "killed.sqlite", 10**6)
    assert len(asked) <= len(once)
    assert set(asked) == set(once)
    for one, other in ((whole.per_frame, again.per_frame), (whole.standard_error, again.standard_error)):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("layers", "choice", "network", "told"),
    [
        ((), {}, NearestCompletion("cpu"), "network nearest has no channels that lidarsel can cut"),
        (("inner9",), {}, None, r"network lidarsel has no layer 'inner9' that can be cut; there are stem, stage4, .*"),
        ((), {"budgets": (2, 7)}, None, r"--budgets 7: made has 6 lines, so give 0\.\.6 or all"),
        ((), {"budgets": (-1,)}, None, r"--budgets -1: made has 6 lines"),
        ((), {"budgets": ()}, None, "no --budgets given"),
        ((), {"sets_per_frame": 0}, None, "0 sets of lines a frame"),
    ],
)
def test_what_cannot_be_played_is_refused(layers: Any, choice: Any, network: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        channel_game(*layers, network=network, **choice)
    assert "\n" not in str(caught.value)


def test_a_cut_network_without_an_answer_is_told_with_what_was_left_of_it() -> None:
    network = whole_network()
    network.state_dict()["depth_branch.fuse4.weight"][3] = torch.nan
    game = channel_game("fuse4", network=frozen(network), budgets=(2,))
    assert np.isfinite(game.errors(0, np.array([[True, True, True, False, True]]))).all()
    told = (
        r"^lidarsel: cut to 2 of 5 channels, on frame frame0 with 2 lines #0, it fails: the prediction is not a depth"
    )
    with pytest.raises(BadInputError, match=told):
        game.errors(0, np.array([[True, False, False, True, False]]))


class PicturedScan(OwnScan, PicturedFrames):
    """Frames with an image whose ground truth is their scan, drawn."""


def test_a_scan_that_judges_itself_judges_by_the_lines_that_a_frame_lacks() -> None:
    data: Any = PicturedScan(1, 1500)
    everyone = np.ones((1, 5), bool)
    few = channel_game("fuse4", dataset=data, budgets=(2,))
    expected = LineGame(data, [0], frozen(), CROP, "cpu").errors(0, few.lines(0)[None])
    np.testing.assert_array_equal(few.errors(0, everyone), expected)
    game = channel_game("fuse4", dataset=data, budgets=("all",))
    with pytest.raises(BadInputError, match="made frame frame0: with all lines no other line of its own scan is left"):
        game.errors(0, everyone)

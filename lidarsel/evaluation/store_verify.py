"""Whether a store still says what evaluating says: some of its evaluations, chosen by chance, are made again."""

from pathlib import Path

import msgspec
import numpy as np

from lidarsel.errors import BadInputError
from lidarsel.evaluation.base import Game
from lidarsel.evaluation.store import EvaluationStore, key_row, members, unpack
from lidarsel.evaluation.store_file import KEY_SQL, naming
from lidarsel.evaluation.store_upkeep import count_sealed
from lidarsel.progress import step


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found right.

    Attributes:
        evaluations: in the store, each of which fits its checksum.
        of_game: of these, how many are of the game's players, frames, network and machine.
        again: of these, how many were evaluated again and gave the same bits.
    """

    evaluations: int
    of_game: int = 0
    again: int = 0


def verify(path: Path, game: Game | None, count: int, seed: int) -> Verification:
    """Check every checksum and, with a game, evaluate some of its evaluations again.

    Args:
        path: of the store.
        game: what plays; None looks at checksums alone.
        count: the most evaluations to make again.
        seed: of their choice.

    Raises:
        BadInputError: an evaluation does not fit its checksum or is another when made again, the store holds nothing of
            the game, or is damaged otherwise, foreign or not there.
    """
    evaluations = count_sealed(path)
    if game is None:
        return Verification(evaluations=evaluations)
    frame_of = {}
    with step("reading frames") as advance:
        for frame in range(len(game.frame_ids)):
            frame_of[game.digest(frame)] = frame
            advance(frame + 1, len(game.frame_ids))
    with EvaluationStore.open(path) as store:
        known = _of_game(store, game)
        mine = [(frame_of[digest], coalition) for digest, coalition in known if digest in frame_of]
        if not mine:
            problem = "holds no evaluation of this data with this network on this machine"
            raise BadInputError(path, problem, "see lidarsel store info for what it holds")
        picked = np.random.default_rng(seed).permutation(len(mine))[:count]
        by_frame: dict[int, list[bytes]] = {}
        for position in sorted(picked):
            by_frame.setdefault(mine[position][0], []).append(mine[position][1])
        with step("evaluating again") as advance:
            for done, (frame, packed) in enumerate(by_frame.items(), 1):
                _compare(store, game, frame, packed)
                advance(done, len(by_frame))
    return Verification(evaluations=evaluations, of_game=len(mine), again=len(picked))


def _of_game(store: EvaluationStore, game: Game) -> list[tuple[str, bytes]]:
    """Digest of the frame and packed coalition of everything that is filed under the game's key, in a fixed order."""
    row = key_row(game.key)
    with naming(store.path):
        found: list[tuple[str, bytes]] = store.connection.execute(
            "SELECT digest, coalition FROM evaluation JOIN frame ON frame.id = evaluation.frame "
            f"WHERE context = (SELECT id FROM context WHERE ({KEY_SQL}) = ({', '.join('?' * len(row))})) "
            "ORDER BY digest, coalition",
            row,
        ).fetchall()
    return found


def _compare(store: EvaluationStore, game: Game, frame: int, packed: list[bytes]) -> None:
    """Raises BadInputError for the first evaluation that is another when made again."""
    coalitions = unpack(packed, game.players.n)
    _, kept = store.get(store.context(game.key), game.digest(frame), coalitions)
    again = game.errors(frame, coalitions)
    wrong = np.argwhere(kept != again)
    if len(wrong):
        row, column = (int(index) for index in wrong[0])
        problem = (
            f"holds {game.key.figures[column]} {kept[row, column]!r} for frame {game.frame_ids[frame]} with "
            f"{members(coalitions[row], game.players.kind)}; evaluated again it is {again[row, column]!r}"
        )
        raise BadInputError(store.path, problem, "move it away: lidarsel evaluates anew what it needs")

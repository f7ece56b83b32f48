"""A game through the store: what was evaluated once is looked up ever after."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import tee
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lidarsel.criterion import Criterion, NoRatioError, criterion
from lidarsel.errors import BadInputError, LidarselError
from lidarsel.evaluation.base import Game
from lidarsel.evaluation.engine import Engine, Job, ProcessEngine
from lidarsel.evaluation.store import EvaluationStore, are_errors
from lidarsel.shapley.base import Request

G = TypeVar("G", bound=Game)

_KEPT_TOGETHER = 128
"""Coalitions of a job: the most that a kill loses of each job in flight."""


@dataclass(frozen=True, eq=False)
class MeanErrors:
    """The metric's mean over the frames of a game, each by its weight: a ``FrameErrors`` (``lidarsel.selection``)."""

    game: "StoredGame[Any]"

    @property
    def n_frames(self) -> int:
        return self.game.n_frames

    def on_frames(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        """Float64 (M,) for each request, a frame's number and bool (M, n_players) coalitions: errors on that frame.

        Where frames have weights, a frame's errors are multiplied by its weight over the mean weight, so that the plain
        mean is the weighted one.
        """
        asked, told = tee(requests)
        for (frame, _), values in zip(told, self.game.values_many(asked), strict=True):
            yield (
                -values if self.game.frame_weights is None else -values * self.game.frame_weights[frame] * self.n_frames
            )

    def __call__(self, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_players) -> float64 (M,)."""
        requests = ((frame, coalitions) for frame in range(self.n_frames))
        errors: NDArray[np.float64] = np.mean(list(self.on_frames(requests)), axis=0)
        return errors


@dataclass(eq=False)
class _Answer:
    """To a request. errors: float64 (distinct, F), of its distinct coalitions. rows: int64 (M,), which of them each of
    the request's rows is. awaited: how many blocks are still to come.
    """

    errors: NDArray[np.float64]
    rows: NDArray[np.int64]
    awaited: int = 0

    def in_full(self) -> NDArray[np.float64]:
        """Float64 (M, F): a row for each coalition of the request."""
        return self.errors[self.rows]


class StoredGame(Generic[G]):
    """A ``FrameGame`` (``lidarsel.shapley``) whose values are minus the errors of a game, kept in a store.

    A coalition is evaluated without the players that cannot matter on the frame: they cost nothing, and are null
    players exactly.

    Args:
        game: what is evaluated.
        store: where evaluations are looked up and kept.
        metric: the error that is a value's opposite, as ``lidarsel.criterion`` has it. Where it is told in multiples of
            all players' errors, these are asked for beside the coalitions of each frame.
        engine: where evaluations run; None is this process.
        frame_weights: float64 (F,), of each frame in ``mean_errors``; they sum to 1. None is the plain mean.
    """

    def __init__(
        self,
        game: G,
        store: EvaluationStore,
        metric: str = "rmse",
        engine: Engine | None = None,
        frame_weights: NDArray[np.float64] | None = None,
    ) -> None:
        self.game = game
        self.store = store
        self.metric = metric
        self.frame_weights = frame_weights
        self.n_players = game.players.n
        self.n_frames = len(game.frame_ids)
        self.ordered = game.players.ordered
        self.figures = game.key.figures
        self._context = store.context(game.key)
        self._engine = engine or ProcessEngine(game)
        self._awaited: dict[Job, tuple[_Answer, NDArray[np.int64]]] = {}

    def errors_many(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        """Errors of a stream of requests.

        They are handed to the engine in blocks, and each block is stored as it comes back. Requests are taken as the
        engine has room, so that memory does not grow with their number.

        Args:
            requests: a frame's number and bool (M, n_players) coalitions each.

        Returns:
            float64 (M, F) by ``figures`` for each request, in the order of the requests.
        """
        answers: deque[_Answer] = deque()
        for frame, coalitions in self._reading_ahead(requests):
            answers.append(self._ask(frame, coalitions))
            while not self._engine.has_room():
                self._collect()
            while answers and not answers[0].awaited:
                yield answers.popleft().in_full()
        for answer in answers:
            while answer.awaited:
                self._collect()
            yield answer.in_full()

    def _reading_ahead(self, requests: Iterable[Request]) -> Iterator[Request]:
        """The requests, each given on once the next one's frame is being read, where that needs reading."""
        waiting: deque[Request] = deque()
        for request in requests:
            self.game.read_ahead(request[0], players_only=True)
            waiting.append(request)
            if len(waiting) > 1:
                yield waiting.popleft()
        yield from waiting

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_players) -> float64 (M, F) by ``figures``."""
        (errors,) = self.errors_many([(frame, coalitions)])
        return errors

    def values_many(self, requests: Iterable[Request]) -> Iterator[NDArray[np.float64]]:
        """``values`` for each request, in order."""
        decides = criterion(self.metric)
        if not decides.is_relative:
            for errors in self.errors_many(requests):
                yield -decides.of(errors, self.figures)
            return
        frames: deque[int] = deque()
        for errors in self.errors_many(self._beside_all(requests, frames)):
            yield -self.told_by(decides, frames.popleft(), errors)[:-1]

    def told_by(self, told: Criterion, frame: int, errors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Float64 (M, F) by ``figures``, the last of all players -> (M,), what a criterion makes of them.

        Raises:
            BadInputError: it is relative, and all players have no error by one of its figures.
        """
        try:
            return told.of(errors, self.figures, errors[-1])
        except NoRatioError as error:
            remedy = "give --metric rmse" if told.name == self.metric else f"leave {told.name} out of --at-most"
            where = f"frame {self.game.frame_ids[frame]}"
            raise BadInputError(where, str(error), f"{remedy}, or data with other ground truth") from error

    def _beside_all(self, requests: Iterable[Request], frames: deque[int]) -> Iterator[Request]:
        """The requests, each with the coalition of all players at its end; their frames are noted on the way."""
        everybody = np.ones((1, self.n_players), np.bool_)
        for frame, coalitions in requests:
            frames.append(frame)
            yield frame, np.concatenate([coalitions, everybody])

    def values(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Bool (M, n_players) -> float64 (M,): v of the frame, minus its error by the game's metric."""
        (values,) = self.values_many([(frame, coalitions)])
        return values

    @property
    def mean_errors(self) -> "MeanErrors":
        """The metric's mean over frames, which selectors lower; they may ask for it on some frames alone."""
        return MeanErrors(self)

    def _ask(self, frame: int, coalitions: NDArray[np.bool_]) -> _Answer:
        """Look a request up and submit what is missing."""
        digest = self.game.digest(frame)
        effective = coalitions & self.game.active(frame)
        distinct, rows = np.unique(effective, axis=0, return_inverse=True)
        known, errors = self.store.get(self._context, digest, distinct)
        answer = _Answer(errors, rows.reshape(-1))
        missing = np.flatnonzero(~known)
        for start in range(0, len(missing), _KEPT_TOGETHER):
            block = missing[start : start + _KEPT_TOGETHER]
            job = Job(frame, self.game.frame_ids[frame], digest, self._context.key, distinct[block])
            self._awaited[job] = (answer, block)
            answer.awaited += 1
            self._engine.submit(job)
        return answer

    def _collect(self) -> None:
        """Wait for a block, store it, and put it into the answer that awaits it."""
        job, errors = self._engine.collect()
        wrong = errors[~are_errors(errors)]
        if len(wrong):
            raise LidarselError(f"frame {job.frame_id}: {wrong[0]:g} is no error; see what the network answers there")
        self.store.put(self._context, job.digest, job.frame_id, job.coalitions, errors)
        answer, block = self._awaited.pop(job)
        answer.errors[block] = errors
        answer.awaited -= 1

"""Games whose Shapley values are known without the code under test: closed forms and published figures."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

ValuesOf = Callable[[int, NDArray[np.bool_]], NDArray[np.float64]]
ErrorOf = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


@dataclass
class Game:
    """A FrameGame from a function of (frame, coalitions); remembers what it was asked."""

    n_players: int
    n_frames: int
    function: ValuesOf
    ordered: bool = True
    calls: list[tuple[int, NDArray[np.bool_]]] = field(default_factory=list)

    def values(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        assert coalitions.dtype == bool
        assert coalitions.shape == (len(coalitions), self.n_players)
        self.calls.append((frame, coalitions.copy()))
        return self.function(frame, coalitions)


def additive(worth: NDArray[np.float64], constant: float = 0.0) -> tuple[Game, NDArray[np.float64]]:
    """worth (F, n): v_f(S) = constant + sum of worth[f, S]; the values are the worths."""
    frames, n = worth.shape
    return Game(n, frames, lambda f, s: constant + s @ worth[f]), worth


def gaps(intervals: list[tuple[int, int]], weight: NDArray[np.float64], n: int) -> tuple[Game, NDArray[np.float64]]:
    """weight (F, I): v_f(S) = -sum of weight[f, j] over the closed intervals j in which S has nobody.

    Each of the L players of an interval of weight w has w / L of it, by symmetry.
    """
    member = np.array([[a <= i <= b for i in range(n)] for a, b in intervals])
    values = weight @ (member / member.sum(1, keepdims=True))

    def function(frame: int, s: NDArray[np.bool_]) -> NDArray[np.float64]:
        empty = (s.astype(int) @ member.T.astype(int)) == 0
        return -(empty @ weight[frame])

    return Game(n, len(weight), function), values


def airport(cost: NDArray[np.float64]) -> tuple[Game, NDArray[np.float64]]:
    """v(S) = the largest cost in S. Littlechild and Owen 1973: each stretch of runway is shared by its users."""
    n = len(cost)
    order = np.argsort(cost)
    stretch = np.diff(cost[order], prepend=0.0)
    values = np.empty(n)
    values[order] = np.cumsum(stretch / (n - np.arange(n)))
    return Game(n, 1, lambda _, s: np.where(s, cost, 0.0).max(1)), values[None]


def glove() -> tuple[Game, NDArray[np.float64]]:
    """One left glove, two right ones; a pair is worth 1. The textbook's values: 2/3, 1/6, 1/6."""
    return Game(3, 1, lambda _, s: (s[:, 0] & (s[:, 1] | s[:, 2])).astype(float)), np.array([[4, 1, 1]]) / 6


def security_council() -> tuple[Game, NDArray[np.float64]]:
    """UN Security Council: 5 vetoes and 9 votes of 15. Shapley-Shubik indices 421/2145 and 4/2145."""

    def function(_: int, s: NDArray[np.bool_]) -> NDArray[np.float64]:
        return (s[:, :5].all(1) & (s.sum(1) >= 9)).astype(float)

    return Game(15, 1, function), np.array([[421 / 2145] * 5 + [4 / 2145] * 10])


def table(n: int, frames: int, seed: int) -> Game:
    """Any game at all: an independent random number for each frame and coalition."""
    values = np.random.default_rng(seed).normal(size=(frames, 2**n)) * 10
    return Game(n, frames, lambda f, s: values[f, s @ (1 << np.arange(n))])


def band_errors(n: int, seed: int, power: float = 1.0) -> tuple[ErrorOf, NDArray[np.float64], float]:
    """error(S) = (c0 + the weights of the bands i..j, both included, in which S has nobody)^(1 / power), one by one.

    Gives the error function, the weights, float64 (n, n) (about a third of the bands have one), and c0.
    """
    rng = np.random.default_rng(seed)
    weight = np.triu(rng.exponential(1.0, (n, n)) * (rng.random((n, n)) < 1 / 3))
    constant = 0.2 * weight.sum()

    def error(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        total = np.full(len(masks), constant)
        for i in range(n):
            for j in range(i, n):
                total[~masks[:, i : j + 1].any(1)] += weight[i, j]
        return total ** (1 / power)

    return error, weight, constant


def nearest_errors(n: int, seed: int) -> ErrorOf:
    """Rows covered by the nearest member: a facility-location game, so gains only shrink as the set grows."""
    rng = np.random.default_rng(seed)
    rows = np.linspace(-0.5, n - 0.5, 4 * n)
    worth = rng.exponential(1.0, len(rows))
    covered = np.exp(-np.abs(rows[:, None] - np.arange(n)) / rng.uniform(1, 4, (len(rows), 1)))

    def error(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        best = np.array([covered[:, mask].max(1) if mask.any() else np.zeros(len(rows)) for mask in masks])
        return 0.1 + (1 - best) @ worth / worth.sum()

    return error


def lawless_errors(n: int, seed: int) -> ErrorOf:
    """An independent random error for every subset, 1 to 2: no order, no reason."""
    errors = np.random.default_rng(seed).uniform(1, 2, 2**n)
    return lambda masks: errors[masks @ (1 << np.arange(n))]

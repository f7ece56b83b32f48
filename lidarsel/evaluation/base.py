"""What a game is: players, frames, a key, and the errors of coalitions of its players on a frame.

Lines of a lidar are one kind of player (``line_game``). Whatever plays through this contract is stored, spread over
engines, valued and selected from by the same code.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PlayerSet:
    """The players of a game, numbered 0..n - 1.

    Args:
        kind: one word in the singular, such as ``line`` or ``channel``; messages say it, and evaluations of players of
            different kinds are never mixed.
        names: what a reader calls each of them.
        ordered: whether neighbours in number are neighbours in fact, so that gaps between players mean something.
    """

    kind: str
    names: tuple[str, ...]
    ordered: bool

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.names)


@dataclass(frozen=True)
class EvaluationKey:
    """What evaluations of a frame are filed under, beside the frame's content: within one key errors are comparable
    and reusable, between keys never.

    Args:
        players: the kind of the players (``PlayerSet.kind``), and which of that kind where there are several games of
            it, as ``channel of inner8, whole groups``.
        n_players: how many there are: packed into bytes, a coalition does not say.
        figures: names of the errors, in the order of their columns.
        network_sha256: of the network as loaded.
        crop: the part of a frame that the network sees, ``HxW`` in pixels.
        device: what computes, with the instructions it has: another one rounds otherwise (``rounding.py``).
        libraries: with which versions of what, likewise.
    """

    players: str
    n_players: int
    figures: tuple[str, ...]
    network_sha256: str
    crop: str
    device: str
    libraries: str


class Game(Protocol):
    """Errors of coalitions of players, frame by frame. Frames are numbered 0..len(frame_ids) - 1."""

    @property
    def players(self) -> PlayerSet: ...

    @property
    def frame_ids(self) -> Sequence[str]:
        """The frames' names, each once."""
        ...

    @property
    def key(self) -> EvaluationKey: ...

    def active(self, frame: int) -> NDArray[np.bool_]:
        """Which players can matter on a frame.

        Args:
            frame: its number in the game.

        Returns:
            bool (n_players,); whoever is false is a null player there: with or without it, errors are the same.

        Raises:
            BadInputError: the frame cannot be used.
        """
        ...

    def digest(self, frame: int) -> str:
        """The frame's content, all of it that errors can depend on, as 32 hex digits: evaluations are filed under it.

        It is taken of what was read, not of files: whatever happens to them, errors and digest are of the same frame.

        Args:
            frame: its number in the game.

        Raises:
            BadInputError: the frame cannot be used, or was read before with another content.
        """
        ...

    def read_ahead(self, frame: int, players_only: bool = False) -> None:
        """Begin to read a frame that will be asked for soon. What is wrong with it is raised when it is asked for.

        Args:
            frame: its number in the game.
            players_only: only ``active`` and ``digest`` will be asked for; where they are known, nothing is read.
        """
        ...

    def errors(self, frame: int, coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The errors of coalitions on a frame, the same bytes whatever they are asked together with.

        Args:
            frame: its number in the game.
            coalitions: bool (M, n_players), true where a player takes part.

        Returns:
            float64 (M, F), a column for each of ``key.figures``.

        Raises:
            BadInputError: the frame cannot be used.
        """
        ...


def fingerprint(game: Game) -> str:
    """Of a game's frames by name and content, 64 hex digits: what a file says of the data it was made of.

    Raises:
        BadInputError: a frame cannot be used.
    """
    named = sorted((name, game.digest(frame)) for frame, name in enumerate(game.frame_ids))
    return hashlib.sha256(repr(named).encode()).hexdigest()


class GameSpec(Protocol):
    """From what a worker elsewhere makes its game. It travels as a pickle, so it holds plain data.

    The game has every frame that a job may name, under the same name, and gives the same bytes as the one here.
    """

    @property
    def device(self) -> str:
        """The kind of device that the game needs, ``cpu`` or ``cuda``."""
        ...

    @property
    def folder(self) -> Path:
        """The working folder that relative paths start from."""
        ...

    @property
    def python_path(self) -> tuple[str, ...]:
        """Where modules are found here, a user's network among them."""
        ...

    def game(self) -> Game:
        """Make the game.

        Raises:
            LidarselError: what it is made from is not the same there as here.
        """
        ...

"""How a user's own network is brought in where it is not of the protocol as it stands: what the options say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from lidarsel.errors import UsageError
from lidarsel.spelling import none_of

CHANNELS = {"image": 3, "sparse_depth_m": 1, "mask": 1}
INPUTS = (*CHANNELS, "intrinsics")
"""What a network may be given, by name: the image, the kept lines' depth, where that is, the camera matrix."""


@dataclass(frozen=True)
class Argument:
    """One that a network takes.

    Attributes:
        name: its own; with a dot, the entry of a dictionary that is an argument, as ``sample.rgb``.
        sources: of INPUTS, what it is given; several are put together along their channels, in that order.
    """

    name: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Adaptation:
    """What options say of a network.

    Attributes:
        weights_key: the entry of the weights file that holds the weights; None looks for them.
        inputs: what arguments are given that are not called as in INPUTS.
        output: which of several things that it returns is the depth, as ``pred`` or ``scales.0``; None is the one
            tensor of the frame's size.
        min_depth_m: depths below are raised to it; None refuses what is not above 0.
    """

    weights_key: str | None = None
    inputs: tuple[Argument, ...] = ()
    output: str | None = None
    min_depth_m: float | None = None

    def __post_init__(self) -> None:
        """Raises UsageError for a least depth that is none."""
        if self.min_depth_m is not None and not 0 < self.min_depth_m < float("inf"):
            raise UsageError(f"--network-min-depth-m {self.min_depth_m:g} is no depth; give e.g. 0.1")

    @property
    def changes_depths(self) -> bool:
        """Whether a network's answers differ for it, beyond its weights."""
        return bool(self.identity())

    def identity(self) -> Mapping[str, object]:
        """What of it a network's answers depend on, for JSON; weights say for themselves which they are."""
        said = {
            "inputs": [[argument.name, *argument.sources] for argument in self.inputs],
            "output": self.output,
            "min_depth_m": self.min_depth_m,
        }
        return {name: value for name, value in said.items() if value not in (None, [])}


AS_IT_IS = Adaptation()


def parse_inputs(text: str) -> tuple[Argument, ...]:
    """ "rgb=image,x=image+sparse_depth_m" -> arguments. Raises UsageError naming what is wrong of it."""
    arguments = []
    for part in text.split(","):
        name, equals, given = (word.strip() for word in part.partition("="))
        sources = tuple(source.strip() for source in given.split("+"))
        unknown = [source for source in sources if source not in INPUTS]
        if not (name and equals):
            raise UsageError(f"--network-inputs {part!r} is no ARGUMENT=INPUT; give e.g. rgb=image,d=sparse_depth_m")
        if unknown:
            raise UsageError(f"--network-inputs {part!r}: {none_of(unknown[0], INPUTS)}")
        if len(sources) > 1 and "intrinsics" in sources:
            raise UsageError(f"--network-inputs {part!r}: intrinsics have no channels; give them by themselves")
        arguments.append(Argument(name, sources))
    names = [argument.name for argument in arguments]
    for name in names:
        if names.count(name) > 1 or any(other.startswith(f"{name}.") for other in names):
            raise UsageError(f"--network-inputs gives {name} twice; name each argument once")
    return tuple(arguments)

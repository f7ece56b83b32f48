"""Completion networks by name: a table, one row a kind."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lidarsel.completion.foreign.adaptation import AS_IT_IS, Adaptation
from lidarsel.errors import BadInputError, UsageError
from lidarsel.reading import require_regular
from lidarsel.spelling import none_of

if TYPE_CHECKING:  # names are looked up without torch
    from lidarsel.completion.base import CompletionNetwork

LIDARSEL = "lidarsel"
"""The name of lidarsel's own network."""
SHIPPED_WEIGHTS = Path(__file__).parent / "weights" / "lidarsel.safetensors"


@dataclass(frozen=True)
class NetworkKind:
    """What may follow ``--network``.

    Attributes:
        name: the name itself, or the ending of a file (".pt2"), or for a factory the pattern of one.
        about: one line for help and documents.
        load: (what was given, weights, device, adaptation) -> the network; imports what it needs only then.
        refusal: of ``--weights`` beside it, with {name} and {weights} to be filled in; None where they may be given.
    """

    name: str
    about: str
    load: "Callable[[str, Path | None, str, Adaptation], CompletionNetwork]"
    refusal: str | None = "the network {name!r} takes no weights; leave {weights} out"

    @property
    def is_file(self) -> bool:
        return self.name.startswith(".")

    @property
    def is_factory(self) -> bool:
        return ":" in self.name

    @property
    def is_foreign(self) -> bool:
        """Whether it is a network of the user's own."""
        return self.is_factory or self.name in (".pt2", ".onnx")

    def recognises(self, given: str) -> bool:
        """Whether a text is of this kind; a row earlier in the table comes first."""
        if self.is_file:
            return given.endswith(self.name)
        return ":" in given if self.is_factory else given == self.name


def _lidarsel(_name: str, weights: Path | None, device: str, _as: Adaptation) -> "CompletionNetwork":
    from lidarsel.completion.lidarsel_net.checkpoint import load_members
    from lidarsel.completion.lidarsel_net.ensemble import FrozenEnsemble
    from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet

    members = [FrozenLidarselNet(member, device) for member in load_members(weights or SHIPPED_WEIGHTS)]
    return members[0] if len(members) == 1 else FrozenEnsemble(members)


def _classical(_name: str, _weights: Path | None, device: str, _as: Adaptation) -> "CompletionNetwork":
    from lidarsel.completion.classical import MorphologicalCompletion

    return MorphologicalCompletion(device)


def _nearest(_name: str, _weights: Path | None, device: str, _as: Adaptation) -> "CompletionNetwork":
    from lidarsel.completion.classical import NearestCompletion

    return NearestCompletion(device)


def _pt2(path: str, _weights: Path | None, device: str, adaptation: Adaptation) -> "CompletionNetwork":
    from lidarsel.completion.foreign.pt2 import load_pt2

    return load_pt2(Path(path), device, adaptation)


def _onnx(path: str, _weights: Path | None, device: str, adaptation: Adaptation) -> "CompletionNetwork":
    from lidarsel.completion.foreign.onnx import load_onnx

    return load_onnx(Path(path), device, adaptation)


def _factory(spec: str, weights: Path | None, device: str, adaptation: Adaptation) -> "CompletionNetwork":
    from lidarsel.completion.foreign.module import load_factory

    return load_factory(spec, weights, device, adaptation)


KINDS: tuple[NetworkKind, ...] = (
    NetworkKind(LIDARSEL, "lidarsel's trained network", _lidarsel, refusal=None),
    NetworkKind("classical", "morphological completion, nothing learned", _classical),
    NetworkKind("nearest", "the nearest depth in the image, nothing learned", _nearest),
    NetworkKind(
        ".safetensors",
        "weights of lidarsel's network, by lidarsel train",
        lambda path, _weights, device, adaptation: _lidarsel(LIDARSEL, Path(path), device, adaptation),
        refusal="two weights files are given: {name} and {weights}; give one",
    ),
    NetworkKind(".pt2", "a network written by torch.export", _pt2),
    NetworkKind(".onnx", "a network that onnxruntime runs", _onnx),
    NetworkKind("package.module:factory", "a function that returns a torch.nn.Module", _factory, refusal=None),
)
NAMES = tuple(kind.name for kind in KINDS if not kind.is_file and not kind.is_factory)


def load_network(
    name_or_path: str, weights: Path | None = None, device: str = "cpu", adaptation: Adaptation = AS_IT_IS
) -> "CompletionNetwork":
    """The network that a text after ``--network`` names.

    Args:
        name_or_path: as the rows of ``KINDS`` and docs/own_network.md say.
        weights: a file of them, for a kind that takes weights; None takes its own.
        device: "cpu", "cuda" or "cuda:N".
        adaptation: how a network of the user's own is brought in.

    Raises:
        UsageError: for an unknown name, or weights or an adaptation for a network that takes none.
        BadInputError: for unusable weights or files.
    """
    return require_network(name_or_path, weights, adaptation).load(name_or_path, weights, device, adaptation)


def require_network(name_or_path: str, weights: Path | None = None, adaptation: Adaptation = AS_IT_IS) -> NetworkKind:
    """The kind of network that a text names, its files looked for but not opened. Raises as ``load_network`` does."""
    kind = next((kind for kind in KINDS if kind.recognises(name_or_path)), None)
    if kind is None:
        factory = next(kind.name for kind in KINDS if kind.is_factory)
        *files, last = (kind.name for kind in KINDS if kind.is_file)
        others = f"{factory} or a {', '.join(files)} or {last} file"
        raise UsageError(f"--network {none_of(name_or_path, NAMES)}; or give {others}")
    if weights is not None and kind.refusal is not None:
        raise UsageError(kind.refusal.format(name=name_or_path, weights=weights))
    if adaptation.weights_key is not None and not (kind.is_factory and weights is not None):
        entry = f"--weights-key {adaptation.weights_key}"
        raise UsageError(f"{entry}: is of the --weights of package.module:factory, which are not given; leave it out")
    if adaptation.changes_depths and not kind.is_foreign:
        said = ", ".join(f"{name} {value}" for name, value in adaptation.identity().items())
        raise UsageError(
            f"the network {name_or_path!r} is lidarsel's, and what it takes and returns is known ({said}); leave"
            " --network-inputs, --network-output and --network-min-depth-m to a network of your own"
        )
    if kind.is_file and not Path(name_or_path).is_file():
        raise BadInputError(name_or_path, "there is no such network file", "check the path")
    if weights is not None:
        require_regular(weights, "give the path of a readable file")
    return kind

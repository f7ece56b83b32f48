"""Weights of a user's own network from a file: where in it they stand, and whether they are this network's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lidarsel.completion.foreign.checkpoint_file import REMEDY, StandIn, read_checkpoint
from lidarsel.completion.tensor_files import read_safetensors, require_fit
from lidarsel.errors import BadInputError
from lidarsel.listing import listed

ENDINGS = (".safetensors", ".pth", ".pt", ".ckpt", ".pth.tar", ".tar", ".bin")
OPTION = "--weights-key"
_DEEPEST = 4  # entries within entries that are looked through for weights
_MOST_NAMED = 8  # entries or weights that a line names

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class _FileWeights:
    """Weights in a file: those whose names begin with ``prefix``, in the state dict under ``entry``."""

    entry: str
    prefix: str
    state: State

    def named(self) -> dict[str, Tensor]:
        """By their names in the network."""
        return {name.removeprefix(self.prefix): x for name, x in self.state.items() if name.startswith(self.prefix)}

    @property
    def key(self) -> str:
        """What names them after --weights-key."""
        return ".".join(part for part in (self.entry, self.prefix.rstrip(".")) if part)


def fit_weights(network: nn.Module, path: Path, key: str | None = None) -> list[str]:
    """Put a file's weights into a network. Returns what a reader must know of it, a sentence each.

    The weights are those of the file that have every name of the network, or of the network that a factory wrapped.
    They may stand under any entry, and something may stand before all their names, as ``module.`` of nn.DataParallel.
    Another precision is converted. The file may hold parts that the network has not, but no more of a part that it has.

    Args:
        network: is given the weights.
        path: a file with one of ENDINGS.
        key: the entry that holds the weights, as ``net`` or ``model.ema``; what of it is no entry stands before the
            names. None looks through the file.

    Raises:
        BadInputError: naming the file, and the weight that does not fit, or the entries there are to choose of.
    """
    content = _read(path)
    if not network.state_dict():
        raise BadInputError(path, "holds weights, but the network has none", "leave --weights out")
    entries = list(_states(content if key is None else _at(content, key, path), key or ""))
    network = next((inner for inner in _wrapped(network) if _whole(entries, inner.state_dict())), network)
    found = _of_the_network(entries, network.state_dict(), path)
    tensors = found.named()
    # PyTorch before 0.4.1 saved no num_batches_tracked, and no evaluation uses it
    expected = {name: x for name, x in network.state_dict().items() if name in tensors or not _is_counter(name)}
    left_out = [name for name in found.state if name.removeprefix(found.prefix) not in expected]
    _require_same_parts(path, [name for name in tensors if name not in expected], expected)
    fitting = {name: _of_precision(tensors[name], expected[name]) for name in expected if name in tensors}
    require_fit(path, fitting, expected, _choice(entries), lambda x: f"{x.dtype} {tuple(x.shape)}")
    network.load_state_dict(fitting, strict=False)

    notes = []
    converted = sorted({str(tensors[name].dtype) for name in expected if tensors[name].dtype != expected[name].dtype})
    if converted:
        kinds = " and ".join(kind.removeprefix("torch.") for kind in converted)
        notes.append(f"Weights saved as {kinds} were converted to the network's own precision ({path}).")
    if left_out:
        notes.append(f"{listed(left_out, _MOST_NAMED)}: in {path}, but no part of the network, and left out.")
    others = [other.entry for other in entries if other.entry and other.state is not found.state]
    if others:
        notes.append(
            f"Of {path} the weights under {found.key} were taken, not those under {listed(others, _MOST_NAMED)}."
        )
    return notes


def _read(path: Path) -> Any:
    if not path.name.endswith(ENDINGS):
        raise BadInputError(path, f"is no {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} file", REMEDY)
    if path.suffix == ".safetensors":
        return read_safetensors(path, REMEDY)[0]
    if not path.is_file():
        raise BadInputError(path, "there is no such weights file", REMEDY)
    return read_checkpoint(path)


def _states(content: Any, entry: str = "", depth: int = 0) -> Iterator[_FileWeights]:
    """Every state dict of a file, outermost first; that of a network that was saved whole is made of its parts."""
    entries = _entries(content)
    tensors = {str(name): x for name, x in entries.items() if isinstance(x, Tensor)}
    if tensors:
        yield _FileWeights(entry, "", tensors)
    for name, inner in entries.items() if depth < _DEEPEST else ():
        if isinstance(name, str):  # an optimiser's state goes by number
            yield from _states(inner, f"{entry}.{name}" if entry else name, depth + 1)


def _entries(content: Any) -> Mapping[Any, Any]:
    if isinstance(content, StandIn):
        return dict(_state_of(content)) if "_parameters" in content.attributes else content.attributes
    return content if isinstance(content, Mapping) else {}


def _state_of(module: StandIn, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """The state dict of a torch.nn.Module that was saved whole."""
    parts = module.attributes
    passing = parts.get("_non_persistent_buffers_set") or ()
    for kind in ("_parameters", "_buffers"):
        for name, tensor in (parts.get(kind) or {}).items():
            if isinstance(tensor, Tensor) and name not in passing:
                yield prefix + name, tensor.detach()
    for name, inner in (parts.get("_modules") or {}).items():
        if isinstance(inner, StandIn):
            yield from _state_of(inner, f"{prefix}{name}.")


def _at(content: Any, key: str, path: Path) -> Any:
    """What stands under a key: entry by entry, then names that begin so. Raises BadInputError naming the entries."""
    entries = _entries(content)
    for end in range(len(key), 0, -1):
        if (end == len(key) or key[end] == ".") and _entries(entries.get(key[:end])):
            inner = entries[key[:end]]
            return _at(inner, key[end + 1 :], path) if key[end + 1 :] else inner
    begin = {str(name).removeprefix(f"{key}."): x for name, x in entries.items() if str(name).startswith(f"{key}.")}
    if not begin:
        there = listed([str(name) for name in entries], _MOST_NAMED)
        raise BadInputError(path, f"has no entry {key!r}, but {there}", f"give one that holds weights by {OPTION}")
    return begin


def _of_the_network(entries: Sequence[_FileWeights], expected: State, path: Path) -> _FileWeights:
    """The one state dict, and beginning of names, that has all names of the network.

    Raises BadInputError where there is none, or several that differ.
    """
    if not entries:
        raise BadInputError(path, f"has no state dict, alone or under an entry ({OPTION})", REMEDY)
    wanted = _wanted(expected)
    whole = _whole(entries, expected)
    if len(whole) > 1:
        shaped = [w for w in whole if all(w.state[w.prefix + name].shape == expected[name].shape for name in wanted)]
        whole = shaped or whole
    if not whole:
        # The nearest is complained of by the weight that it lacks.
        ways = [_FileWeights(one.entry, prefix, one.state) for one in entries for prefix in _beginnings(one, wanted)]
        best = max(ways, key=lambda way: sum(way.prefix + name in way.state for name in wanted))
        lacking = next(name for name in wanted if best.prefix + name not in best.state)
        place = f" under {best.key!r}" if best.key else ""
        raise BadInputError(path, f"misses weight {lacking}{place}", _choice(entries))
    first = whole[0].named()
    if any(not _same(first, other.named(), wanted) for other in whole[1:]):
        keys = listed([repr(way.key) for way in whole], _MOST_NAMED)
        problem = f"holds weights of this network {len(whole)} times, under {keys}"
        raise BadInputError(path, problem, f"give one of them by {OPTION}")
    return whole[0]


def _wanted(expected: State) -> list[str]:
    """The names that a file must have."""
    return [name for name in expected if not _is_counter(name)] or list(expected)


def _whole(entries: Sequence[_FileWeights], expected: State) -> list[_FileWeights]:
    """Every state dict, and beginning of names, that has all names of a network."""
    wanted = _wanted(expected)
    ways = [
        _FileWeights(one.entry, name.removesuffix(wanted[0]), one.state)
        for one in entries
        for name in one.state
        if name == wanted[0] or name.endswith(f".{wanted[0]}")
    ]
    return [way for way in ways if all(way.prefix + name in way.state for name in wanted)]


def _wrapped(network: nn.Module) -> Iterator[nn.Module]:
    """The network, and what it wraps: the one part that holds all of its weights, and so on."""
    yield network
    for name, part in network.named_children():
        if all(each.startswith(f"{name}.") for each in network.state_dict()):
            yield from _wrapped(part)


def _beginnings(one: _FileWeights, wanted: Sequence[str]) -> set[str]:
    """What stands before names of the network in a state dict; nothing, at least."""
    ends = {name.split(".")[0] for name in wanted}
    parts = [name.split(".") for name in one.state]
    at = [(name, index) for name in parts for index in range(len(name)) if name[index] in ends]
    return {"", *("".join(f"{part}." for part in name[:index]) for name, index in at)}


def _same(one: State, other: State, names: Sequence[str]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in names)


def _choice(entries: Sequence[_FileWeights]) -> str:
    """The remedy of weights that are not the network's: what the file has, and the option that chooses of it."""
    keys = [one.entry for one in entries if one.entry]
    there = (
        f"weights under {listed(keys, _MOST_NAMED)}"
        if keys
        else f"the weights {listed(list(entries[0].state), _MOST_NAMED)}"
    )
    return f"the file has {there}; choose by {OPTION}, or {REMEDY}"


def _require_same_parts(path: Path, extra: Sequence[str], expected: State) -> None:
    """Raise BadInputError for a weight beyond the network's that shows another design, and is no head beside it.

    Another design has more layers in a row (a number where the network has other numbers), or more weights in a layer.
    """
    names = {tuple(name.split(".")) for name in expected}
    for name in extra:
        parts = tuple(name.split("."))
        if _is_counter(name):
            continue
        depth = next(d for d in range(len(parts)) if not any(own[: d + 1] == parts[: d + 1] for own in names))
        beside = {own[depth] for own in names if own[:depth] == parts[:depth] and len(own) > depth}
        in_a_row = parts[depth].isdigit() and any(own.isdigit() for own in beside)
        in_a_layer = depth == len(parts) - 1 > 0 and any((*parts[:depth], own) in names for own in beside)
        if in_a_row or in_a_layer:
            where = f" in its {'.'.join(parts[:depth])}" if depth else ""
            problem = f"has an unknown weight {name}: the network has no such layer{where}, so it is of another design"
            raise BadInputError(path, problem, REMEDY)


def _of_precision(tensor: Tensor, wanted: Tensor) -> Tensor:
    floating = tensor.is_floating_point() and wanted.is_floating_point() and not tensor.is_quantized
    return tensor.to(wanted.dtype) if floating else tensor


def _is_counter(name: str) -> bool:
    return name.split(".")[-1] == "num_batches_tracked"

"""``--network package.module:factory``: a PyTorch network made by a user's own function."""

import hashlib
import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from lidarsel.completion.foreign.adaptation import AS_IT_IS, INPUTS, Adaptation, Argument
from lidarsel.completion.foreign.arguments import sources_of
from lidarsel.completion.foreign.cuttable import CuttableNetwork, with_module
from lidarsel.completion.foreign.network import SIZE_MULTIPLE, ForeignModel, first_line
from lidarsel.completion.foreign.opening import opened
from lidarsel.completion.foreign.weights import fit_weights
from lidarsel.completion.identity import sha256_of
from lidarsel.errors import UsageError

_SPEC = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def load_factory(spec: str, weights: Path | None, device: str, adaptation: Adaptation = AS_IT_IS) -> CuttableNetwork:
    """The network that ``factory()`` makes, with ``weights`` in it where they are given.

    The module is looked for among the installed ones and then in the working directory. Raises UsageError where it
    cannot be had or is no network of the protocol, BadInputError for weights that do not fit.
    """
    network = _make(spec)
    arguments = _arguments(spec, network, adaptation.inputs)
    inputs = sources_of(arguments)
    multiple = getattr(network, "size_multiple", SIZE_MULTIPLE)
    if type(multiple) is not int or multiple < 1:
        raise UsageError(f"--network {spec}: its size_multiple is {multiple!r}, but must be a whole number from 1 up")
    notes = () if weights is None else tuple(fit_weights(network, weights, adaptation.weights_key))
    description = {"factory": spec, "sources": _sources(spec, network), "inputs": inputs, "multiple": multiple}
    sha256 = sha256_of(description, network.state_dict())
    network = network.to(torch.device(device)).eval().requires_grad_(False)

    model = ForeignModel(spec, sha256, inputs, network, adaptation, multiple=multiple, arguments=arguments, notes=notes)
    return opened(with_module(model, network), device, CuttableNetwork)


@contextmanager
def _no_command_line() -> Iterator[None]:
    """lidarsel's is not meant for a user's module."""
    given = sys.argv
    sys.argv = given[:1]
    try:
        yield
    finally:
        sys.argv = given


def _make(spec: str) -> nn.Module:
    if not _SPEC.fullmatch(spec):
        raise UsageError(f"--network {spec}: is no package.module:factory")
    module_name, factory_name = spec.split(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        with _no_command_line():  # some parse it where they are imported
            module = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            raise UsageError(f"--network {spec}: there is no module {error.name}, installed or in {here}") from None
        problem = f"importing {module_name} raised {type(error).__name__}: {first_line(error)}"
        raise UsageError(f"--network {spec}: {problem}; correct the module") from error
    factory = getattr(module, factory_name, None)
    if not callable(factory):
        raise UsageError(f"--network {spec}: module {module_name} has no function {factory_name}; give one it has")
    try:
        with _no_command_line():
            network = factory()
    except (Exception, SystemExit) as error:
        problem = f"{factory_name}() raised {type(error).__name__}: {first_line(error)}"
        raise UsageError(f"--network {spec}: {problem}; it must work without arguments") from error
    if not isinstance(network, nn.Module):
        problem = f"{factory_name}() returned {type(network).__name__}, not a torch.nn.Module"
        raise UsageError(f"--network {spec}: {problem}; see docs/own_network.md")
    return network


def _arguments(spec: str, network: nn.Module, said: Sequence[Argument]) -> tuple[Argument, ...]:
    """What forward takes: what was said of its parameters, and those that are called as our inputs are."""
    parameters = inspect.signature(network.forward).parameters.values()
    by_name = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    names = [parameter.name for parameter in by_name]
    given = {argument.name.split(".")[0] for argument in said}
    if not any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters):
        strange = next((name for name in given if name not in names), None)
        if strange is not None:
            there = ", ".join(names) or "nothing by name"
            raise UsageError(f"--network-inputs: the forward of {spec} takes no {strange}; it takes {there}")
    own = [Argument(name, (name,)) for name in names if name in INPUTS and name not in given]
    unknown = [p.name for p in by_name if p.name not in INPUTS and p.name not in given and p.default is p.empty]
    arguments = (*own, *said)
    if unknown or not any("sparse_depth_m" in argument.sources for argument in arguments):
        problem = f"takes {', '.join(unknown)}, which nobody gives it" if unknown else "takes no sparse_depth_m"
        example = unknown[0] if unknown else (names or ["x"])[0]
        remedy = f"say what each is by --network-inputs {example}=..., of {', '.join(INPUTS)} (docs/own_network.md)"
        raise UsageError(f"--network {spec}: its forward {problem}; {remedy}")
    return arguments


def _sources(spec: str, network: nn.Module) -> dict[str, str]:
    """Digests of the files that the factory and the classes of its layers are written in, PyTorch's own left out."""
    modules = {spec.split(":")[0]} | {type(layer).__module__ for layer in network.modules()}
    files = {name: getattr(sys.modules[name], "__file__", None) for name in modules if name.split(".")[0] != "torch"}
    return {
        name: hashlib.sha256(Path(file).read_bytes()).hexdigest() for name, file in files.items() if file is not None
    }

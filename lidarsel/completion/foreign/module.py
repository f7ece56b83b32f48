"""``--network package.module:factory``: a PyTorch network made by a user's own function."""

import hashlib
import importlib
import inspect
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lidarsel.completion.foreign.adaptation import AS_IT_IS, Adaptation
from lidarsel.completion.foreign.network import INPUTS, SIZE_MULTIPLE, ForeignModel, ForeignNetwork, first_line
from lidarsel.completion.foreign.weights import fit_weights
from lidarsel.completion.identity import sha256_of
from lidarsel.errors import UsageError

_SPEC = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def load_factory(spec: str, weights: Path | None, device: str, adaptation: Adaptation = AS_IT_IS) -> ForeignNetwork:
    """The network that ``factory()`` makes, with ``weights`` in it where they are given.

    The module is looked for among the installed ones and then in the working directory. Raises UsageError where it
    cannot be had or is no network of the protocol, BadInputError for weights that do not fit.
    """
    network = _make(spec)
    inputs = _inputs(spec, network)
    multiple = getattr(network, "size_multiple", SIZE_MULTIPLE)
    if type(multiple) is not int or multiple < 1:
        raise UsageError(f"--network {spec}: its size_multiple is {multiple!r}, but must be a whole number from 1 up")
    notes = [] if weights is None else fit_weights(network, weights, adaptation.weights_key)
    description = {"factory": spec, "sources": _sources(spec, network), "inputs": inputs, "multiple": multiple}
    sha256 = sha256_of(description, network.state_dict())
    network = network.to(torch.device(device)).eval().requires_grad_(False)

    state = (*network.parameters(), *network.buffers())

    def run(given: Mapping[str, Tensor]) -> object:
        return network(**given)

    model = ForeignModel(spec, sha256, inputs, run, state, multiple=multiple, module=network, notes=tuple(notes))
    return ForeignNetwork(model, device)


def _make(spec: str) -> nn.Module:
    if not _SPEC.fullmatch(spec):
        raise UsageError(f"--network {spec}: is no package.module:factory")
    module_name, factory_name = spec.split(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
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
        network = factory()
    except (Exception, SystemExit) as error:
        problem = f"{factory_name}() raised {type(error).__name__}: {first_line(error)}"
        raise UsageError(f"--network {spec}: {problem}; it must work without arguments") from error
    if not isinstance(network, nn.Module):
        problem = f"{factory_name}() returned {type(network).__name__}, not a torch.nn.Module"
        raise UsageError(f"--network {spec}: {problem}; see docs/own_network.md")
    return network


def _inputs(spec: str, network: nn.Module) -> tuple[str, ...]:
    """What forward takes, by the names of its parameters."""
    by_name = [
        parameter
        for parameter in inspect.signature(network.forward).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    inputs = tuple(parameter.name for parameter in by_name if parameter.name in INPUTS)
    unknown = [p.name for p in by_name if p.name not in INPUTS and p.default is p.empty]
    if unknown or "sparse_depth_m" not in inputs:
        problem = f"takes {unknown[0]}, which nobody gives it" if unknown else "takes no sparse_depth_m"
        raise UsageError(f"--network {spec}: its forward {problem}; name the parameters of {', '.join(INPUTS)}")
    return inputs


def _sources(spec: str, network: nn.Module) -> dict[str, str]:
    """Digests of the files that the factory and the classes of its layers are written in, PyTorch's own left out."""
    modules = {spec.split(":")[0]} | {type(layer).__module__ for layer in network.modules()}
    files = {name: getattr(sys.modules[name], "__file__", None) for name in modules if name.split(".")[0] != "torch"}
    return {
        name: hashlib.sha256(Path(file).read_bytes()).hexdigest() for name, file in files.items() if file is not None
    }

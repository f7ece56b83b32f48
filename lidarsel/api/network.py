"""A completion network loaded once, for several calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lidarsel.api.options import as_fields, names_of, require_names
from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.device import pick_device
from lidarsel.network_settings import NetworkSettings
from lidarsel.options import NETWORK
from lidarsel.settings import make_settings

_LOADED_BY = tuple(name for name in NetworkSettings.__struct_fields__ if name != "empty_coalition")


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A completion network, to be given as ``network=``. Made by ``lidarsel.load_network``.

    Attributes:
        options: what it was loaded by, as the settings of a run have it.
        device: a torch device by name.
        loaded: the network itself (``lidarsel.completion.base.CompletionNetwork``).
    """

    options: Mapping[str, object]
    device: str
    loaded: CompletionNetwork

    @property
    def name(self) -> str:
        """For tables."""
        return self.loaded.name

    @property
    def sha256(self) -> str:
        """Hex digest of weights and design."""
        return self.loaded.sha256

    def __repr__(self) -> str:
        return f"<network {self.name} on {self.device}, {self.sha256[:12]}>"


def load_network(network: str = "lidarsel", *, device: str = "auto", **settings: object) -> LoadedNetwork:
    """Load a completion network, once for several calls.

    Args:
        network: lidarsel, classical or nearest; or your own: ``package.module:factory``, a ``.pt2`` or an ``.onnx``
            file (docs/own_network.md).
        device: auto, cpu, cuda or cuda:N.
        settings: ``weights``, ``weights_key``, ``network_inputs``, ``network_output``, ``network_min_depth_m``,
            ``empty_coalition``.

    Raises:
        UsageError: there is no such network or device, or an option does not suit it.
        BadInputError: weights or files cannot be used.
    """
    require_names("load_network", settings, names_of(NETWORK))
    fields = as_fields({"network": network, "device": device, **settings})
    wanted = make_settings(None, **fields)
    where = pick_device(wanted.device)
    return LoadedNetwork(
        {name: fields[name] for name in names_of(NETWORK) if name in fields}, where, wanted.load_network(where)
    )


def without_object(given: Mapping[str, object]) -> dict[str, object]:
    """Options by keyword with a loaded network told by the options that it was loaded by."""
    network = given.get("network")
    if not isinstance(network, LoadedNetwork):
        return dict(given)
    return {**network.options, **{name: value for name, value in given.items() if name != "network"}}


def loading_key(settings: NetworkSettings, device: str) -> tuple[Any, ...]:
    """The same for what loads the same network."""
    return (*(getattr(settings, name) for name in _LOADED_BY), device)

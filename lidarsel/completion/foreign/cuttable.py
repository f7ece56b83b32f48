"""A user's own PyTorch network, which can be made smaller."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from lidarsel.completion.coupling import Coupling, Kept
from lidarsel.completion.foreign.arguments import arguments_of
from lidarsel.completion.foreign.cutting import cut_couplings, cut_module
from lidarsel.completion.foreign.network import ForeignModel, ForeignNetwork, first_line
from lidarsel.completion.identity import with_rule


class CuttableNetwork(ForeignNetwork):
    """A ``ForeignNetwork`` of a PyTorch module that also ``CutsChannels``.

    Its layers are found when they are first asked for; ``notes`` then name those that have to stay whole, and why.
    """

    def __init__(self, model: ForeignModel, device: str, couplings: Sequence[Coupling] | None = None) -> None:
        super().__init__(model, device)
        self._couplings = couplings

    @property
    def module(self) -> nn.Module:
        """As ``CutsChannels`` says."""
        assert self.model.module is not None
        return self.model.module

    @property
    def couplings(self) -> Sequence[Coupling]:
        """As ``CutsChannels`` says. Raises BadInputError for a network whose channels cannot be followed."""
        if self._couplings is None:
            from lidarsel.completion.foreign.following import followed  # PyTorch's tracer takes a second to import

            self._couplings, notes = followed(self.model, self.device)
            self.notes = (*self.notes, *notes)
        return self._couplings

    def cut(self, kept: Kept) -> "CuttableNetwork":
        """As ``CutsChannels`` says. Raises BadInputError as ``couplings`` does."""
        module = cut_module(self.module, self.couplings, kept).eval().requires_grad_(False)
        gone = {name: stay for name, stay in kept.items() if not stay.all()}
        said = {name: np.packbits(stay).tobytes().hex() for name, stay in sorted(gone.items())}
        model = replace(with_module(self.model, module), sha256=with_rule(self.sha256, said))
        return CuttableNetwork(model, str(self.device), cut_couplings(self.couplings, kept))


def with_module(model: ForeignModel, module: nn.Module) -> ForeignModel:
    """A model that runs a module."""

    def run(given: Mapping[str, Tensor]) -> object:
        try:
            return module(**arguments_of(model.arguments, given))
        except SystemExit as error:  # no Exception, and would end lidarsel in silence
            raise RuntimeError(f"it called exit ({first_line(error)})") from error

    state: tuple[torch.Tensor, ...] = (*module.parameters(), *module.buffers())
    return replace(model, module=module, run=run, state=state)

"""What a worker elsewhere needs to open the data and the network that this process has."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lidarsel import __version__
from lidarsel.completion.base import CompletionNetwork
from lidarsel.datasets.base import Dataset
from lidarsel.errors import LidarselError
from lidarsel.settings import RunSettings

SpecT = TypeVar("SpecT", bound="SourceSpec")


@dataclass(frozen=True)
class SourceSpec:
    """Data by path and network by name and weights, and what the latter must turn out to be. What content a frame must
    have is told with each job.

    Digest and ``version`` (of lidarsel) are what this process has; see ``GameSpec`` for the rest.
    """

    data: Path
    settings: RunSettings
    device: str
    network_sha256: str
    folder: Path
    python_path: tuple[str, ...]
    version: str = __version__

    @classmethod
    def of(cls: type[SpecT], data: Path, settings: RunSettings, device: str, network_sha256: str) -> SpecT:
        """The spec of what this process has opened. Of several GPUs each worker is given its own as ``cuda``."""
        kind = device.partition(":")[0]
        return cls(data, settings, kind, network_sha256, Path.cwd(), tuple(sys.path))

    def open(self) -> tuple[Dataset, CompletionNetwork]:
        """Data and network.

        Raises:
            LidarselError: network or lidarsel is not the same here as where the spec was made.
        """
        from lidarsel.datasets.registry import open_dataset

        if self.version != __version__:
            raise LidarselError(f"lidarsel {__version__} is installed there, not {self.version}; install the same one")
        dataset = open_dataset(self.data, self.settings.read_options())
        network = self.settings.load_network(self.device)
        if network.sha256 != self.network_sha256:
            raise LidarselError(f"network {network.name} is another there than here; give all machines the same files")
        return dataset, network

"""What a worker elsewhere needs to play the line game to the bit as this process would."""

import sys
from dataclasses import dataclass
from pathlib import Path

from lidarsel import __version__
from lidarsel.errors import LidarselError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.settings import RunSettings


@dataclass(frozen=True)
class LineGameSpec:
    """A ``GameSpec`` of the line game: data by path and network by name and weights, and what the latter must turn out
    to be. What content a frame must have is told with each job.

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
    def of(cls, data: Path, settings: RunSettings, device: str, network_sha256: str) -> "LineGameSpec":
        """The spec of what this process has opened. Of several GPUs each worker is given its own as ``cuda``."""
        kind = device.partition(":")[0]
        return cls(data, settings, kind, network_sha256, Path.cwd(), tuple(sys.path))

    def game(self) -> LineGame:
        """The line game on all frames of the data.

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
        return LineGame(
            dataset, range(len(dataset)), network, self.settings.crop, self.device, self.settings.empty_coalition
        )

"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) as Debian packs it: ``apt-get install dataset-fashion-mnist``."""

import argparse
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor

PLACE = Path("/usr/share/datasets/fashion-mnist")
N_VALIDATION = 5000
"""The last of the training images: networks are ranked on them and never trained on them."""


@dataclass(frozen=True)
class LabelledImages:
    """Images float32 (N, 1, 28, 28) in 0..1, and which of ten garments each shows, int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, numbers: Tensor | slice) -> "LabelledImages":
        return LabelledImages(self.images[numbers], self.labels[numbers])

    def batches(self, size: int) -> list["LabelledImages"]:
        return [self.at(slice(start, start + size)) for start in range(0, len(self), size)]


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """``--data``."""
    parser.add_argument("--data", type=Path, default=PLACE, help="folder of the four .gz files")


def is_there(folder: Path, console: Console) -> bool:
    """Whether there is anything to measure on; where not, that is said."""
    if not folder.is_dir():
        console.print(f"skipped: there is no {folder}; apt-get install dataset-fashion-mnist, or give --data")
    return folder.is_dir()


def read_parts(folder: Path) -> tuple[LabelledImages, LabelledImages]:
    """60,000 images for training, 10,000 for testing."""
    return _read(folder, "train"), _read(folder, "t10k")


def read_fashion(folder: Path) -> tuple[LabelledImages, LabelledImages, LabelledImages]:
    """55,000 images for training, 5,000 for validation, 10,000 for testing."""
    everything, test = read_parts(folder)
    n = len(everything) - N_VALIDATION
    return everything.at(slice(n)), everything.at(slice(n, None)), test


def _read(folder: Path, part: str) -> LabelledImages:
    images = _idx(folder / f"{part}-images-idx3-ubyte.gz", 3).reshape(-1, 1, 28, 28)
    labels = _idx(folder / f"{part}-labels-idx1-ubyte.gz", 1)
    return LabelledImages(torch.from_numpy(images / np.float32(255)), torch.from_numpy(labels.astype(np.int64)))


def _idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The bytes behind an IDX header: two zeros, type 8, the number of dimensions, and each as four bytes."""
    content = gzip.decompress(path.read_bytes())
    header = np.frombuffer(content, ">u4", 1 + dimensions)
    data = np.frombuffer(content, np.uint8, offset=header.nbytes)
    if header[0] != 0x800 + dimensions or data.size != header[1:].prod():
        raise SystemExit(f"{path}: is no IDX file of {dimensions} dimensions; install dataset-fashion-mnist again")
    return data

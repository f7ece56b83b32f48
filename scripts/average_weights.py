"""The mean of the weights of networks that were trained on from the same start: what each learned, in one network.

    python scripts/average_weights.py OUT FIRST SECOND [...]

After Wortsman et al., "Model soups", ICML 2022. OUT keeps the metadata of FIRST, and names all of them.
"""

import sys
from pathlib import Path

import torch

from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.errors import BadInputError, LidarselError


def average(out: Path, parts: list[Path]) -> None:
    """Write the mean of several weights files. Raises BadInputError where they are not of one design and start."""
    read = [read_safetensors(part) for part in parts]
    first, about = read[0]
    for part, (weights, metadata) in zip(parts, read, strict=True):
        alike = all(metadata.get(key) == about.get(key) for key in ("design", "start"))
        if not alike or weights.keys() != first.keys():
            raise BadInputError(part, f"was not trained on from where {parts[0]} was", "give weights of one start")
    mean = {name: torch.stack([weights[name] for weights, _ in read]).mean(0) for name in first}
    write_safetensors(mean, out, {**about, "mean_of": ", ".join(part.name for part in parts)})


def main() -> None:
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    out, *parts = map(Path, sys.argv[1:])
    try:
        average(out, parts)
    except LidarselError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()

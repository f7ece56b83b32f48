"""What a layer's width costs: does the machine do 24 channels in three quarters of the time of 32?

    python benchmarks/widths.py [--turns 40]

For every number of channels the network's two costliest kinds of layer, as many channels in as out: a 3 x 3 convolution
of the depth branch at a quarter of 352 x 1216, and one of the image encoder at an eighth with group normalisation. All
widths take turns in one process, with one thread. Prints the time beside that of 32 channels, what the MACs alone would
say, and milliseconds a GMAC; writes benchmarks/results/widths.json. It is what ``lidarsel shrink --round`` rests on.
"""

import argparse
import statistics
import time

import torch
from results import write_result
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from lidarsel.completion.lidarsel_net.layers import GroupNorm, conv
from lidarsel.completion.memory import lay_out_channels_last

WIDTHS = (8, 12, 15, 16, 20, 24, 28, 31, 32, 36, 40, 44, 48, 56, 60, 64)
ONE = 32
BRANCH, ENCODER = (88, 304), (44, 152)


def layer(kind: str, width: int) -> tuple[nn.Module, Tensor]:
    """A layer in the form that is used, and what it is given."""
    size = BRANCH if kind == "branch" else ENCODER
    made = conv(width, width, bias=True)
    whole = made if kind == "branch" else nn.Sequential(made, GroupNorm((width,)))
    x = torch.rand((1, width, *size)).contiguous(memory_format=torch.channels_last)
    lay_out_channels_last(whole)
    return whole.eval().requires_grad_(False), x


@torch.inference_mode()
def measure(kind: str, turns: int) -> list[dict[str, float]]:
    """A row for each width: medians in ms, the ratio to ONE turn by turn, that of the MACs."""
    layers = {width: layer(kind, width) for width in WIDTHS}
    taken: dict[int, list[float]] = {width: [] for width in WIDTHS}
    for turn in range(-2, turns):
        for width, (run, x) in layers.items():
            start = time.perf_counter()
            run(x)
            if turn >= 0:
                taken[width].append(1000 * (time.perf_counter() - start))
    height, columns = BRANCH if kind == "branch" else ENCODER
    rows = []
    for width in WIDTHS:
        ms, gmac = statistics.median(taken[width]), 9 * width**2 * height * columns / 1e9
        ratio = statistics.median(a / b for a, b in zip(taken[width], taken[ONE], strict=True))
        rows.append({"width": width, "ms": ms, "ratio": ratio, "of_macs": (width / ONE) ** 2, "ms_a_gmac": ms / gmac})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=40)
    turns = parser.parse_args().turns
    torch.set_num_threads(1)
    found = {kind: measure(kind, turns) for kind in ("branch", "encoder")}
    for kind, rows in found.items():
        table = Table("width", "ms", f"time, {ONE} = 1", f"MACs, {ONE} = 1", "ms a GMAC", title=kind)
        for row in rows:
            told = (f"{row[key]:.3g}" for key in ("ms", "ratio", "of_macs", "ms_a_gmac"))
            table.add_row(f"{row['width']:.0f}", *told)
        Console(width=100).print(table)
    write_result("widths", {"turns": turns, **found})


if __name__ == "__main__":
    main()

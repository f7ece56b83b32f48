"""What private training costs in accuracy, by epsilon and by the share of the weights that it trains.

    python benchmarks/private.py [--drives 64] [--steps 24] [--shares 1,10,100] [--epsilons 0,8,1] [--seeds 2]

A simulated fleet unlike what the shipped weights were trained on: 32 lines, a lidar mounted 1 m higher, noisier, losing
a third of its returns, and a third of the pixels a side. Every drive is a frame of a street of its own. The shipped
weights are fitted to it without privacy, without noise (epsilon 0: clipped, a share of the weights) and with it; the
error is the geometric mean of the RMSE with 0, 4, 8, 16 and all lines on frames of other streets of the same fleet.

Beside it, whether a reader of the weights can tell drives that were trained on from others: by their loss, and by how
much lower it is than that of the shipped weights. 0.5 is chance, 1 is certain. Few drives seen often are told best:

    python benchmarks/private.py --drives 12 --steps 300 --images 6 --shares 100 --rivals --seeds 1

Prints a table and writes benchmarks/results/private.json.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import torch
from membership import chance_of_telling, spread_by_chance
from results import write_result
from rich.console import Console
from rich.table import Table

from lidarsel.completion.lidarsel_net.checkpoint import load_weights
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.registry import SHIPPED_WEIGHTS
from lidarsel.evaluation.line_numbers import mean_mm
from lidarsel.simulation.frames import simulate_frames
from lidarsel.simulation.settings import SimulateSettings
from lidarsel.training.batches import FrameList, make_batch
from lidarsel.training.objective import Objective
from lidarsel.training.private.settings import PrivateSettings
from lidarsel.training.private.stepper import PrivateStepper
from lidarsel.training.private.units import PrivateUnits, units_of
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import RunState, Stepper
from lidarsel.training.validation import Validation

MEMBERS, OTHERS, JUDGES, PUBLIC = 9600, 9601, 9602, 9603  # seeds of streets
CROP, WHOLE = (96, 128), (128, 424)
N_JUDGES = 12
RIVALS: dict[str, tuple[str, float, dict[str, Any]]] = {
    "magnitude": ("magnitude", 10.0, {"share_by": "magnitude"}),
    "importance": ("importance", 10.0, {"share_by": "importance"}),
    "drop": ("random, drop 90 %", 100.0, {"drop": 0.9}),
}
"""Other ways to choose what trains, with the second epsilon: what they are called, the share in %, the settings."""
NO_NOISE = 0.0
"""As an epsilon: gradients are clipped and restricted all the same."""


def fleet(seed: int, count: int, usual: bool = False) -> FrameList:
    """``count`` drives of a frame each. usual: of the simulator's own streets instead of the fleet's."""
    size = {"image_height": WHOLE[0], "image_width": WHOLE[1], "azimuth_step_deg": 0.5, "frames_per_scene": 1}
    unlike = {} if usual else {"n_lines": 32, "mount_height_m": 1.0, "range_noise_m": 0.1, "drop_out": 0.33}
    return FrameList(list(simulate_frames(SimulateSettings(seed=seed, frames=count, **size, **unlike))))  # type: ignore[arg-type]


class Fleet:
    """Members were trained on, others were not; judges are held out, and public frames are the simulator's own."""

    def __init__(self, drives: int) -> None:
        names = [str(number) for number in range(drives)]
        self.members: PrivateUnits = units_of(fleet(MEMBERS, drives), names, "drive")
        self.others: PrivateUnits = units_of(fleet(OTHERS, drives), names, "drive")
        self.public = fleet(PUBLIC, 4, usual=True)
        self._judge = Validation(fleet(JUDGES, N_JUDGES), N_JUDGES, "none", "cpu")

    def judged(self, state: RunState) -> dict[str, float]:
        """The error of the averaged weights in mm, and how well either attack tells members from others."""
        network = state.network
        error = mean_mm(self._judge.rmse_mm(network.freeze(state.average, "cpu")).values())
        after = [self._losses(state, units) for units in (self.members, self.others)]
        before = [self._losses(started(state.settings), units) for units in (self.members, self.others)]
        gained = [start - end for start, end in zip(before, after, strict=True)]
        return {
            "mean_mm": error,
            "by_loss": chance_of_telling(-after[0], -after[1]),
            "by_gain": chance_of_telling(*gained),
        }

    @torch.no_grad()
    def _losses(self, state: RunState, units: PrivateUnits) -> np.ndarray:
        """Float64 (units,): of the averaged weights, on the same windows whatever the weights."""
        settings = msgspec.structs.replace(state.settings, subsets_per_image=4, seed=1)
        kept = {name: weight.clone() for name, weight in state.weights.items()}
        for name, weight in state.weights.items():
            weight.copy_(state.average[name])
        objective = Objective(state.network, settings)
        found = [float(objective(*units.sample(unit, settings, 10**6))) for unit in range(len(units))]
        for name, weight in state.weights.items():
            weight.copy_(kept[name])
        return np.array(found)


def started(settings: TrainSettings) -> RunState:
    return RunState(settings, TrainableLidarselNet(None, 0, load_weights(SHIPPED_WEIGHTS)))


def fitted_openly(data: Fleet, settings: TrainSettings) -> RunState:
    """As many images as of private training, by AdamW, without clipping by drive and without noise."""
    state = started(settings)
    take_step = Stepper(state, Processes())
    for step in range(settings.steps):
        take_step(make_batch(data.members.frames, settings, step))
    return state


def fitted_privately(data: Fleet, settings: PrivateSettings, epsilon: float) -> RunState:
    state = started(settings)
    made = PrivateStepper(state, settings, data.members, data.public)
    if epsilon == NO_NOISE:
        made.noise_multiplier = 0.0
    for step in range(settings.steps):
        made.take_step()
        assert state.step == step + 1
    return state


def runs(options: argparse.Namespace, seed: int) -> Iterator[tuple[dict[str, Any], TrainSettings]]:
    """What is fitted, and by which settings."""
    common: dict[str, Any] = {"steps": options.steps, "images_per_step": options.images, "crop": CROP}
    common |= {"subsets_per_image": 1, "seed": seed, "warm_up_steps": 0}
    yield {"how": "without privacy"}, TrainSettings(**common, learning_rate=2e-4)
    private = {**common, "learning_rate": options.learning_rate, "weight_decay": 0.0, "gradient_clip": 1.0}
    private |= {"private": True, "delta": 1e-6}
    for epsilon in options.epsilons:
        for share in options.shares:
            about = {"how": "random", "share": share, "epsilon": epsilon}
            yield about, PrivateSettings(**private, epsilon=epsilon or 50.0, share=share / 100)
    for rival in options.rivals:
        how, share, more = RIVALS[rival]
        about = {"how": how, "share": share, "epsilon": options.epsilons[1]}
        yield about, PrivateSettings(**private, epsilon=options.epsilons[1], share=share / 100, **more)


def main() -> None:
    def numbers(text: str) -> list[float]:
        return [float(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drives", type=int, default=64)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--images", type=int, default=16)
    parser.add_argument("--shares", type=numbers, default=[1.0, 10.0, 100.0])
    parser.add_argument("--epsilons", type=numbers, default=[NO_NOISE, 8.0, 1.0])
    parser.add_argument("--rivals", nargs="*", choices=RIVALS, default=[*RIVALS])
    parser.add_argument("--learning-rate", type=float, default=2e-2)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    console = Console(width=110)
    data = Fleet(options.drives)
    start = {"how": "shipped weights", **data.judged(started(TrainSettings(crop=CROP)))}
    rows: list[dict[str, Any]] = [start]
    for seed in range(options.seeds):
        for about, settings in runs(options, seed):
            if isinstance(settings, PrivateSettings):
                state = fitted_privately(data, settings, about["epsilon"])
            else:
                state = fitted_openly(data, settings)
            rows.append({**about, "seed": seed, **data.judged(state)})
            console.log({key: f"{value:.4g}" if isinstance(value, float) else value for key, value in rows[-1].items()})
    console.print(_table(rows, options.drives))
    write_result("private", {**vars(options), "rows": rows})


def _table(rows: Sequence[dict[str, Any]], drives: int) -> Table:
    """Seeds together: their mean, and the least and the most."""
    title = f"by chance, telling is 0.5 plus or minus {2 * spread_by_chance(drives, drives):.2f}"
    table = Table("weights", "share %", "epsilon", "mean RMSE mm", "told by loss", "told by gain", title=title)
    kinds: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        kinds.setdefault((row["how"], row.get("share"), row.get("epsilon")), []).append(row)
    for (how, share, epsilon), same in kinds.items():
        figures = {name: [row[name] for row in same] for name in ("mean_mm", "by_loss", "by_gain")}
        errors = figures["mean_mm"]
        said = f"{np.mean(errors):.0f} ({min(errors):.0f}-{max(errors):.0f})" if len(errors) > 1 else f"{errors[0]:.0f}"
        noise = "" if epsilon is None else "no noise" if epsilon == NO_NOISE else f"{epsilon:g}"
        told = [f"{np.mean(figures[name]):.2f}" for name in ("by_loss", "by_gain")]
        table.add_row(how, "" if share is None else f"{share:g}", noise, said, *told)
    return table


if __name__ == "__main__":
    main()

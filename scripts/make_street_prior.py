"""Makes lidarsel/workflow/street_prior.json, what interval expects of sets of lines before it has seen a frame.

    lidarsel simulate STREETS --drives 20 --frames 50 --seed 71 --image-size 94x310 --azimuth-step-deg 0.34
    python scripts/make_street_prior.py STREETS lidarsel/workflow/street_prior.json --store STORE

Random coalitions of lines, each on 8 of 60 frames of 20 streets, by the shipped network; the interval model of each
metric. The images have a quarter of KITTI's height and width: many streets count for more than fine ones.
"""

import argparse
import sys
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.choices import METRICS
from lidarsel.evaluation.stored import MeanErrors
from lidarsel.selection.error_memory import ErrorMemory
from lidarsel.selection.frame_effects import mean_errors
from lidarsel.selection.interval import draw_coalitions
from lidarsel.selection.interval_fit import fit_interval_model
from lidarsel.selection.room import Constraints, Room
from lidarsel.settings import RunSettings
from lidarsel.workflow.session import open_session, open_source
from lidarsel.workflow.street_prior import GapCosts, StreetCosts
from lidarsel.writing import write_bytes

_DIGITS = 5
_SEED, _FRAMES, _EACH_ON = 5, 60, 8


def costs_of(error: MeanErrors, active: NDArray[np.bool_], coalitions: int) -> GapCosts:
    """The interval model of random coalitions, in units of its largest error."""
    memory = ErrorMemory(error, active)
    drawn = draw_coalitions(Room(active, Constraints()), coalitions, _SEED)
    turns = [
        memory.order[(np.arange(_EACH_ON) + _EACH_ON * number) % memory.n_frames] for number in range(coalitions - 1)
    ]
    memory.ask_each(zip(drawn[:, None], [memory.order, *turns], strict=True))
    masks, errors = memory.everything()
    model = fit_interval_model(masks, mean_errors(errors), np.flatnonzero(active))
    sys.stdout.write(f"{model.fit}\n")
    rounded = [[float(f"{one:.{_DIGITS}g}") for one in row] for row in model.cost]
    return GapCosts(model.fit.power, model.constant, rounded)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("streets", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--coalitions", type=int, default=400)
    parser.add_argument("--store", type=Path, required=True)
    options = parser.parse_args()
    source = open_source(options.streets, RunSettings(max_frames=_FRAMES))
    with open_session(source, options.store) as session:
        game = session.game(source.frames, "rmse")
        active = np.asarray(game.game.points_per_line()) > 0
        metrics: dict[str, GapCosts] = {}
        for metric in METRICS:
            game.metric = metric
            metrics[metric] = costs_of(game.mean_errors, active, options.coalitions)
    elevation = [round(float(deg), 3) for deg in np.asarray(source.dataset.elevation_deg)[active]]
    made = StreetCosts("scripts/make_street_prior.py", source.network_sha256, elevation, metrics)
    write_bytes(options.out, msgspec.json.encode(made) + b"\n")


if __name__ == "__main__":
    main()

"""The channel game wherever evaluations run: a worker, the workers of a game of more layers, and Ray."""

import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lidarsel.completion.lidarsel_net.checkpoint import save_network
from lidarsel.errors import LidarselError
from lidarsel.evaluation.channel_game import ChannelChoice
from lidarsel.evaluation.channel_game_spec import ChannelGameSpec
from lidarsel.evaluation.engine import Job, ProcessEngine
from lidarsel.evaluation.layer_engine import LayerEngine
from lidarsel.evaluation.ray_worker import RayWorker
from lidarsel.evaluation.store import EvaluationStore
from lidarsel.evaluation.store_upkeep import look_into
from lidarsel.evaluation.stored import StoredGame
from lidarsel.report.stores import contexts_table
from lidarsel.settings import RunSettings
from lidarsel.shapley.registry import estimator
from tests.evaluation.channels import channel_game, some_sets, whole_network

LAYERS = ("inner8", "fuse4")


@pytest.fixture
def spec(drives: Path, tmp_path: Path) -> ChannelGameSpec:
    """Of drives of 64 lines, with a small network in a file."""
    weights = tmp_path / "small.safetensors"
    save_network(whole_network(), weights, {})
    settings = RunSettings(crop=(48, 200), weights=str(weights))
    of_source = ChannelGameSpec.of(drives, settings, "cpu", settings.load_network("cpu").sha256)
    return replace(of_source, choice=ChannelChoice(LAYERS, budgets=(8, 32), sets_per_frame=2, seed=4))


@pytest.mark.usefixtures("put_back")
def test_a_worker_evaluates_what_this_process_does(spec: ChannelGameSpec) -> None:
    worker = RayWorker(pickle.loads(pickle.dumps(spec)), 1)
    assert worker.open() == os.getpid()
    here = spec.game()
    assert len(here) == 12
    sets = some_sets(here.players.n, 4)
    for frame in (0, 1, 11):
        found = worker.errors(here.frame_ids[frame], here.digest(frame), here.key, sets)
        np.testing.assert_array_equal(found, here.errors(frame, sets))


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize(
    ("layers", "seed", "named"),
    [(("inner8",), 4, "players: channel of inner8, whole groups there"), (LAYERS, 5, "frame ")],
)
def test_a_worker_of_other_players_or_lines_refuses(
    spec: ChannelGameSpec, layers: tuple[str, ...], seed: int, named: str
) -> None:
    worker = RayWorker(replace(spec, choice=replace(spec.choice, layers=layers, seed=seed)), 1)
    assert worker.open() == os.getpid()
    here = spec.game()
    refusal = worker.errors(here.frame_ids[0], here.digest(0), here.key, some_sets(here.players.n, 2))
    assert isinstance(refusal, LidarselError)
    assert named in str(refusal)


@pytest.mark.parametrize("layers", [("fuse4",), ("inner8",)])
def test_workers_of_all_layers_play_the_game_of_one(layers: tuple[str, ...], tmp_path: Path) -> None:
    every, some = channel_game(*LAYERS, "enter"), channel_game(*layers)
    engine = LayerEngine(ProcessEngine(every), every, some)
    sets = some_sets(some.players.n, 6)
    for frame in (1, 0):
        engine.submit(Job(frame, some.frame_ids[frame], some.digest(frame), some.key, sets))
    assert not engine.has_room()
    for frame in (1, 0):
        job, errors = engine.collect()
        assert (job.frame, job.key) == (frame, some.key)
        np.testing.assert_array_equal(errors, some.errors(frame, sets))
    with EvaluationStore.open(tmp_path / "store.sqlite") as store:
        StoredGame(some, store, engine=engine).errors(0, sets)
    (context,) = look_into(tmp_path / "store.sqlite").contexts
    assert context.players == f"channel of {layers[0]}, whole groups"
    (cell,) = contexts_table([context]).columns[0].cells
    assert cell == f"{some.players.n} channels of {layers[0]}, whole groups"


def test_workers_that_lack_a_layer_do_not_play_it() -> None:
    every, some = channel_game("inner8"), channel_game("fuse4")
    with pytest.raises(ValueError, match="channel of fuse4, whole groups are not all among channel of inner8"):
        LayerEngine(ProcessEngine(every), every, some)


@pytest.mark.slow
@pytest.mark.parametrize("layers", [LAYERS, ("fuse4",)])
def test_ray_gives_the_same_bytes(spec: ChannelGameSpec, layers: tuple[str, ...], tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'lidarsel[ray]'")
    from lidarsel.evaluation.ray_cluster import ray_cluster
    from lidarsel.evaluation.ray_engine import RayEngine

    every = spec.game()
    some = replace(spec, choice=replace(spec.choice, layers=layers)).game()
    found = []
    with ray_cluster(None, 2, on_gpu=False) as slots:
        for name, engine in (("here", None), ("there", RayEngine(spec, slots))):
            used = LayerEngine(engine, every, some) if engine and layers != LAYERS else engine
            with EvaluationStore.open(tmp_path / name) as store:
                found.append(estimator("permutation")(StoredGame(some, store, engine=used), 400, seed=1))
    assert found[0].per_frame.tobytes() == found[1].per_frame.tobytes()
    assert found[0].standard_error.tobytes() == found[1].standard_error.tobytes()

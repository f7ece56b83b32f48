"""What a GPU gives: coalitions a second, memory, agreement with the CPU, the demo, training. Each step by itself.

    benchmarks/gpu.sh                                     # all steps on one card, in under 8 minutes
    python benchmarks/gpu.py STEP [--device cuda] [--quick]

Needs no frame and no simulation but for the demo: pictures and points are drawn here, 352 x 1216, ground truth at a
fifth of the pixels. Prints one JSON object. ``--device cpu --quick`` runs every step small, which the tests do.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from results import RESULTS, write_result
from torch import Tensor

from lidarsel.completion.errors_at import depth_errors
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.trainable import TrainableLidarselNet
from lidarsel.completion.registry import load_network
from lidarsel.frame import Frame, ImagePoints
from lidarsel.training.batches import make_batch
from lidarsel.training.processes import Processes
from lidarsel.training.settings import TrainSettings
from lidarsel.training.state import RunState, Stepper

ROOT = Path(__file__).parent.parent
LINES = 46
TOLERANCE = 1e-3
"""Relative: between a GPU's sums and a CPU's, in float32. Chosen lines must be the same."""


def drawn_frame(height: int, width: int, seed: int = 0) -> Frame:
    """A picture of noise; 46 slanting lines of points; ground truth at a fifth of the pixels."""
    rng = np.random.default_rng(seed)
    row, column = np.indices((height, width))
    truth = (1000 / (12 + row * 350 / height) + 0.3 * np.sin(column / 40)).astype(np.float32)
    down = height * (0.36 + 0.6 * np.arange(LINES) / LINES)
    at = np.arange(0, width, 2)
    rows = (down[:, None] + 4 * np.sin(at / 200)).astype(np.int32).clip(0, height - 1)
    columns = np.broadcast_to(at.astype(np.int32), rows.shape)
    line = np.repeat(np.arange(LINES, dtype=np.int16), len(at))
    points = ImagePoints(rows.ravel(), columns.ravel().copy(), truth[rows, columns].ravel(), line)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    return Frame("drawn", (height, width), LINES, points, image, truth * (rng.random(truth.shape) < 0.2))


QUICK_RUN = ["--evaluations", "128", "--sets", "16", "--methods", "interval", "--max-frames", "2", "--same-frames"]


class Task:
    """One frame and the shipped network on a device, planned: what a coalition costs."""

    def __init__(self, device: str, size: tuple[int, int]) -> None:
        network = load_network("lidarsel", device=device)
        assert isinstance(network, FrozenLidarselNet)
        self.network, self.device = network, torch.device(device)
        frame = drawn_frame(*size)
        assert frame.image is not None
        assert frame.ground_truth_m is not None
        pixel = frame.points.row.astype(np.int64) * size[1] + frame.points.column
        measured, first = np.unique(pixel, return_index=True)
        asked = np.flatnonzero(frame.ground_truth_m)
        self.depth_m = torch.from_numpy(frame.points.depth_m[first]).to(device)
        self.line = torch.from_numpy(frame.points.line[first].astype(np.int64)).to(device)
        self.truth_m = torch.from_numpy(frame.ground_truth_m.ravel()[asked]).to(device)
        image = torch.from_numpy(frame.image.transpose(2, 0, 1)[None].astype(np.float32) / 255).to(device)
        self.features = network.encode(image)
        self.plan = network.plan(self.features, torch.from_numpy(measured), torch.from_numpy(asked))

    def measured(self, batch: int) -> Tensor:
        """Float (batch, M): depths of random halves of the lines, 0 elsewhere."""
        generator = torch.Generator().manual_seed(batch)
        kept = (torch.rand(batch, LINES, generator=generator) < 0.5).to(self.device)
        return torch.where(kept[:, self.line], self.depth_m, 0.0)

    def errors(self, batch: int) -> Tensor:
        """float64 (batch, 4)."""
        with torch.inference_mode():
            return depth_errors(self.network.complete_at(self.plan, self.measured(batch)), self.truth_m)

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def per_second(task: Task, batch: int, run: Callable[[], object], seconds: float) -> float:
    """Median of turns, after three that warm up."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < 6 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        task.wait()
        taken.append(time.perf_counter() - start)
    return batch / statistics.median(taken[3:])


PRECISIONS = ("float32", "tf32", "bfloat16")


def _precise(name: str, device: torch.device) -> AbstractContextManager[Any]:
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = name == "tf32"
    return torch.autocast(device.type, torch.bfloat16) if name == "bfloat16" else nullcontext()


def throughput(device: str, quick: bool) -> dict[str, Any]:
    """Coalitions a second by batch, precision and way of running, errors included but where a graph is replayed; peak
    memory of the batch in MiB. A pass holds the whole batch. What fails is told in words, beside what did not."""
    task = Task(device, (64, 128) if quick else (352, 1216))
    rows = []
    for batch in (1, 4) if quick else (1, 8, 32, 128, 256, 512):
        task.network.coalitions_a_pass = batch
        for precision in PRECISIONS:
            for way in ("eager", "graph", "compile"):
                if way == "graph" and device == "cpu":
                    continue
                if way == "compile" and (quick or batch not in (32, 128)):
                    continue  # compiling takes a minute
                row: dict[str, Any] = {"batch": batch, "precision": precision, "way": way}
                try:
                    if device != "cpu":
                        torch.cuda.reset_peak_memory_stats()
                    with torch.inference_mode(), _precise(precision, task.device):
                        row["per_s"] = per_second(task, batch, _way(task, batch, way), 0.05 if quick else 0.7)
                    if device != "cpu":
                        row["peak_mib"] = torch.cuda.max_memory_allocated() / 2**20
                except Exception as error:  # the others are still worth measuring
                    row["failed"] = f"{type(error).__name__}: {error}"[:200]
                rows.append(row)
                sys.stderr.write(json.dumps(row) + "\n")
    _precise("float32", task.device)
    judged, replayed = (
        [row.get("per_s", 0) for row in rows if (row["way"] == "graph") == graph] for graph in (False, True)
    )
    return {"rows": rows, "best_per_s": max(judged), "best_graph_per_s_without_errors": max(replayed, default=0)}


def _way(task: Task, batch: int, way: str) -> Callable[[], object]:
    measured = task.measured(batch)
    if way == "compile":
        network = torch.compile(lambda depths: task.network.complete_at(task.plan, depths))
        return lambda: depth_errors(network(measured), task.truth_m)
    if way == "eager":
        return lambda: depth_errors(task.network.complete_at(task.plan, measured), task.truth_m)
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    with torch.cuda.stream(stream):
        for _ in range(3):
            task.network.complete_at(task.plan, measured)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        task.network.complete_at(task.plan, measured)
    return graph.replay


def agreement(device: str, quick: bool) -> dict[str, Any]:
    """The largest relative difference of figures from the CPU's, and whether `lidarsel run` chooses the same lines."""
    size = (64, 128) if quick else (352, 1216)
    _precise("float32", torch.device(device))  # a GPU's convolutions are in TF32 unless told otherwise
    here, there = Task("cpu", size).errors(16), Task(device, size).errors(16).cpu()
    largest = float(((here - there).abs() / here.abs().clamp(min=1e-9)).max())
    chosen = {name: _chosen(name, quick) for name in ("cpu", device)}
    same = chosen["cpu"] == chosen[device]
    if largest > TOLERANCE or not same:
        raise SystemExit(f"figures differ by {largest:.2g} (allowed {TOLERANCE}), lines {'agree' if same else chosen}")
    return {"largest_relative_difference": largest, "tolerance": TOLERANCE, "lines": chosen["cpu"]}


def _chosen(device: str, quick: bool) -> dict[str, list[int]]:
    """Lines by budget that `lidarsel run` on the sample chooses."""
    command = [sys.executable, "cli.py", "run", "datasets/sample", "--budget", "16,8", "--device", device]
    command += QUICK_RUN if quick else []
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*command, "-o", folder], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr.strip()[-500:])
        (path,) = Path(folder).glob("*/report.json")
        report = json.loads(path.read_text())
    return {str(row["budget"]): row["lines"] for row in report["rows"] if row["method"] == "interval"}


def demo(device: str, quick: bool) -> dict[str, Any]:
    """Seconds of the whole demo, simulation included."""
    import open3d  # noqa: F401  # without it there is no demo, and its name says why

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "cli.py"), "demo", "--device", device, "-o", f"{folder}/run"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr.strip()[-500:])
    return {"seconds": time.perf_counter() - start}


class _FrameList:
    """Frames to train on, for the pace alone."""

    def __init__(self, count: int, size: tuple[int, int]) -> None:
        self._frames = [drawn_frame(*size, seed) for seed in range(count)]

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> Frame:
        return self._frames[index]


def training(device: str, quick: bool) -> dict[str, Any]:
    """Steps a second of training from nothing in bfloat16, batches made beforehand, and that the loss falls."""
    steps, size = (4, (64, 96)) if quick else (60, (375, 1242))
    images = 2 if quick else 8
    crop = (64, 96) if quick else (352, 512)
    settings = TrainSettings(steps=steps, precision="bfloat16", device=device, images_per_step=images, crop=crop)
    frames = _FrameList(4, size)
    batches = [make_batch(frames, settings, step) for step in range(4)]
    step = Stepper(RunState(settings, TrainableLidarselNet(None, 0)), Processes())
    losses, start = [], 0.0
    for number in range(steps):
        if number == steps // 4:
            start = time.perf_counter()
        losses.append(step(batches[number % 4]))
    taken = time.perf_counter() - start
    if not np.isfinite(losses).all() or (not quick and losses[-1] > losses[0]):
        raise SystemExit(f"the loss went from {losses[0]:.3g} to {losses[-1]:.3g}")
    return {"steps_per_s": (steps - steps // 4) / taken, "images_per_step": images, "losses": losses}


STEPS: dict[str, Callable[[str, bool], dict[str, Any]]] = {
    "agreement": agreement,
    "throughput": throughput,
    "training": training,
    "demo": demo,
}


def collect(work: Path) -> Path:
    """One result of what the steps left in a folder: NAME.json of those that went well, NAME.failed of the others."""
    steps: dict[str, Any] = {}
    for path in work.glob("*.failed"):
        said = path.with_suffix(".err").read_text().splitlines()
        rows = [json.loads(line) for line in said if line.startswith("{") and line.endswith("}")]
        steps[path.stem] = {"failed": path.read_text().strip(), **({"rows": rows} if rows else {})}
    for path in work.glob("*.json"):
        text = path.read_text().strip()
        steps[path.stem] = json.loads(text) if text.startswith("{") else {"said": text}
    folder = Path(os.environ.get("OUT") or RESULTS)  # OUT: the folder that a rented machine's files are fetched from
    return write_result("gpu", steps, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=[*STEPS, "collect"])
    parser.add_argument("--work", type=Path, help="collect: the folder of the steps' output")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    options = parser.parse_args()
    if options.step == "collect":
        sys.stdout.write(f"{collect(options.work)}\n")
        return
    start = time.perf_counter()
    result = STEPS[options.step](options.device, options.quick)
    name = torch.cuda.get_device_name() if options.device != "cpu" else "cpu"
    sys.stdout.write(json.dumps({"device": name, "took_s": time.perf_counter() - start, **result}) + "\n")


if __name__ == "__main__":
    main()

"""A Ray cluster to work on, and the slots for workers that it has."""

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from lidarsel.errors import UsageError

_THREADS = (8, 4, 2, 1)  # figures are the same to the bit for these numbers of threads (docs/network.md)
_OBJECT_STORE = 128 << 20  # bytes; what travels is a few kilobytes a batch
_ANSWER_S = 10.0
_MANY_MACHINES = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Ray's switch, which despite its name works on Linux too: without clusters of several machines all processes of Ray
bind to 127.0.0.1 alone (seen with 2.60). ``_node_ip_address`` of ray.init takes that for the outer address."""


@dataclass(frozen=True)
class Slots:
    """count workers, each with its CPUs, of which it uses ``threads``, and GPUs."""

    count: int
    cpus: int
    gpus: int
    threads: int


@contextmanager
def ray_cluster(address: str | None, workers: int | None, on_gpu: bool) -> Iterator[Slots]:
    """Join the cluster at ``address``, or start one on this machine that ends with the block.

    Whoever reaches a port of Ray's can run code, so one that is started here listens on loopback only; a user's own
    listens where the user has it listen.

    Raises UsageError where Ray is not installed, no cluster answers, or it has too few slots.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the cluster
    if address is None:
        os.environ[_MANY_MACHINES] = "0"  # before Ray is imported, which reads it then; its processes inherit it
    try:
        import ray
    except ImportError:
        raise UsageError("--engine ray needs Ray: pip install 'lidarsel[ray]'") from None
    if address not in (None, "auto"):
        _require_answer(address)
    try:
        if address is None:
            cpus = max(len(os.sched_getaffinity(0)), workers or 1)
            local: dict[str, Any] = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": _OBJECT_STORE}
            ray.init(address="local", log_to_driver=False, logging_level=logging.ERROR, **local)
            _require_loopback()
        else:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        where = "--engine ray" if address is None else f"--address {address}"
        reason = str(error).partition("\n")[0]
        raise UsageError(f"{where}: no Ray cluster to be had ({reason})") from None
    with redirect_stdout(sys.stderr):  # where Ray tells of dead workers; stdout is for what was asked
        try:
            nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            yield gpu_slots(nodes, workers) if on_gpu else cpu_slots(nodes, workers)
        finally:
            ray.shutdown()


def _require_loopback() -> None:
    """End a Ray started here that others can reach, as where another one was imported before; else say that none can.

    Raises UsageError.
    """
    import ray

    addresses = [node["NodeManagerAddress"] for node in ray.nodes()]
    if not all(ip_address(address).is_loopback for address in addresses):
        ray.shutdown()
        told = f"Ray would listen on {addresses[0]}, where others may reach it"
        raise UsageError(f"--engine ray: {told}; start a cluster of your own and give it with --address")
    sys.stderr.write("ray: started on this machine for this command, listening on 127.0.0.1 only\n")


def _require_answer(address: str) -> None:
    """Raise UsageError where nobody answers at HOST:PORT: Ray would go on trying (measured: for 11 minutes)."""
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        raise UsageError(f"--address {address!r} is neither auto nor HOST:PORT")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise UsageError(f"--address {address}: no Ray cluster answers there ({error}); see ray status") from None


def gpu_slots(nodes: list[dict[str, float]], workers: int | None) -> Slots:
    """A slot for each GPU. nodes: the resources of each by Ray's names."""
    there = sum(int(node.get("GPU", 0)) for node in nodes)
    return Slots(_wanted(workers, there, "GPUs"), 1, 1, 1)


def cpu_slots(nodes: list[dict[str, float]], workers: int | None) -> Slots:
    """A slot for each CPU, or fewer slots with more threads each."""
    cpus = [int(node.get("CPU", 0)) for node in nodes]
    count = _wanted(workers, sum(cpus), "CPUs")
    threads = next(threads for threads in _THREADS if sum(cpu // threads for cpu in cpus) >= count)
    return Slots(count, threads, 0, threads)


def _wanted(workers: int | None, there: int, what: str) -> int:
    if there == 0 or (workers or 0) > there:
        raise UsageError(f"--workers {workers or there}: the Ray cluster has {there} {what}; give 1..{there}")
    return workers or there

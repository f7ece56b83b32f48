"""A Ray that is started here can be reached from this machine only."""

import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.support.commands import run

# not imported here: the child takes a function from this file, and Ray reads its switch as it is imported
pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'lidarsel[ray]'")

STARTED = """
    import sys
    {before}
    from lidarsel.evaluation.ray_cluster import ray_cluster
    from tests.evaluation.test_ray_loopback import listening_below
    import os
    with ray_cluster(None, 1, on_gpu=False):
        import ray

        @ray.remote
        class Worker:
            def pid(self):
                return os.getpid()

        worker = Worker.remote()
        print(ray.get(worker.pid.remote()), "worker", file=sys.__stdout__)
        for pid, name, address in listening_below(os.getpid()):
            print(pid, name, address, file=sys.__stdout__)
"""


def children_of(pid: int) -> set[int]:
    """A process and all below it, from /proc."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def address_of(text: str) -> str:
    """The address of /proc/net/tcp or tcp6: words of 4 bytes, each the other way round."""
    raw = bytes.fromhex(text.partition(":")[0])
    turned = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    address = ip_address(turned)
    return str(getattr(address, "ipv4_mapped", None) or address)


def listening_below(pid: int) -> list[tuple[int, str, str]]:
    """Process, its name and address of every TCP socket that listens."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        for line in (Path("/proc/net") / table).read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A":
                sockets[f"socket:[{cells[9]}]"] = address_of(cells[1])
    found = []
    for process in children_of(pid):
        place = Path("/proc") / str(process)
        try:
            held = [str(entry.readlink()) for entry in (place / "fd").iterdir()]
            name = (place / "comm").read_text().strip().replace(" ", "_")
        except OSError:
            continue
        found += [(process, name, sockets[socket]) for socket in held if socket in sockets]
    return found


def started(before: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    code = textwrap.dedent(STARTED.format(before=before))
    return run([sys.executable, "-c", code], env=environment)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_every_port_is_on_loopback_and_it_is_said() -> None:
    done = started()
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("ray: started on this machine for this command, listening on 127.0.0.1 only\n") == 1
    worker, *listening = (line.split() for line in done.stdout.splitlines())
    names = {name for _, name, _ in listening}
    assert {"gcs_server", "raylet"} <= names
    assert worker[0] in {pid for pid, _, _ in listening}
    assert {address for _, _, address in listening} == {"127.0.0.1"}, listening


@pytest.mark.slow
def test_one_that_others_could_reach_is_ended() -> None:
    """Ray reads its switch as it is imported; whoever imported it before had it listen everywhere."""
    done = started("import ray")
    assert done.returncode != 0
    assert "where others may reach it; start a cluster of your own" in done.stderr
    assert done.stdout == ""

"""A few cases of every target, chosen by Hypothesis; ``python -m tests.fuzz`` runs many."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lidarsel.datasets.registry import READERS
from tests.fuzz.__main__ import SLOW
from tests.fuzz.judge import judge
from tests.fuzz.targets import GROUPS, MISSING, TARGETS
from tests.fuzz.worker import Worker
from tests.support.commands import ROOT, run

QUICK = sorted(TARGETS.keys() - SLOW.keys())


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


@pytest.mark.parametrize("target", QUICK)
def test_damaged_input_is_refused_in_one_line_or_used(worker: Worker, target: str) -> None:
    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.binary(min_size=8, max_size=64))
    def holds(data: bytes) -> None:
        verdict = worker.ask(target, data)
        assert verdict.end != "failed", f"{target} {data.hex()}\n{verdict.said}"

    holds()


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_the_valid_files_are_used(worker: Worker, target: str) -> None:
    """Else nothing but the first complaint would be tested."""
    verdict = worker.ask(target, None)
    assert verdict.end == "used", verdict.said


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_targets_is_there(group: str) -> None:
    if group in MISSING:
        pytest.skip(MISSING[group])
    assert TARGETS


ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {module!r}:
            raise ModuleNotFoundError("No module named " + name, name=name)

sys.meta_path.insert(0, Absent())
from tests.fuzz.targets import MISSING, TARGETS
assert {group!r} in MISSING and "lines.yaml" in TARGETS, (MISSING, list(TARGETS))
print(MISSING[{group!r}])
"""


@pytest.mark.parametrize(("module", "group", "extra"), [("rosbags", "readers", "ros"), ("onnx", "networks", "onnx")])
def test_a_missing_extra_costs_its_own_targets_only(module: str, group: str, extra: str) -> None:
    done = run([sys.executable, "-c", ABSENT.format(module=module, group=group)], cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert f"[{extra}]" in done.stdout


@pytest.mark.skipif("readers" in MISSING, reason=MISSING.get("readers", ""))
def test_every_reader_has_a_target() -> None:
    assert READERS.keys() <= {name.partition("-")[0] for name in TARGETS}


def test_the_judge_tells_what_may_not_be() -> None:
    def eats() -> bytes:
        return bytes(3 << 30)

    assert judge(eats).end == "failed"
    assert judge(lambda: [][0]).end == "failed"
    assert judge(lambda: None).end == "used"
    assert judge(lambda: b"x" * (300 << 20)).peak_mib > 290

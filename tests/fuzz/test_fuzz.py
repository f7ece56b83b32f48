"""A few cases of every target, chosen by Hypothesis; ``python -m tests.fuzz`` runs many."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.__main__ import SLOW
from tests.fuzz.judge import judge
from tests.fuzz.targets import TARGETS, lacking
from tests.fuzz.worker import Worker

QUICK = sorted(TARGETS.keys() - SLOW.keys())


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as started:
        yield started


@pytest.fixture
def target(request: pytest.FixtureRequest) -> str:
    """Its name; skipped where an extra that it needs is not installed."""
    name: str = request.param
    if said := lacking(name):
        pytest.skip(said)
    return name


@pytest.mark.parametrize("target", QUICK, indirect=True)
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


@pytest.mark.parametrize("target", sorted(TARGETS), indirect=True)
def test_the_valid_files_are_used(worker: Worker, target: str) -> None:
    """Else nothing but the first complaint would be tested."""
    verdict = worker.ask(target, None)
    assert verdict.end == "used", verdict.said


def test_the_judge_tells_what_may_not_be() -> None:
    def eats() -> bytes:
        return bytes(3 << 30)

    assert judge(eats).end == "failed"
    assert judge(lambda: [][0]).end == "failed"
    assert judge(lambda: None).end == "used"
    assert judge(lambda: b"x" * (300 << 20)).peak_mib > 290

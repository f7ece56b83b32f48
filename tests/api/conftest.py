"""The sample of the repository, opened once for all tests of a process that only read from it."""

import pytest

import lidarsel as ls
from tests.api.sample import FEW, NEAREST, SAMPLE


@pytest.fixture(scope="session")
def data() -> ls.OpenedData:
    return ls.open_data(SAMPLE, **NEAREST)


@pytest.fixture(scope="session")
def job(data: ls.OpenedData) -> ls.JobResult:
    return ls.run(data, (16, 8), **FEW)


@pytest.fixture(scope="session")
def values(data: ls.OpenedData) -> ls.Values:
    return ls.value_lines(data, part="valuing", evaluations=150)

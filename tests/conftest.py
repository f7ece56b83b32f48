"""Fixtures shared by all tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import lidarsel, succeeded

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real lidar frames, which stands beside a checkout and is not part of it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder


@pytest.fixture(scope="session")
def drives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small simulated drives, made by the real command; tests that change them take a copy."""
    folder = tmp_path_factory.mktemp("simulated") / "drives"
    small = ["--frames", "3", "--drives", "2", "--image-size", "112x368", "--azimuth-step-deg", "0.6"]
    succeeded(lidarsel("simulate", folder, "--seed", "5", *small))
    return folder


@pytest.fixture
def put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker changes its process; here that is ours."""
    import torch

    monkeypatch.chdir(Path.cwd())
    monkeypatch.setattr(sys, "path", list(sys.path))
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)

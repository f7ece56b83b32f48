"""Settings of the simulation: what makes no sense is refused by name."""

import subprocess
import sys

import pytest

from lidarsel.errors import UsageError
from lidarsel.simulation.settings import SimulateSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [("frames", 0), ("drives", 0), ("n_lines", 1), ("image_width", 4), ("max_range_m", 10.0), ("drop_out", 1.0)],
)
def test_a_senseless_setting_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"{name} is {value}"):
        SimulateSettings(**{name: value})  # type: ignore[arg-type]


def test_importing_the_room_loads_nothing_heavy() -> None:
    code = (
        "import sys, lidarsel.simulation, lidarsel.simulation.settings;"
        "print({'open3d', 'torch', 'kornia', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert "open3d" not in done.stdout
    assert "torch" not in done.stdout

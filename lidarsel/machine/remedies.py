"""The command that mends what cannot be imported."""

import importlib.metadata
import shlex
import sys
from dataclasses import dataclass

from lidarsel.machine.imports import NOT_REACHED
from lidarsel.machine.parts import PackageSet

_LIBRARIES = "libgl1 libegl1 libusb-1.0-0 libgomp1"


@dataclass(frozen=True)
class PackageState:
    """version: None where the package is not installed. problem: why it cannot be imported, None where it can."""

    name: str
    version: str | None
    problem: str | None


def remedy(part: PackageSet, packages: list[PackageState]) -> str | None:
    """The command that mends a part, or None where nothing is broken."""
    broken = [package for package in packages if package.problem is not None]
    if not broken:
        return None
    if all(package.name == "open3d" and "cannot open shared object" in (package.problem or "") for package in broken):
        return f"sudo apt-get install -y --no-install-recommends {_LIBRARIES}"
    pip, wanted = [sys.executable, "-m", "pip", "install"], _requirements()
    damaged = [package.name for package in broken if package.version is not None and _raised(package.problem)]
    if damaged:
        return shlex.join([*pip, "--force-reinstall", *(wanted.get(name, name) for name in damaged)])
    if part.extra is not None:
        return shlex.join([*pip, f"lidarsel[{part.extra}]"])
    return shlex.join([*pip, *(wanted.get(package.name, package.name) for package in broken)])


def _raised(problem: str | None) -> bool:
    """Whether a package is there and fails by itself, where one that is not found lacks something to be installed."""
    return problem is not None and not problem.startswith(("ModuleNotFoundError", NOT_REACHED))


def _requirements() -> dict[str, str]:
    """Name -> requirement with its bounds, of the installed lidarsel; empty for a clone that is not installed."""
    try:
        lines = importlib.metadata.requires("lidarsel") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    plain = [line for line in lines if "extra ==" not in line]
    return {"".join(c if c.isalnum() or c in "-_." else " " for c in line).split()[0].lower(): line for line in plain}

#!/usr/bin/env python3
"""Write the licences of everything that lidarsel needs to run: ``python scripts/list_licences.py FILE.md``.

As the installed packages declare them; of the extras, what is installed.
"""

import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import tomllib
from packaging.requirements import Requirement

PROJECT = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text())["project"]
EXTRAS = ("", "poses", "onnx", "ray", "ros", "argoverse", "pcap", "tensorboard", "mlflow", "pandas", "rerun", "privacy")
"""Those that run with lidarsel; not what tests, documents or compares it."""

HEAD = """# Licences

lidarsel is under Apache-2.0. These are the packages it needs to run, with those they need, as each declares its licence
(`python scripts/list_licences.py docs/licences.md`, Linux, Python {python}). `make audit` asks for known weaknesses.

| package | version | licence | wanted by |
|---|---|---|---|
"""


def needed(extra: str) -> dict[str, Distribution]:
    """Name -> package, of all that an extra ("" = lidarsel itself) needs, and is installed."""
    found: dict[str, Distribution] = {}
    asked_for = PROJECT["optional-dependencies"].get(extra, []) if extra else PROJECT["dependencies"]
    waiting = [pair for requirement in map(Requirement, asked_for) for pair in _wanted(requirement)]
    seen = set()
    while waiting:
        name, asked = waiting.pop()
        if (name, asked) in seen:
            continue
        seen.add((name, asked))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found.setdefault(_plain(name), package)
        for requirement in map(Requirement, package.requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": asked}):
                waiting += _wanted(requirement)
    return found


def _wanted(requirement: Requirement) -> list[tuple[str, str]]:
    """(name, extra) of all that a requirement asks for."""
    return [(requirement.name, extra) for extra in ("", *requirement.extras)]


def licence_of(package: Distribution) -> str:
    """The SPDX expression, else the classifiers, else the first line of the free text."""
    about = package.metadata
    if about["License-Expression"]:
        return str(about["License-Expression"])
    classified = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    named = [name for name in classified if name != "OSI Approved"]
    free = (about["License"] or "").strip().splitlines()
    return ", ".join(named) or (free[0][:60] if free else "not declared")


def page() -> str:
    """The whole page."""
    rows: dict[str, tuple[Distribution, str]] = {}
    for extra in EXTRAS:
        for name, package in needed(extra).items():
            rows.setdefault(name, (package, extra))
    lines = (
        f"| {name} | {package.version} | {licence_of(package).replace('|', '/')} | {extra or 'lidarsel'} |\n"
        for name, (package, extra) in sorted(rows.items())
    )
    return HEAD.format(python="{}.{}".format(*sys.version_info)) + "".join(lines)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())

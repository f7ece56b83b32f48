"""The committed JSON Schemas are those of the code, and accept what the commands write and nothing else."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from typer.testing import CliRunner

from lidarsel.cli import app
from lidarsel.planning.law_file import write_law
from lidarsel.planning.law_fit import fit_law
from tests.support.commands import ROOT
from tests.support.ladders import ladder, network_at_few_lines

SCHEMAS = ROOT / "docs" / "schemas"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json"))


def validate(name: str, content: Any) -> None:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(content)


def lidarsel(*arguments: object) -> str:
    """The stdout of the command, in this process: six of their own would import torch six times."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def answer(*arguments: object) -> Any:
    return json.loads(lidarsel(*arguments, "--json"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the commands write on the sample, by schema."""
    out = tmp_path_factory.mktemp("written")
    sample = ROOT / "datasets" / "sample"
    few = [
        "--evaluations",
        "200",
        "--network",
        "nearest",
        "--methods",
        "spaced,sas",
        "--method",
        "spaced",
        "--same-frames",
    ]
    lidarsel("run", sample, "--budget", "16,8,4,2", *few, "-o", out / "runs")
    (folder,) = (out / "runs").iterdir()
    prices = out / "prices.yaml"
    prices.write_text("16: 4000\n64: 40000.5\nOS1-32: 6500\n")
    report, small, law = folder / "report.json", out / "small.safetensors", out / "law.json"
    runs = ladder(network_at_few_lines, macs=(1e9, 2e9, 4e9), frames=(60,))
    write_law(law, msgspec.structs.replace(runs, fits=[fit_law(runs, "streets", law)]))
    return {
        "lines": yaml.safe_load((folder / "lines.yaml").read_text()),
        "values": json.loads((folder / "values.json").read_text()),
        "report": json.loads(report.read_text()),
        "settings": yaml.safe_load((folder / "settings.yaml").read_text()),
        "recipe": yaml.safe_load((ROOT / "lidarsel/completion/weights/recipe.yaml").read_text()),
        "prices": {str(lines): price for lines, price in yaml.safe_load(prices.read_text()).items()},
        "sensor": answer("calibrate", sample, "-o", out / "sensor.yaml"),
        "datasets": answer("datasets"),
        "inspect": answer("inspect", sample, "--max-frames", "1"),
        "apply": answer("apply", sample, "--lines", folder / "lines.yaml", "-o", out / "thinned"),
        "thinned": json.loads((out / "thinned" / "lidarsel-thinned.json").read_text()),
        "check": answer("check", report, "--against", report),
        "plan": answer("plan", report, "--max-rmse-ratio", "1.5", "--price", prices),
        "law": json.loads(law.read_text()),
        "law-plan": answer("plan", law, "--lines", "16"),
        "product": yaml.safe_load((ROOT / "lidarsel/sensors/catalogue/velodyne-vlp-16.yaml").read_text()),
        "sensors": answer("sensors"),
        "nearest": answer("sensors", "--nearest", folder / "lines.yaml"),
        "store": answer("store", "info", folder / "evaluations.sqlite"),
        "shrink": answer("shrink", sample, "--by", "l1", "--retrain", "0", "--sets", "20", "-o", small),
        "importance": json.loads((out / "small.shrink" / "importance.json").read_text()),
    }


def test_the_committed_schemas_are_current(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts/make_schemas.py", tmp_path], check=True, timeout=300, cwd=ROOT)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text() for path in SCHEMAS.iterdir()}
    assert made == committed, "run: .venv/bin/python scripts/make_schemas.py docs/schemas"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))


def test_what_the_commands_write_is_valid(written: dict[str, Any]) -> None:
    # doctor's answer is validated by tests/machine/test_doctor.py; settings of sweep and shrink are a run's and more
    assert set(written) == set(NAMES) - {"doctor", "sweep-settings", "shrink-settings"}
    for name, content in written.items():
        validate(name, content)
    validate("shrink-settings", {**written["settings"], "macs": "50%", "retrain": 100})
    validate("sweep-settings", {**written["settings"], "metrics": ["rmse"], "seeds": [0, 1]})


def _broken(name: str, change: Callable[[Any], Any]) -> Any:
    return pytest.param(name, change, id=name)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        _broken("lines", lambda file: file | {"colour": "red"}),
        _broken("values", lambda file: file | {"metric": "rms"}),
        _broken("report", lambda file: file | {"format_version": 2}),
        _broken("settings", lambda file: file | {"budgets": "32"}),
        _broken("prices", lambda file: file | {"0": 1}),
        _broken("recipe", lambda file: file | {"precision": "float16"}),
        _broken("product", lambda file: file | {"lines": "sixteen"}),
        _broken("thinned", lambda file: file | {"runs": {"scan.bin": [[1, 2, 3]]}}),
    ],
)
def test_what_lidarsel_refuses_is_invalid(written: dict[str, Any], name: str, change: Callable[[Any], Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validate(name, change(written[name]))

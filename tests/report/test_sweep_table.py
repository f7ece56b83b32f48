"""Settings of a sweep, and its table: means and spread by hand, the least marked, every figure in the CSV."""

import csv
import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from lidarsel.choices import FIGURES
from lidarsel.errors import BadInputError
from lidarsel.options import parse_methods
from lidarsel.report.sweep import sweep_csv, sweep_markdown, sweep_table
from lidarsel.report.sweep_means import SweepRow
from lidarsel.report_rows import PartErrors
from lidarsel.selection.registry import NAMES
from lidarsel.settings import RunSettings, read_settings, write_settings
from lidarsel.sweep_settings import SweepSettings
from tests.support.report_samples import report, row

ERRORS_MM = {("spaced", 8): (2000.0, 2000.0, 2000.0), ("spaced", 16): (1500.0, 1500.0, 1500.0)}
ERRORS_MM |= {("interval", 8): (1800.0, 1900.0, 2000.0), ("interval", 16): (1600.0, 1600.0, 1660.0)}


def swept(metric: str = "rmse", times: float = 1.0) -> list[SweepRow]:
    found = []
    for seed in range(3):
        errors = [("all", 64, 1187.4), *((*key, times * of_seed[seed]) for key, of_seed in ERRORS_MM.items())]
        errors.append(("none", 0, 6140.0))
        found += [SweepRow(metric=metric, seed=seed, row=row(*one)) for one in errors]
    return found


def printed(rows: list[SweepRow], width: int = 80) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, color_system=None, force_terminal=False).print(sweep_table(rows, "rmse"))
    return file.getvalue().splitlines()


def test_table_has_means_over_seeds_and_their_spread() -> None:
    text = printed(swept())
    assert max(map(len, text)) <= 80
    (spaced,) = [line.split() for line in text if "spaced" in line]
    (interval,) = [line.split() for line in text if "interval" in line]
    assert spaced == ["spaced", "2000", "±", "0.0", "*", "1500", "±", "0.0"]
    assert interval == ["interval", "*", "1900", "±", "100", "1620", "±", "34.6"]
    assert "All lines: 1187; no line: 6140." in " ".join(" ".join(text).split())


def test_metrics_that_chose_stand_below_each_other() -> None:
    text = printed([*swept(), *swept("mae", times=1.1)])
    chosen_by = [line.split()[:2] for line in text if "spaced" in line or "interval" in line]
    assert chosen_by == [[metric, method] for metric in ("RMSE", "MAE") for method in ("spaced", "interval")]
    assert sum(line.count("*") for line in text[:-3]) == 2, "one least figure in each of two columns"


def test_one_seed_has_no_spread() -> None:
    assert not any("±" in line for line in printed([one for one in swept() if one.seed == 0]))


def test_csv_gives_every_figure_back() -> None:
    part = PartErrors(part="0-10", **dict.fromkeys(FIGURES), n_frames=0, n_pixels=0)
    told = {"by_part": [part], "errors_by": {"balanced": 1.25}}
    rows = [msgspec.structs.replace(one, row=msgspec.structs.replace(one.row, **told)) for one in swept()]
    undefined = msgspec.structs.replace(rows[1], row=msgspec.structs.replace(rows[1].row, ratio_to_all=None))
    for wanted, read in zip(
        [undefined, *rows], csv.DictReader(io.StringIO(sweep_csv([undefined, *rows]))), strict=True
    ):
        found = msgspec.to_builtins(wanted.row) | {"metric": wanted.metric, "seed": wanted.seed}
        assert list(map(int, read.pop("lines").split())) == found.pop("lines")
        found |= found.pop("errors_by")
        found |= {f"{key}@0-10": value for key, value in found.pop("by_part")[0].items() if key != "part"}
        assert read == {key: "" if value is None else str(value) for key, value in found.items()}


def test_markdown_has_a_table_for_each_metric_and_stays_whole() -> None:
    text = sweep_markdown(report(notes=["<b>| bad"]), [*swept(), *swept("mae")])
    assert [line for line in text.splitlines() if line.startswith("## ")][1:3] == ["## RMSE", "## MAE"]
    assert "\\<b\\>\\| bad" in text


def test_all_is_every_method_but_the_oracle() -> None:
    assert parse_methods("--methods", "all") == tuple(name for name in NAMES if name != "exhaustive")
    assert parse_methods("--methods", "all,exhaustive") == NAMES
    assert parse_methods("--methods", "spaced,all")[:2] == ("spaced", "random")


def test_a_sweep_is_a_run_for_each_metric_and_seed(tmp_path: Path) -> None:
    settings = SweepSettings(metrics=("mae", "rmse"), seeds=(3, 1, 3), per_frame=True, sets=99)
    assert (settings.metric, settings.seed) == ("mae", 3)
    runs = settings.runs()
    assert [(run.metric, run.seed) for run in runs] == [("mae", 3), ("mae", 1), ("rmse", 3), ("rmse", 1)]
    assert [run.per_frame for run in runs] == [True, False, False, False]
    assert {run.sets for run in runs} == {99}
    write_settings(tmp_path / "sweep.yaml", settings)
    assert read_settings(tmp_path / "sweep.yaml", SweepSettings) == settings


def test_a_metric_spelled_twice_decides_once() -> None:
    spelled = SweepSettings(metrics=("RMSE", "rmse", "rmse:2,imae:1", "rmse:2.0,imae:1"))
    assert spelled.metrics == ("rmse", "rmse:2,imae:1")
    assert [run.metric for run in spelled.runs()] == ["rmse", "rmse:2,imae:1"]


def test_settings_of_a_run_are_a_sweeps_but_not_the_other_way_round(tmp_path: Path) -> None:
    write_settings(tmp_path / "run.yaml", RunSettings(metric="mae", seed=7))
    settings = read_settings(tmp_path / "run.yaml", SweepSettings)
    assert (settings.metrics, settings.seeds) == (("mae",), (7,))
    write_settings(tmp_path / "sweep.yaml", settings)
    with pytest.raises(BadInputError, match="metrics"):
        read_settings(tmp_path / "sweep.yaml")
    (tmp_path / "wrong.yaml").write_text("seeds: [0, -1]")
    with pytest.raises(BadInputError, match="seed"):
        read_settings(tmp_path / "wrong.yaml", SweepSettings)

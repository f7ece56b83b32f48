"""The files that commands hand to each other, and those that users write: read, and used as their commands do."""

import io
from pathlib import Path

import msgspec
import yaml
from rich.console import Console

from lidarsel.checking.compare import check_files
from lidarsel.checking.junit import junit_xml
from lidarsel.checking.limits import Limits
from lidarsel.checking.summary import comparison_markdown, comparison_table
from lidarsel.contracts import LinesFile, ReportFile, ValuesFile, read_contract, write_contract
from lidarsel.planning.law_file import SHIPPED_LAW, read_law, write_law
from lidarsel.planning.law_options import LawLimits
from lidarsel.planning.law_page import write_law_page
from lidarsel.planning.law_plan import make_law_plan
from lidarsel.planning.law_summary import law_answers, options_table
from lidarsel.planning.plan import make_plan
from lidarsel.planning.prices import read_prices
from lidarsel.planning.summary import answers, sensors_table, steps_table
from lidarsel.report.sensors import catalogue_table, nearest_table, product_facts, product_table
from lidarsel.report.table import report_markdown, report_table, values_table
from lidarsel.selection.room import Constraints
from lidarsel.sensors.product import read_product
from lidarsel.sensors.ranking import rank
from lidarsel.sensors.registry import find_product
from lidarsel.settings import RunSettings, read_settings, write_settings
from lidarsel.sweep_settings import SweepSettings
from lidarsel.training.recipe import read_recipe
from lidarsel.workflow.files import lines_file, provenance_of
from lidarsel.workflow.selecting import select_lines
from lidarsel.workflow.valuing import players_of
from tests.fuzz.choices import Choices
from tests.fuzz.target import Target
from tests.support.report_samples import report, values
from tests.test_contracts import LINES


def printed(*tables: object) -> str:
    text = io.StringIO()
    for table in tables:
        Console(file=text).print(table)
    return text.getvalue()


def use_lines(folder: Path, _choices: Choices) -> None:
    content = read_contract(folder / "lines.yaml", LinesFile)
    write_contract(folder / "again.yaml", content)
    assert read_contract(folder / "again.yaml", LinesFile) == content


def use_values(folder: Path, _choices: Choices) -> None:
    """As ``lidarsel select`` without data."""
    content = read_contract(folder / "values.json", ValuesFile)
    printed(values_table(content))
    budget = min(4, content.n_lines)
    settings = RunSettings(budgets=(budget,))
    assert settings.constraints() == Constraints()
    found = select_lines(players_of(content), ["sas", "shapley", "sas-separation"], [budget], settings, None)
    for method, by_budget in found.items():
        file = lines_file(content, provenance_of(content, ""), method, by_budget[budget].players)
        write_contract(folder / "lines.yaml", file)
        assert read_contract(folder / "lines.yaml", LinesFile) == file


def use_report(folder: Path, _choices: Choices) -> None:
    """As ``lidarsel check`` and ``lidarsel plan``; the baseline has the same format and is damaged as well."""
    limits = Limits(0.02, 0.5)
    comparison = check_files(folder / "report.json", folder / "baseline.json", limits)
    printed(comparison_table(comparison))
    junit_xml(comparison).decode()
    comparison_markdown(comparison).encode()
    content = read_contract(folder / "report.json", ReportFile)
    printed(report_table(content))
    report_markdown(content).encode()


def use_plan(folder: Path, _choices: Choices) -> None:
    prices = read_prices(folder / "prices.yaml")
    found = make_plan(read_contract(folder / "report.json", ReportFile), None, 1.5, prices)
    printed(steps_table(found), sensors_table(found), answers(found))


def use_law(folder: Path, choices: Choices) -> None:
    """As ``lidarsel plan law.json``; with prices it plans for these."""
    path = folder / "law.json"
    content = read_law(path)
    limits = LawLimits(macs=1e9, max_ratio=choices.one_of((None, 1.2)))
    prices = read_prices(folder / "prices.yaml")
    found = make_law_plan(content, path, None, None, limits, choices.one_of((None, prices)))
    printed(options_table(found), law_answers(found))
    write_law_page(folder / "plan.html", found, content)


def use_settings(folder: Path, choices: Choices) -> None:
    settings = read_settings(folder / "settings.yaml", choices.one_of((RunSettings, SweepSettings)))
    write_settings(folder / "again.yaml", settings)
    assert read_settings(folder / "again.yaml", type(settings)) == settings


def use_recipe(folder: Path, _choices: Choices) -> None:
    read_recipe(folder / "recipe.yaml")


def use_product(folder: Path, _choices: Choices) -> None:
    """As ``lidarsel sensors product.yaml``, alone and with ``--nearest``; the lines are damaged as well."""
    product = read_product(folder / "product.yaml")
    printed(catalogue_table([product]), product_table(product), product_facts(product))
    ranking = rank(folder / "lines.yaml", [product])
    printed(nearest_table(ranking.products, len(ranking.line_elevation_deg)))


def make_product(folder: Path) -> None:
    write_contract(folder / "lines.yaml", LINES)
    content = msgspec.to_builtins(find_product("OS1-32-G"))
    (folder / "product.yaml").write_text(yaml.safe_dump(content, sort_keys=False, default_flow_style=None))


def make_report(folder: Path) -> None:
    write_contract(folder / "report.json", report(budgets=(32, 16)))
    write_contract(folder / "baseline.json", report(budgets=(32, 16)))


def make_plannable(folder: Path) -> None:
    write_contract(folder / "report.json", report(budgets=(40, 32, 16, 8, 4)))
    (folder / "prices.yaml").write_text("# prices\n16: 4000\n32: 8000\nOS1-32: 6500\n64: 75000.5\n128: 1.2e5\n")


def make_law(folder: Path) -> None:
    write_law(folder / "law.json", read_law(SHIPPED_LAW))
    (folder / "prices.yaml").write_text("16: 4000\n32: 8000\n64: 75000.5\n")


def make_settings(folder: Path) -> None:
    write_settings(folder / "settings.yaml", RunSettings(budgets=(32, 8), keep=(3,), drop=(5, 6), target_se=2.5))


def make_recipe(folder: Path) -> None:
    text = "data: simulated\nstart: scratch\nframes: 20\nsteps: 100\nlearning_rate: 1e-3\ncrop: [64, 96]\n"
    design = "design:\n  image_channels: [8, 8, 8, 8, 8]\n  depth_channels: [8, 8, 8]\n"
    (folder / "recipe.yaml").write_text(text + design)


TARGETS = (
    Target("lines.yaml", lambda folder: write_contract(folder / "lines.yaml", LINES), use_lines),
    Target("values.json", lambda folder: write_contract(folder / "values.json", values()), use_values),
    Target("report.json", make_report, use_report),
    Target("prices.yaml", make_plannable, use_plan),
    Target("law.json", make_law, use_law),
    Target("settings.yaml", make_settings, use_settings),
    Target("recipe.yaml", make_recipe, use_recipe),
    Target("product.yaml", make_product, use_product),
)

"""What a sweep says first: the best method of each number of lines, by hand, and whose report stands beside it."""

import msgspec

from lidarsel.report.sweep_answer import headline, least_told, run_told
from lidarsel.report.sweep_means import SweepRow, sweep_means
from tests.support.report_samples import row


def swept(errors_mm: dict[tuple[str, int], tuple[float, ...]], metric: str = "rmse") -> list[SweepRow]:
    """Rows by method, number of lines and seed."""
    found = [
        SweepRow(metric=metric, seed=seed, row=row(method, budget, error))
        for (method, budget), of_seed in errors_mm.items()
        for seed, error in enumerate(of_seed)
    ]
    return [SweepRow(metric=metric, seed=0, row=row("all", 64, 1000.0)), *found]


TWO = swept({("spaced", 8): (2000.0,), ("spaced", 16): (1500.0,), ("sas", 8): (1900.0,), ("sas", 16): (1800.0,)})


def test_the_headline_names_who_is_least_most_often() -> None:
    assert headline(TWO, "rmse") == "spaced and sas have the least RMSE at 1 of 2 numbers of lines."
    alone = [one for one in TWO if one.row.budget in (8, 64)]
    assert headline(alone, "rmse") == "sas has the least RMSE at every number of lines."


def test_each_number_of_lines_has_its_best_and_the_next() -> None:
    assert least_told(TWO, "rmse") == [
        ("16 lines", "spaced, 1500 mm; next sas, 1800 mm, 20.0 % more."),
        ("8 lines", "sas, 1900 mm; next spaced, 2000 mm, 5.3 % more."),
    ]


def test_means_are_over_seeds_and_say_their_spread() -> None:
    seeds = swept({("spaced", 8): (2000.0, 2200.0), ("sas", 8): (2100.0, 2100.0)})
    assert least_told(seeds, "rmse") == [("8 lines", "spaced, 2100 ± 141 mm; next sas, the same.")]
    assert headline(seeds, "rmse") == "spaced and sas have the least RMSE at every number of lines."
    assert [mean.least for of_method in sweep_means(seeds, "rmse").values() for mean in of_method.values() if mean]


def test_a_method_alone_has_no_next_and_nothing_judged_is_said() -> None:
    alone = swept({("spaced", 8): (2000.0,)})
    assert least_told(alone, "rmse") == [("8 lines", "spaced, 2000 mm.")]
    unjudged = [
        msgspec.structs.replace(one, row=msgspec.structs.replace(one.row, unjudged_frames=one.row.n_frames))
        for one in alone
    ]
    assert headline(unjudged, "rmse") == "Nothing was left to judge any lines by."
    assert least_told(unjudged, "rmse") == []


def test_only_what_a_metric_chose_speaks_for_it() -> None:
    other = swept({("interval", 8): (100.0,), ("interval", 16): (100.0,)}, metric="mae")
    assert "interval" not in headline([*TWO, *other], "rmse")


def test_the_report_of_one_of_several_runs_says_which() -> None:
    assert run_told(("rmse",), (0,)) == ""
    assert "what MAE chose with seed 3, one of the 4 runs" in run_told(("mae", "rmse"), (3, 1))

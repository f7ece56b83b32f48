"""The law of depth completion on closed forms: its terms are those that made the runs, and it never rises."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lidarsel.planning.law_fit import ladder_errors
from lidarsel.planning.laws.choosing import choose_law
from lidarsel.planning.laws.completion import LINES_ONLY, CompletionLaw, Form, fit_completion, grown
from lidarsel.planning.laws.extrapolation import extrapolations
from tests.support.ladders import (
    LINES,
    MACS,
    ClosedForm,
    data_alone,
    ladder,
    lines_only,
    network_at_few_lines,
)

FRAMES_ALONE: Form = ((), ("lines",), ("frames",))


@pytest.mark.parametrize(
    ("closed_form", "form"),
    [
        (lines_only, LINES_ONLY),
        (network_at_few_lines, ((), ("lines", "macs"))),
        (data_alone, FRAMES_ALONE),
    ],
)
def test_the_terms_are_those_that_made_the_runs(closed_form: ClosedForm, form: Form) -> None:
    frames = (60, 120, 240, 480) if form == FRAMES_ALONE else (60,)
    macs = (0.5e9, 2e9) if form == FRAMES_ALONE else MACS
    chosen = choose_law(ladder_errors(ladder(closed_form, macs=macs, frames=frames), "streets", Path("law.json")))
    assert chosen.law.form == form
    assert [trial.term for trial in chosen.trials if trial.kept] == [" by ".join(form[-1])] * (form != LINES_ONLY)
    for lines, size, trained in product(LINES, macs, frames):
        told = chosen.law.error_mm({"lines": lines, "macs": size, "frames": trained})
        assert told == pytest.approx(closed_form(lines, size, trained), rel=0.02)


def test_what_was_run_at_two_sizes_is_not_tried() -> None:
    content = ladder(network_at_few_lines, macs=(1e9, 2e9), frames=(60, 240))
    chosen = choose_law(ladder_errors(content, "streets", Path("law.json")))
    assert chosen.law.form == LINES_ONLY
    assert dict(chosen.untried) == {"macs": 2, "parameters": 2, "experts": 1, "frames": 2}
    assert chosen.trials == []


def test_the_largest_runs_are_told_better_than_by_lines_alone_where_size_matters() -> None:
    runs = ladder_errors(ladder(network_at_few_lines, frames=(60,)), "streets", Path("law.json"))
    by = {each.variable: each for each in extrapolations(runs)}
    assert set(by) == {"lines", "macs"}  # parameters leave out the same runs
    assert by["macs"].law < 0.03 < by["macs"].carried
    assert by["macs"].law < by["macs"].lines / 2
    assert (by["macs"].value, by["macs"].fitted_up_to, by["macs"].n_errors) == (4e9, 2e9, len(LINES))
    # The last value carried on, from the closed form: the errors of the next smaller network, and of 32 lines.
    smaller = [np.log(network_at_few_lines(n, 4e9, 0) / network_at_few_lines(n, 2e9, 0)) for n in LINES]
    assert by["macs"].carried == pytest.approx(np.sqrt(np.mean(np.square(smaller))), rel=0.2)
    fewer = [np.log(network_at_few_lines(48, size, 0) / network_at_few_lines(32, size, 0)) for size in MACS]
    assert by["lines"].carried == pytest.approx(np.sqrt(np.mean(np.square(fewer))), rel=0.2)


def test_without_a_third_size_nothing_is_left_out_by_it() -> None:
    runs = ladder_errors(ladder(lines_only, macs=(1e9, 2e9), frames=(60, 240)), "streets", Path("law.json"))
    assert [each.variable for each in extrapolations(runs)] == ["lines"]


FORMS = [form for _, _, form in grown(LINES_ONLY)]


@given(
    form=st.sampled_from(FORMS),
    values=st.lists(st.floats(0, 3), min_size=8, max_size=8),
    lines=st.floats(1, 128),
    more=st.floats(1, 10),
)
def test_more_of_anything_never_errs_more(form: Form, values: list[float], lines: float, more: float) -> None:
    size = next(name for term in form for name in term if name != "lines") if form != LINES_ONLY else "lines"
    law = CompletionLaw(form, {"lines": 16.0, size: 2.0}, np.array(values[: sum(1 + len(term) for term in form)]))
    at = law.error_mm({"lines": lines, size: 2.0})
    assert law.error_mm({"lines": lines * more, size: 2.0}) <= at * (1 + 1e-12)
    assert law.error_mm({"lines": lines, size: 2.0 * more}) <= at * (1 + 1e-12)


def test_a_law_that_begins_at_a_smaller_one_is_as_good_as_one_from_the_grid() -> None:
    runs = ladder_errors(ladder(network_at_few_lines, noise=0.02), "streets", Path("law.json"))
    small = fit_completion(LINES_ONLY, runs.sizes, runs.log_error)
    form: Form = ((), ("lines", "macs"))
    near, alone = (fit_completion(form, runs.sizes, runs.log_error, start) for start in (small, None))
    assert near.log_error(runs.sizes) == pytest.approx(alone.log_error(runs.sizes), abs=1e-3)

"""What the parser refuses is a line like every other refusal: the culprit, the nearest there is, where help is."""

import pytest

from tests.support.commands import assert_refused, lidarsel


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["runn", "x"], ["command 'runn' is none of ", "the nearest is run", "see lidarsel --help"]),
        (["store", "inf", "x"], ["command 'inf' is none of info, prune, merge, verify; the nearest is info"]),
        (["run", "x", "--budgett", "4"], ["no option --budgett; the nearest is --budget; see lidarsel run --help"]),
        (["run"], ["DATA is missing (Data set", "see lidarsel run --help"]),
        (["run", "x", "--evaluations", "many"], ["--evaluations 'many'", "integer", "see lidarsel run --help"]),
        (["run", "x", "--evaluations", "0"], ["--evaluations is 0, but must be at least 1"]),
        (["inspect", "x", "--frame", "-1"], ["--frame '-1'", "greater than or equal to 0"]),
        (["check", "a", "--against", "b", "--min-jaccard", "x"], ["--min-jaccard 'x'", "valid number"]),
        (["run", "x", "--budget"], ["'--budget' requires an argument"]),
        (["run", "x", "y"], ["unexpected extra argument", "(y)"]),
        (["run", "x", "--metric", "rsme"], ["--metric 'rsme' is none of rmse, mae, irmse, ", "the nearest is rmse"]),
        (["run", "x", "--methods", "spaced,sass"], ["--methods 'sass' is none of random", "the nearest is sas"]),
    ],
    ids=" ".join,
)
def test_a_slip_is_one_line_with_its_remedy(words: list[str], told: list[str]) -> None:
    assert_refused(lidarsel(*words), *told)


def test_nothing_asked_for_is_answered_with_help() -> None:
    done = lidarsel()
    assert done.returncode == 2
    assert "evaluate" in done.stdout + done.stderr
    assert "lidarsel: " not in done.stderr

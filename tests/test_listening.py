"""Who hears steps: nobody, a caller's function, or stderr as before, once the block has ended however it ended."""

import pytest

from lidarsel.listening import StepProgress, heard_by, listener
from lidarsel.progress import noted_step, step


def test_the_nearest_listener_hears_and_the_one_before_hears_again(capfd: pytest.CaptureFixture[str]) -> None:
    outer: list[StepProgress] = []
    inner: list[StepProgress] = []
    with heard_by(outer.append):
        with heard_by(inner.append), step("reading", 3) as advance:
            advance(2, 3)
        with heard_by(None), step("unheard") as advance:
            advance(1, 1)
        with noted_step("selecting") as noted:
            noted(1, 8, "sas")
    assert inner == [StepProgress("reading", 0, 3), StepProgress("reading", 2, 3)]
    assert outer == [StepProgress("selecting", 0, None), StepProgress("selecting", 1, 8, "sas")]
    assert capfd.readouterr() == ("", "")


def test_steps_are_shown_again_once_a_block_has_failed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), heard_by(print):
        raise RuntimeError
    assert listener() is None
    with step("judging", 1) as advance:
        advance(1, 1)
    assert "judging" in capfd.readouterr().err

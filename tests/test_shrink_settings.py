"""What may be asked for when a network is made smaller."""

import pytest

from lidarsel.shrink_settings import ShrinkSettings


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, 50.0), ({"macs": "25%"}, 25.0), ({"macs": "2.4G"}, 2.4e9), ({"macs": "800M"}, 8e8), ({"macs": "12"}, 12.0)],
)
def test_macs_are_a_share_or_a_number(given: dict[str, str], expected: float) -> None:
    assert ShrinkSettings(macs=given.get("macs")).most_macs(100.0) == pytest.approx(expected)


def test_sizes_have_units() -> None:
    assert ShrinkSettings(size="2MB").most_bytes() == 2e6
    assert ShrinkSettings(size="800kB").most_bytes() == 8e5
    assert ShrinkSettings(size="2MB").most_macs(1.0) is None
    assert ShrinkSettings().most_bytes() is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"macs": "half"}, "neither a share"),
        ({"size": "2"}, "no size"),
        ({"ms": 0.0}, "above 0"),
        ({"max_rmse_ratio": 0.9}, "from 1 up"),
        ({"step_channels": 0}, "at least 1"),
        ({"retrain": -1}, "not be below 0"),
        ({"macs": "50%", "ms": 4.0}, "macs and ms are given"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        ShrinkSettings(**given)  # type: ignore[arg-type]

"""What a ladder of networks may be, before any data is opened."""

import pytest

from lidarsel.completion.lidarsel_net.design import NORM_GROUPS, Design
from lidarsel.errors import UsageError
from lidarsel.scale_settings import ScaleSettings, parse_counts, parse_widths


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"widths": (0.0, 1.0)}, "widths: 0 is not above 0 and at most 16"),
        ({"widths": (float("nan"),)}, "widths: nan is not above 0"),
        ({"widths": (17.0,)}, "widths: 17 is not above 0 and at most 16"),
        ({"widths": ()}, "widths: needs one entry at least"),
        ({"widths": (1.0, 1.01)}, "widths: 1 and 1.01 make the same network"),
        ({"frames": (2, 2)}, "frames: needs one entry at least, and none twice"),
        ({"frames": (0, 2)}, "frames: 0 is not at least 1"),
        ({"steps": 0}, "steps is 0, but must be at least 1"),
        ({"held_out": 0}, "held_out is 0, but must be at least 1"),
        ({"experts": (1, 0)}, "experts"),
        ({"granularity": 2}, "granularity: 2 divides experts, and there is one; give 2 experts at least"),
        ({"granularity": 0, "experts": (1, 4)}, "granularity"),
        ({"granularity": 5, "experts": (1, 4)}, "granularity"),
        ({"granularity": 16, "experts": (1, 4), "widths": (0.2, 1.0)}, "granularity"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(given: dict[str, object], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        ScaleSettings.from_options(None, given)


def test_lists_are_read_as_they_are_typed() -> None:
    assert parse_widths("--widths", "0.5,1, 2") == (0.5, 1.0, 2.0)
    assert parse_counts("--frames", "60, 120") == (60, 120)
    with pytest.raises(UsageError, match=r"--frames '60,1\.5' is no list of whole numbers"):
        parse_counts("--frames", "60,1.5")


@pytest.mark.parametrize("width", [0.01, 0.5, 0.7, 1.4, 2.0])
def test_a_design_of_a_width_has_channels_that_can_be_normalised_nearest_to_it(width: float) -> None:
    design, own = Design.of_width(width), Design()
    for found, base in zip(
        (*design.image_channels, *design.depth_channels), (*own.image_channels, *own.depth_channels), strict=True
    ):
        assert found % NORM_GROUPS == 0
        assert found == NORM_GROUPS or abs(found - width * base) <= NORM_GROUPS / 2
    assert design.residual_limit == own.residual_limit


def test_width_one_is_the_design_itself() -> None:
    assert Design.of_width(1) == Design()
    assert Design.of_width(1, 4, 2) == Design(experts=4, granularity=2)


def test_plain_convolutions_may_stand_beside_fine_grained_experts() -> None:
    assert ScaleSettings.from_options(None, {"experts": (1, 4), "granularity": 2}).granularity == 2

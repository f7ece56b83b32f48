"""Markdown keeps numbers and their units together, as it does ranges, and leaves the names of files as they are."""

import pytest

from lidarsel.report.markdown import plain

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cost 12.3 % in MAE: 413 mm (95 % CI", f"cost 12.3{NBSP}% in MAE: 413{NBSP}mm (95{NBSP}% CI"),
        ("within 0-10 m. 4.45 1/km, by", f"within 0-10{NBSP}m. 4.45{NBSP}1/km, by"),
        ("CI 508 to 1465), 0.0 to 11.4 %", f"CI 508{NBSP}to{NBSP}1465), 0.0{NBSP}to{NBSP}11.4{NBSP}%"),
        ("−69.3 to +86.6 mm, 1.9° to −24.8°", f"−69.3{NBSP}to{NBSP}+86.6{NBSP}mm, 1.9°{NBSP}to{NBSP}−24.8°"),
        ("32 to keep, next to 3, 24 total", "32 to keep, next to 3, 24 total"),
        ("/data/drive 5 m/a.bin and 7 mm.txt", "/data/drive 5 m/a.bin and 7 mm.txt"),
        ("32 maps, 3 made", "32 maps, 3 made"),
    ],
)
def test_no_line_ends_between_a_number_and_its_unit_or_within_a_range(text: str, shown: str) -> None:
    assert plain(text) == shown

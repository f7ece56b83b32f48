"""How sure the chosen lines are, in sentences: chosen again, as good as others, carried from drive to drive."""

from statistics import mean

from lidarsel.contracts import ReportFile
from lidarsel.report.metric_words import metric_name
from lidarsel.report.words import chosen_row, count
from lidarsel.report_choice import ChoiceStability, LineBand

TITLE = "How sure the choice is"


def of_chosen(report: ReportFile) -> ChoiceStability | None:
    """Of the chosen lines; None in a report that chose nothing."""
    return next((one for one in report.stability if one.budget == report.chosen_budget), None)


def how_sure(report: ReportFile) -> list[str]:
    """What is to be said with the answer: a sentence each."""
    found = of_chosen(report)
    return [] if found is None else [said for said in (_again(report, found), _any_of(found), _carried(found)) if said]


def explained(report: ReportFile) -> list[str]:
    """How the figures came about, and how densely sets that are as good fill bands of elevations."""
    found = of_chosen(report)
    if found is None:
        return []
    drawn, between = "blocks of neighbouring frames", "stretches of the drive"
    if found.losses:
        drawn, between = "whole drives", "drives, each of which counts the same"
    name = metric_name(report.metric)
    said = [
        "Of the sets that raced, the chosen ones were evaluated on the rest of the frames chosen on, and nothing else: "
        f"these frames were drawn again ({drawn}) {found.n_resamples} times, and the choice was made again from the "
        "errors already known. The more a line is chosen again, the less it hangs on these very frames; neighbours "
        "that stand in for each other share their turns. Another search may find other sets as good. Sets are as good "
        f"where the 95 % CI of their {name} minus that of the best, on the frames chosen on, holds 0 (each set "
        f"for itself, between {between})."
    ]
    if found.bands and len(found.as_good) > 1:
        bands = "; ".join(map(_band, found.bands))
        said.append(f"Lines a degree that these {len(found.as_good)} sets have, least to most: {bands}.")
    return said


def _again(report: ReportFile, found: ChoiceStability) -> str | None:
    if not found.inclusion:
        return None
    lines = chosen_row(report).lines
    often = sum(found.inclusion[line] > 0.5 for line in lines)
    return (
        f"How sure: chosen again on {found.n_resamples} resamples of the frames chosen on, {often} of the "
        f"{count(len(lines), 'line')} are in more than half."
    )


def _any_of(found: ChoiceStability) -> str | None:
    if found.n_sets < 2:
        return None
    sets = f"Of {found.n_sets} sets of {count(found.budget, 'line')} that were evaluated on every frame chosen on"
    if len(found.as_good) == 1:
        other = " (not the chosen one)" if found.chosen_as_good is False else ""
        return f"{sets}, no other is as good as the best{other}."
    own = {
        True: "the chosen one among them: any of these",
        False: "the chosen one not among them",
        None: "the chosen one was not evaluated there",
    }[found.chosen_as_good]
    return f"{sets}, {len(found.as_good)} are as good ({own}; report.json lists them)."


def _carried(found: ChoiceStability) -> str | None:
    if not found.losses:
        return None
    percent = sorted(100 * loss for loss in found.losses.values())
    return (
        f"From drive to drive: chosen on the other drives, lines lose {mean(percent):.1f} % ({percent[0]:.1f} to "
        f"{percent[-1]:.1f} %) against a choice on the drive itself, among these sets and {len(percent)} drives."
    )


def _band(band: LineBand) -> str:
    span = f"{band.upper_deg:.1f}° to {band.lower_deg:.1f}°".replace("-", "−")
    return f"{span}: {band.least:.2g} to {band.most:.2g}"

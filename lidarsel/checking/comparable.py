"""What differs between two reports besides their figures: what forbids to compare them, and what explains a change."""

from lidarsel.contracts import ReportFile
from lidarsel.printable import printable
from lidarsel.report.words import count

_DIGITS = 12
"""Of a fingerprint or hash: enough to tell two apart by eye."""


def differences(now: ReportFile, before: ReportFile) -> list[str]:
    """What makes two reports incomparable, as "metric mae instead of rmse"; empty where nothing does."""
    found = _unlike(_question(now), _question(before))
    if now.data_fingerprint != before.data_fingerprint:
        data = [
            f"{report.data_fingerprint[:_DIGITS]} ({count(len(report.frames), 'frame')})" for report in (now, before)
        ]
        found.insert(0, f"data {printable(data[0])} instead of {printable(data[1])}")
    return found


def changes(now: ReportFile, before: ReportFile) -> list[str]:
    """What else is different: it explains a change of the figures, and is no failure by itself."""
    found = _unlike(_maker(now), _maker(before))
    more = len(set(now.frames) - set(before.frames))
    if more:
        found.append(f"{count(more, 'frame')} more than in the baseline: the means are not over the same frames")
    return found


def _question(report: ReportFile) -> dict[str, str]:
    return {
        "ground truth": report.ground_truth,
        "metric": report.metric,
        "number of lines": str(report.n_lines),
        "judged": "on the frames chosen on" if report.same_frames else "on held-out frames",
    }


def _maker(report: ReportFile) -> dict[str, str]:
    return {
        "network": report.network,
        "weights": report.network_sha256[:_DIGITS],
        "seed": str(report.seed),
        "lidarsel": report.lidarsel_version,
    }


def _unlike(now: dict[str, str], before: dict[str, str]) -> list[str]:
    return [
        f"{name} {printable(now[name])} instead of {printable(before[name])}"
        for name in now
        if now[name] != before[name]
    ]

"""What differs between two reports besides their figures: what forbids to compare them, and what explains a change."""

from lidarsel.contracts import ReportFile
from lidarsel.printable import printable
from lidarsel.report.words import count

_DIGITS = 12
"""Of a fingerprint or hash: enough to tell two apart by eye."""


def differences(now: ReportFile, before: ReportFile) -> list[str]:
    """What makes two reports incomparable, as "metric mae instead of rmse"; empty where nothing does."""
    found = _unlike(_question(now), _question(before))
    return [*_content(now, before), *found]


def _content(now: ReportFile, before: ReportFile) -> list[str]:
    """What differs in the content of the frames that both were judged on."""
    silent = [
        f"{name} (lidarsel {printable(report.lidarsel_version)})"
        for name, report in (("the report", now), ("the baseline", before))
        if not report.frame_digests
    ]
    if silent:
        return [f"{silent[0]} does not say what its frames contained"]
    was = dict(zip(before.frames, before.frame_digests, strict=True))
    other = [
        frame for frame, digest in zip(now.frames, now.frame_digests, strict=True) if was.get(frame, digest) != digest
    ]
    if not set(now.frames) & set(before.frames):
        return [f"data {printable(now.data)} instead of {printable(before.data)}: no frame is in both"]
    if other:
        return [f"other data in {count(len(other), 'frame')} of {len(now.frames)}, first {printable(other[0])}"]
    return []


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

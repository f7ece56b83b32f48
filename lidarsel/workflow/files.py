"""The files that stages leave, built of a stage's result and of what made it: the one place where the two meet."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from lidarsel.cautions import Caution, by_severity
from lidarsel.choices import LineFormat
from lidarsel.contracts import LinesFile, Provenance, ReportFile, ValuesFile, write_contract
from lidarsel.criterion import criterion
from lidarsel.datasets.base import Dataset
from lidarsel.report.line_files import lines_csv, lines_path, lines_ros
from lidarsel.report_choice import ChoiceStability
from lidarsel.report_rows import PerFrameRow
from lidarsel.selection.room import Members
from lidarsel.texts import json_text, yaml_text
from lidarsel.workflow.judging import Judgement
from lidarsel.workflow.valuing import LineValues
from lidarsel.writing import write_bytes


def values_file(values: LineValues, made: Provenance, per_frame: str = "values.npz") -> ValuesFile:
    """``values.json``'s content. per_frame: the name of the .npz beside it."""
    estimate = values.estimate
    return ValuesFile(
        **msgspec.structs.asdict(made),
        metric=values.metric,
        unit=criterion(values.metric).unit,
        estimator=values.estimator,
        n_lines=len(values.elevation_deg),
        n_frames=len(values.frames),
        n_evaluations=estimate.n_evaluations,
        stopped=estimate.stopped,
        value_empty=float(estimate.value_empty),
        value_full=float(estimate.value_full),
        mean=estimate.mean.tolist(),
        choosing_mean=[] if values.choosing_mean is estimate.mean else values.choosing_mean.tolist(),
        standard_error=estimate.standard_error.tolist(),
        degrees_of_freedom=float(estimate.degrees_of_freedom) if len(values.frames) > 1 else None,
        elevation_deg=values.elevation_deg.tolist(),
        elevation_kind=values.elevation_kind,
        points_per_line=values.points_per_line.tolist(),
        sensor=values.sensor,
        frames=values.frames,
        per_frame=per_frame,
    )


def write_values(path: Path, values: LineValues, made: Provenance) -> ValuesFile:
    """Write ``values.json`` and the .npz beside it, and give what was written. Raises OutputError."""
    npz, estimate = path.with_suffix(".npz"), values.estimate
    file = values_file(values, made, npz.name)
    buffer = io.BytesIO()
    empty, full = estimate.value_empty_per_frame, estimate.value_full_per_frame
    np.savez(buffer, mean=estimate.per_frame, value_empty=empty, value_full=full)
    write_bytes(npz, buffer.getvalue())
    write_contract(path, file)
    return file


def lines_file(
    values: ValuesFile, made: Provenance, method: str, lines: Members, doubts: Sequence[str] = ()
) -> LinesFile:
    """``lines.yaml``'s content.

    Args:
        values: what the lines were chosen by.
        made: what made the file.
        method: what chose them.
        lines: the chosen ones.
        doubts: why they may be of no use.
    """
    return LinesFile(
        **msgspec.structs.asdict(made),
        sensor=values.sensor,
        n_lines=values.n_lines,
        elevation_deg=[round(angle, 4) for angle in values.elevation_deg],
        elevation_kind=values.elevation_kind,
        method=method,
        budget=len(lines),
        lines=list(lines),
        line_elevation_deg=[round(values.elevation_deg[line], 4) for line in lines],
        chosen_on_frames=values.frames,
        doubts=list(doubts),
    )


def write_lines(first: Path, files: Sequence[LinesFile], kind: LineFormat | None = None) -> list[Path]:
    """Write a file for each budget: the first where asked, -K before the ending for the others. Raises OutputError.

    kind: what is written, whatever the ending; None is YAML or JSON by the ending.
    """
    paths = [lines_path(first, file.budget, files[0].budget) for file in files]
    for path, file in zip(paths, files, strict=True):
        if kind is None:
            write_contract(path, file)
        else:
            write_bytes(path, _LINE_TEXTS[kind](file).encode())
    return paths


_LINE_TEXTS: dict[LineFormat, Callable[[LinesFile], str]] = {
    "yaml": yaml_text,
    "json": json_text,
    "csv": lines_csv,
    "ros": lines_ros,
}


def report_file(
    judgement: Judgement,
    made: Provenance,
    dataset: Dataset,
    notes: Sequence[str],
    per_frame: Sequence[PerFrameRow] = (),
    doubts: Sequence[str] = (),
    stability: Sequence[ChoiceStability] = (),
    cautions: Sequence[Caution] = (),
) -> ReportFile:
    """``report.json``'s content.

    Args:
        judgement: rows, and the frames they are on.
        made: what made the file.
        dataset: the data that was judged on.
        notes: how it was made.
        per_frame: what choosing anew for every frame gained, where it was asked for.
        doubts: why the answer may be of no use.
        stability: how sure the choice is, where there was one.
        cautions: what weakens it, apart from what its rows and frames say themselves.
    """
    return ReportFile(
        **msgspec.structs.asdict(made),
        sensor=dataset.sensor,
        n_lines=dataset.n_lines,
        elevation_deg=[round(float(angle), 4) for angle in dataset.elevation_deg],
        elevation_kind=dataset.elevation_kind,
        metric=judgement.metric,
        ground_truth=dataset.ground_truth,
        frames=judgement.frames,
        frame_digests=judgement.frame_digests,
        chosen_on_frames=judgement.chosen_on_frames,
        same_frames=bool(set(judgement.frames) & set(judgement.chosen_on_frames)),
        chosen_method=judgement.chosen.method,
        chosen_budget=len(judgement.chosen.lines),
        intervals_between=judgement.intervals_between,
        notes=list(notes),
        rows=judgement.rows,
        per_frame=list(per_frame),
        stability=list(stability),
        doubts=list(doubts),
        cautions=by_severity(cautions),
        lines_in_image=int((judgement.points_per_line > 0).sum()),
    )


def provenance_of(file: Provenance, command: str) -> Provenance:
    """The provenance of what is made from a file alone: the same data, network and seed, another command."""
    kept = {key: getattr(file, key) for key in Provenance.__struct_fields__}
    return Provenance(**{**kept, "command": command})

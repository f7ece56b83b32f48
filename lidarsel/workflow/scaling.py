"""A ladder of networks: trained, here or on a cluster, judged on the same frames, and the law of them fitted."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from hashlib import sha256
from itertools import product
from pathlib import Path

import msgspec

from lidarsel.cautions import Caution, by_severity
from lidarsel.completion.device import pick_device
from lidarsel.contracts import FORMAT_VERSION
from lidarsel.crop_loss import crop_cautions, crop_notes
from lidarsel.datasets.damage import damage_notes
from lidarsel.ending import tell
from lidarsel.errors import LidarselError, OutputError, UsageError
from lidarsel.evaluation.engine_choice import IN_PROCESS, EngineChoice
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.ray_cluster import Slots
from lidarsel.places import require_folder_place
from lidarsel.planning.ladder import LadderNetwork, ScaledLadder
from lidarsel.planning.ladder_files import LadderRecord, LadderRunFile, keep_record
from lidarsel.planning.law_file import LadderRun, LawFile, LawSplit, write_law
from lidarsel.planning.law_fit import FEWEST_NETWORKS, fit_law
from lidarsel.planning.law_options import LawLimits
from lidarsel.planning.law_plan import make_law_plan
from lidarsel.progress import planned, step
from lidarsel.read_settings import READING
from lidarsel.scale_settings import ScaleSettings
from lidarsel.shrinking.timing import milliseconds
from lidarsel.workflow.ladder_frames import drive_cautions
from lidarsel.workflow.ladder_opening import open_ladder
from lidarsel.workflow.ladder_run import METHOD, SPLIT, LadderJob
from lidarsel.workflow.ladder_rungs import Rung, size_of
from lidarsel.workflow.ladder_spread import made_runs, spread
from lidarsel.workflow.ladder_worker import LadderSpec
from lidarsel.workflow.runfolder import STORE
from lidarsel.workflow.session import Source, open_session
from lidarsel.writing import alone

_SHARED = ("steps", "held_out", "seed", "crop", *(name for name in READING if name != "view"))
"""Settings that all networks of a ladder must have in common."""


def ladder_folder(out: Path) -> Path:
    """Where a law's networks go: beside it."""
    return out.with_name(out.name.removesuffix(out.suffix) + ".ladder")


def scale(
    data: Path, settings: ScaleSettings, out: Path, command: str, engine: EngineChoice = IN_PROCESS
) -> ScaledLadder:
    """Train what the ladder lacks, fit its law and write it; interrupted, the same command goes on.

    Args:
        data: the data's folder.
        settings: which networks, and all that decides them.
        out: the law's file, .json. The networks go into a folder beside it.
        command: the command line, for the files.
        engine: where networks are trained.

    Raises:
        BadInputError: the data cannot be used, or are too few.
        UsageError: the ladder is too short for a law, the folder has one of other settings, or the engine cannot be
            had.
        LidarselError: a network cannot be trained, which is named; those that were are kept.
        OutputError: a file cannot be written, or another process is at this ladder.
    """
    folder = ladder_folder(out)
    require_folder_place(folder)
    if out.suffix != ".json":
        raise UsageError(f"{out}: a law is a .json file; give -o that ending")
    n_networks = len(settings.widths) * len(settings.experts) * len(settings.frames)
    if n_networks < FEWEST_NETWORKS:
        raise UsageError(
            f"--widths, --experts and --frames make {n_networks} networks, a law needs {FEWEST_NETWORKS}; give more"
        )
    device = pick_device(settings.device)
    opened = open_ladder(data, settings, device)
    source, judging, dataset = opened.source, opened.judging, opened.source.dataset
    for doubt in dataset.doubts:
        tell(f"warning: {doubt}")
    image = judging.frame(0).size
    wanted = product(sorted(settings.widths), sorted(settings.experts))
    sizes = [size_of(width, experts, settings.granularity, image, device) for width, experts in wanted]
    rungs = [Rung(size, frames) for size in sizes for frames in sorted(settings.frames)]
    with alone(out, folder / ".lock"):
        keep_record(folder, _record(source))
        with open_session(source, folder / STORE) as session:
            job = LadderJob(session, judging, opened.frames, settings, folder, command, opened.numbers)
            runs, n_trained = _climb(job, rungs, engine)
        cut = judging.crop_loss()
        cautions = by_severity([*dataset.cautions, *crop_cautions(cut), *drive_cautions(dataset, opened.frames)])
        content = _law(source, judging, [run.run for run in runs], cautions, command)
        with step("fitting the law", 1) as advance:
            content = msgspec.structs.replace(content, fits=[fit_law(content, SPLIT, out)])
            write_law(out, content)
            plan = make_law_plan(content, out, SPLIT, None, LawLimits())
            advance(1, 1)
    taken = milliseconds([size.untrained(device) for size in sizes], image)
    ms = {(size.width, size.experts): each.total for size, each in zip(sizes, taken, strict=True)}
    return ScaledLadder(
        law=out,
        folder=folder,
        n_trained=n_trained,
        n_held_out=len(judging),
        networks=[LadderNetwork(each.width, ms[each.width, each.run.experts], each.run) for each in runs],
        plan=plan,
        notes=[*dataset.notes, *damage_notes(dataset), *crop_notes(cut)],
        cautions=cautions,
    )


def _climb(job: LadderJob, rungs: Sequence[Rung], engine: EngineChoice) -> tuple[list[LadderRunFile], int]:
    """The runs of all rungs, and how many of them were made now."""
    known = {rung.name: job.known(rung) for rung in rungs}
    missing = [rung for rung in rungs if known[rung.name] is None]
    with engine.slots(job.session.source.device) if missing else nullcontext() as slots:
        made = _made_here(job, missing) if slots is None else _made_there(job, missing, slots)
    return [known[rung.name] or made[rung.name] for rung in rungs], len(missing)


def _made_here(job: LadderJob, rungs: Sequence[Rung]) -> dict[str, LadderRunFile]:
    """The runs of rungs by their names, one after the other."""
    made = {}
    with planned([each for rung in rungs for each in job.planned(rung)], "steps in all"):
        for rung in rungs:
            try:
                made[rung.name] = job.made(rung)
            except LidarselError as error:
                raise LidarselError(f"{rung.title}: {error}") from error
    return made


def _made_there(job: LadderJob, rungs: Sequence[Rung], slots: Slots) -> dict[str, LadderRunFile]:
    """The runs of rungs by their names, on the workers of a cluster, no more of them than rungs."""
    from lidarsel.workflow.ladder_ray import RayTrainers  # needs Ray, which is known to be there by now

    trainers = RayTrainers(LadderSpec.of(job), replace(slots, count=min(slots.count, len(rungs))))
    ended = spread(trainers, rungs, {rung.name: job.planned(rung) for rung in rungs}, job.settings.steps)
    made = made_runs(rungs, ended)
    if not all(job.is_there(rung) for rung in rungs):
        problem, remedy = "has not what workers made in it", "give -o on a disk that all machines share"
        raise OutputError(job.folder, problem, remedy)
    return made


def _record(source: Source) -> LadderRecord:
    values = msgspec.to_builtins(source.settings)
    told = {name: values[name] for name in _SHARED}
    return LadderRecord(
        format_version=FORMAT_VERSION,
        data_fingerprint=source.dataset.fingerprint,
        device=source.device.split(":")[0],
        settings={name: None if value is None else _typed(value) for name, value in told.items()},
    )


def _typed(value: object) -> str:
    """A setting as a user would type it."""
    return "x".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _law(source: Source, judging: LineGame, runs: list[LadderRun], cautions: list[Caution], command: str) -> LawFile:
    provenance = msgspec.structs.asdict(source.provenance(command, judging))
    every = sha256("".join(run.network_sha256 for run in runs).encode()).hexdigest()
    told = {"network": f"lidarsel, {len(runs)} of a ladder", "network_sha256": every}
    split = LawSplit(
        name=SPLIT,
        data=str(source.data),
        data_fingerprint=provenance["data_fingerprint"],
        n_frames=len(judging),
    )
    return LawFile(
        **{**provenance, **told},
        method=METHOD,
        image=judging.frame(0).size,
        cautions=tuple(cautions),
        splits=[split],
        runs=runs,
        fits=[],
    )

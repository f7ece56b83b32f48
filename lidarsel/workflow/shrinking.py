"""Making a network smaller: rank its channels, cut those worth least for what they cost, retrain, judge every step."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lidarsel.cautions import by_severity
from lidarsel.completion.base import CompletionNetwork
from lidarsel.completion.lidarsel_net.checkpoint import save_network
from lidarsel.completion.lidarsel_net.ensemble import require_one
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.confidence import independent_groups
from lidarsel.errors import UsageError
from lidarsel.evaluation.channel_game import ChannelChoice, channel_units
from lidarsel.evaluation.line_game import LineGame
from lidarsel.evaluation.line_numbers import line_numbers, mean_mm
from lidarsel.places import require_folder_place, require_writable
from lidarsel.progress import planned, step
from lidarsel.shrink_files import (
    ImportanceFile,
    InParts,
    LayerWidth,
    NetworkStep,
    ShrinkFile,
    StepName,
    UnitImportance,
    write_json,
)
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.shrinking.allocation import Stage, ways_down
from lidarsel.shrinking.timing import milliseconds
from lidarsel.shrinking.work import Amount, Work
from lidarsel.workflow.agreement_of_lines import line_agreement, with_network
from lidarsel.workflow.channel_session import open_channels
from lidarsel.workflow.deciding import require_telling
from lidarsel.workflow.expected_shrinking import judging_title, shrinking_steps
from lidarsel.workflow.judging_networks import error_rows, errors_at_lines, require_other_truth
from lidarsel.workflow.ranking_channels import ChannelScores, by_ranking, by_shapley, radii_of
from lidarsel.workflow.retraining import retrain, trainable
from lidarsel.workflow.runfolder import STORE
from lidarsel.workflow.session import Session, Source, open_session, open_source
from lidarsel.workflow.shrinking_target import BYTES_A_WEIGHT, cost_of, cut_to, stage_wanted
from lidarsel.writing import write_bytes


@dataclass(frozen=True)
class ShrunkNetwork:
    """What was made. folder: of the report."""

    report: ShrinkFile
    importance: ImportanceFile
    weights: Path
    folder: Path


def report_folder(out: Path) -> Path:
    """Where the report of a smaller network goes: beside its weights."""
    return out.with_name(out.name.removesuffix(out.suffix) + ".shrink")


def shrink(data: Path, settings: ShrinkSettings, out: Path, command: str) -> ShrunkNetwork:
    """Write a smaller network and the report on it; interrupted, the same command goes on.

    Args:
        data: the data's folder.
        settings: all that decides the result.
        out: the file to write: .safetensors of lidarsel's own network, .pt2 of a user's. The report goes into a folder
            beside it.
        command: the command line, for the files.

    Raises:
        BadInputError: data or weights cannot be used.
        UsageError: the network cannot be cut, or not as far as asked for.
        OutputError: a file cannot be written.
    """
    folder = report_folder(out)
    require_folder_place(folder)
    ours = settings.network == "lidarsel" or settings.network.endswith(".safetensors")
    ending = ".safetensors" if ours else ".pt2"
    if out.suffix != ending:
        raise UsageError(f"{out}: a smaller {settings.network} network is a {ending} file; give -o that ending")
    source = open_source(data, settings)
    whole = source.network
    require_one(whole, settings.weights)
    choice = _choice(source, settings)
    channel_units(whole, choice)
    if settings.retrain:
        trainable(whole)
    require_other_truth(source.dataset, data)
    require_writable(folder / STORE)
    choosing, judging = source.games()
    choosing = choosing.of_frames(require_telling(choosing, settings.metric))
    folder.mkdir(parents=True, exist_ok=True)
    with planned(shrinking_steps(choosing, judging, settings)):
        return _shrink(source, choosing, judging, choice, settings, out, command)


def _shrink(
    source: Source,
    choosing: LineGame,
    judging: LineGame,
    choice: ChannelChoice,
    settings: ShrinkSettings,
    out: Path,
    command: str,
) -> ShrunkNetwork:
    """What is left to do once everything is known to fit."""
    whole, folder = source.network, report_folder(out)
    scores = _scores(source, choosing.frames, choice, settings, folder / STORE)
    size = _size(choosing)
    work = Work(whole, size)
    stages = list(
        ways_down(
            scores.units,
            scores.score,
            work,
            settings.step_channels,
            lambda widths: cost_of(work, settings, widths),
        )
    )
    with open_session(source, folder / STORE) as session:

        def error_mm(network: CompletionNetwork) -> float:
            return mean_mm(_errors(session, choosing, network, "trying how far to go").mean(0))

        stage = stage_wanted(stages, settings, work, lambda at: cut_to(whole, scores.units, at), error_mm, size)
        cut = cut_to(whole, scores.units, stage)
        networks: dict[StepName, CompletionNetwork] = {"whole": whole, "cut": cut}
        if settings.retrain:
            networks["retrained"] = retrain(
                cut, whole, source, choosing.frames, settings, folder / "retrained.safetensors", command
            )
        smallest = networks.get("retrained", cut)
        agreement = line_agreement(session, choosing, judging, whole, smallest)
        steps = _steps(session, judging, networks, work, stage, size)
    report = ShrinkFile(
        **msgspec.structs.asdict(source.provenance(command, judging)),
        weights=out.name,
        by=settings.by,
        norm_groups=settings.norm_groups,
        step_channels=settings.step_channels,
        sets_per_image=settings.sets_per_image,
        target=settings.target,
        layers=[LayerWidth(name=name, before=work.whole[name], after=left) for name, left in stage.widths.items()],
        steps=steps,
        lines=agreement,
        frames=list(judging.frame_ids),
        ranked_on_frames=list(choosing.frame_ids),
        intervals_between=independent_groups(judging.drives).kind,
        retrain_steps=settings.retrain if "retrained" in networks else 0,
        retrained_on=(settings.retrain_on or str(source.data)) if "retrained" in networks else None,
        distilled=settings.distil and "retrained" in networks,
        notes=source.notes(judging),
        cautions=by_severity(source.cautions(judging)),
    )
    importance = ImportanceFile(
        **msgspec.structs.asdict(source.provenance(command, choosing)),
        by=settings.by,
        unit=scores.unit,
        norm_groups=settings.norm_groups,
        degrees_of_freedom=scores.degrees_of_freedom,
        n_evaluations=scores.n_evaluations,
        units=_units(scores, stage.present),
    )
    with step("writing the report", 1) as advance:
        from lidarsel.report.page.shrink_page import write_shrink_report

        write_json(folder / "importance.json", importance)
        write_json(folder / "report.json", report)
        write_shrink_report(folder, report, importance)
        _save(smallest, out, size, {"command": command, "cut_from": whole.sha256, "data": str(source.data)})
        advance(1, 1)
    return ShrunkNetwork(report, importance, out, folder)


def _scores(
    source: Source, frames: list[int], choice: ChannelChoice, settings: ShrinkSettings, store: Path
) -> ChannelScores:
    if settings.by != "shapley":
        return by_ranking(source, frames, choice, settings)
    with open_channels(source, choice, store) as session:
        return by_shapley(session, frames, settings)


def _choice(source: Source, settings: ShrinkSettings) -> ChannelChoice:
    """Every layer, or those with radii, on frames with every number of lines that networks are judged at."""
    numbers = line_numbers(source.dataset.n_lines)
    return ChannelChoice(
        norm_groups=settings.norm_groups,
        budgets=tuple("all" if number is None else number for number in numbers),
        seed=settings.seed,
        layers=tuple(radii_of(source.network)) if settings.by == "radius" else None,
    )


def _save(network: CompletionNetwork, out: Path, size: tuple[int, int], about: Mapping[str, str]) -> None:
    """As a file that every command takes: weights of lidarsel's network, a program of another one."""
    if isinstance(network, FrozenLidarselNet):
        save_network(network.network, out, about)
    else:
        from lidarsel.completion.export import export_program, to_pt2

        write_bytes(out, to_pt2(export_program(network, size)))


def _errors(session: Session, game: LineGame, network: CompletionNetwork, title: str) -> NDArray[np.float64]:
    return errors_at_lines(session.stored(with_network(game, network), "rmse"), title)


def _steps(
    session: Session,
    judging: LineGame,
    networks: Mapping[StepName, CompletionNetwork],
    work: Work,
    stage: Stage,
    size: tuple[int, int],
) -> list[NetworkStep]:
    taken = milliseconds(list(networks.values()), size)
    steps = []
    for (name, network), ms in zip(networks.items(), taken, strict=True):
        widths = {} if name == "whole" else stage.widths
        errors = _errors(session, judging, network, judging_title(name))
        weights = work.parameters(widths)
        steps.append(
            NetworkStep(
                name=name,
                network_sha256=network.sha256,
                macs=_in_parts(work.macs(widths)),
                parameters=_in_parts(weights),
                ms=_in_parts(ms),
                n_bytes=round(BYTES_A_WEIGHT * weights.total),
                errors=error_rows(errors, judging.n_lines, judging.drives),
            )
        )
    return steps


def _in_parts(amount: Amount) -> InParts:
    return InParts(encoder=amount.encoder, coalition=amount.coalition)


def _units(scores: ChannelScores, present: NDArray[np.bool_]) -> list[UnitImportance]:
    errors = [None] * len(scores.units) if scores.standard_error is None else scores.standard_error.tolist()
    return [
        UnitImportance(
            layer=unit.layer, channels=list(unit.channels), score=score, standard_error=error, kept=bool(kept)
        )
        for unit, score, error, kept in zip(scores.units, scores.score.tolist(), errors, present, strict=True)
    ]


def _size(game: LineGame) -> tuple[int, int]:
    """(H, W) of the first frame as the network sees it."""
    return game.frame(0).size

"""How small a network becomes: the settings' target, met by the first or the last stage on the way down."""

from collections.abc import Callable, Sequence

from lidarsel.completion.base import CompletionNetwork, CutsChannels
from lidarsel.completion.units import Unit, kept_of
from lidarsel.shrink_settings import ShrinkSettings
from lidarsel.shrinking.allocation import Stage
from lidarsel.shrinking.target import first_small_enough, last_accurate_enough
from lidarsel.shrinking.timing import milliseconds
from lidarsel.shrinking.work import Widths, Work

BYTES_A_WEIGHT = 4


def cut_to(network: CompletionNetwork, units: Sequence[Unit], stage: Stage) -> CompletionNetwork:
    """The network with what is left at a stage."""
    assert isinstance(network, CutsChannels)
    return network.cut(kept_of(network.couplings, units, stage.present))


def cost_of(work: Work, settings: ShrinkSettings, widths: Widths) -> float:
    """What channels have to be worth: weights where the size of the file was asked for, else MACs."""
    if settings.most_bytes() is not None:
        return work.parameters(widths).total
    return work.macs(widths).of_image(settings.sets_per_image)


def stage_wanted(
    stages: Sequence[Stage],
    settings: ShrinkSettings,
    work: Work,
    cut: Callable[[Stage], CompletionNetwork],
    error_mm: Callable[[CompletionNetwork], float],
    size: tuple[int, int],
) -> Stage:
    """Where to stop.

    Args:
        stages: the way down, whole first.
        settings: what was asked for.
        work: of the whole network.
        cut: the network at a stage.
        error_mm: of a network, on the frames that channels were ranked on.
        size: (H, W) of the images, for timing.

    Raises:
        UsageError: the smallest network there is, is larger than what was asked for.
    """
    step = settings.step_channels
    otherwise = f", or a --round below {step}" if step > 1 else ""
    if settings.max_rmse_ratio is not None:
        most = settings.max_rmse_ratio * error_mm(cut(stages[0]))
        return last_accurate_enough(stages, lambda stage: error_mm(cut(stage)), most)
    if settings.ms is not None:
        return first_small_enough(
            stages,
            lambda stage: milliseconds([cut(stage)], size)[0].of_image(settings.sets_per_image),
            settings.ms,
            settings.target,
            lambda ms: f"{ms:.1f} ms",
            otherwise,
        )
    most_bytes = settings.most_bytes()
    if most_bytes is not None:
        return first_small_enough(
            stages,
            lambda stage: BYTES_A_WEIGHT * work.parameters(stage.widths).total,
            most_bytes,
            settings.target,
            lambda n_bytes: f"{n_bytes / 1e6:.2f}MB",
            otherwise,
        )
    whole = stages[0].macs.of_image(settings.sets_per_image)
    most_macs = settings.most_macs(whole)
    assert most_macs is not None
    return first_small_enough(
        stages,
        lambda stage: stage.macs.of_image(settings.sets_per_image),
        most_macs,
        settings.target,
        lambda macs: f"{macs / whole:.1%} of the MACs ({macs / 1e9:.3g}G)",
        otherwise,
    )

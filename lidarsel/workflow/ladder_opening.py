"""What a ladder of networks is trained and judged on, opened and found to be enough for a law."""

from dataclasses import dataclass
from pathlib import Path

from lidarsel.completion.lidarsel_net.design import Design
from lidarsel.completion.lidarsel_net.frozen import FrozenLidarselNet
from lidarsel.completion.lidarsel_net.network import LidarselNet
from lidarsel.errors import BadInputError
from lidarsel.evaluation.line_game import LineGame
from lidarsel.planning.laws.choosing import FEWEST_LINES
from lidarsel.scale_settings import ScaleSettings
from lidarsel.workflow.judging_networks import require_other_truth
from lidarsel.workflow.ladder_frames import LadderFrames, ladder_frames
from lidarsel.workflow.ladder_run import judged_numbers
from lidarsel.workflow.sanity import require_lines_in_image
from lidarsel.workflow.session import Source, open_usable, source_of


@dataclass(frozen=True)
class LadderData:
    """What all networks of a ladder have in common.

    Attributes:
        source: the opened data, and any network. frames: the split. judging: the game on the held-out frames.
        numbers: of lines, that networks are judged with.
    """

    source: Source
    frames: LadderFrames
    judging: LineGame
    numbers: tuple[int, ...]


def open_ladder(data: Path, settings: ScaleSettings, device: str) -> LadderData:
    """Open the data, split them, and look at all frames that networks are judged on.

    Args:
        data: the data's folder.
        settings: how they are read and split.
        device: a torch device by name.

    Raises:
        BadInputError: the data cannot be used, or are too few.
        UsageError: more frames to train on are asked for than there are.
    """
    dataset = open_usable(data, settings)
    require_other_truth(dataset, data)
    frames = ladder_frames(dataset, data, settings)
    any_network = FrozenLidarselNet(LidarselNet(Design.of_width(min(settings.widths))), device)
    source = source_of(data, dataset, any_network, device, settings)
    judging = source.game(frames.judging)
    return LadderData(source, frames, judging, _numbers(judging, data))


def _numbers(judging: LineGame, data: Path) -> tuple[int, ...]:
    """Of lines, that networks are judged with. Raises BadInputError where these are too few for a law."""
    points = judging.points_per_line()
    require_lines_in_image(data, points)
    numbers = judged_numbers(judging.n_lines, int((points > 0).sum()))
    with_lines = [str(number) for number in numbers if number]
    if len(with_lines) < FEWEST_LINES:
        raise BadInputError(
            data,
            f"has {numbers[-1]} lines in its images: networks are judged with {', '.join(with_lines)} of them, and a "
            f"law needs {FEWEST_LINES} numbers of lines",
            "give data of a sensor of more lines",
        )
    return numbers

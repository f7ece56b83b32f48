"""The command that tells what a fleet's streets are like, without giving its logs away."""

from pathlib import Path
from typing import Annotated

from lidarsel.commands.console import loading, show
from lidarsel.commands.opening import data_folder
from lidarsel.commands.options import Data
from lidarsel.commands.places import out_file
from lidarsel.commands.takes import takes
from lidarsel.options import OUTPUT
from lidarsel.profiles.settings import ProfileSettings
from lidarsel.read_settings import READING
from lidarsel.settings import RunSettings


@takes(ProfileSettings)
@takes(RunSettings, only=READING, without=("view", "ground_truth"))
def profile(
    data: Data,
    settings: ProfileSettings,
    reading: RunSettings,
    out: Annotated[Path, out_file("-o", "--out", help="Profile to write.", rich_help_panel=OUTPUT)] = Path(
        "fleet.safetensors"
    ),
) -> None:
    """What the streets of a fleet are like, in a few numbers that the simulator can be fitted to.

    With --epsilon they tell next to nothing of any one drive, and may leave the house (docs/profile.md).
    """
    with loading():
        from lidarsel.workflow.profiling import profile_data

    made = profile_data(data_folder(data), reading.read_options(), settings, out)
    facts = made.facts
    show(f"profile: {out}, of {facts.n_units} {facts.unit}{'s' * (facts.n_units != 1)}")
    if made.noise_length > 1:
        show(
            f"caution: the noise on it is {made.noise_length:.2g} times as long as any drives' mean can be; more "
            "drives or a larger --epsilon make it tell something"
        )
    if made.statement is None:
        show("it promises nothing to anybody: give --epsilon for one that may be shared")
    else:
        show(f"what it promises: lidarsel privacy {out}")
    show(f"streets like these: lidarsel simulate OUT --like {out}")

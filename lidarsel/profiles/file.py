"""The file of a profile: a short vector, and in its metadata what it is of and what it promises."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from lidarsel import __version__
from lidarsel.choices import PrivacyUnit, ProfileFeatures
from lidarsel.completion.tensor_files import read_safetensors, write_safetensors
from lidarsel.errors import BadInputError
from lidarsel.privacy.statement import METADATA_KEY, PrivacyStatement, count_answer_again, statement_in
from lidarsel.profiles.pool import shipped_pool
from lidarsel.reading import read_whole

FORMAT_VERSION = 1
PROFILE_KEY = "street_profile"
_MEAN = "mean"
_MOST_DEVIATIONS = 10
"""Of the noise's length: more never happens."""
_REMEDY = "give a file that lidarsel profile made"
_UnitCount = Annotated[int, msgspec.Meta(ge=1, lt=1 << 53)]


class ProfileFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a profile is of; nothing of it tells of the data but their number, which is public.

    pool_sha256: of the constants that it is told by. promise: a sentence.
    """

    format_version: int
    lidarsel_version: str
    features: ProfileFeatures
    dimensions: int
    unit: PrivacyUnit
    n_units: _UnitCount
    pool_sha256: str
    promise: str


@dataclass(frozen=True, eq=False)
class StreetProfile:
    """mean: float64 (k,), over units. statement: None where nothing is promised. sha256: of the file."""

    facts: ProfileFacts
    mean: NDArray[np.float64]
    statement: PrivacyStatement | None
    sha256: str = ""

    @property
    def noise_length(self) -> float:
        """Of the noise on the mean, root mean square; without noise the mean has a length of 1 at most."""
        if self.statement is None:
            return 0.0
        noise = self.statement.ledger.entries[0].noise_multiplier / self.statement.n_units
        return float(noise * len(self.mean) ** 0.5)


def profile_facts(features: ProfileFeatures, unit: PrivacyUnit, n_units: int, private: bool) -> ProfileFacts:
    """Of a profile that this program makes."""
    pool = shipped_pool(features)
    promise = "see the statement on privacy" if private else "nothing: made without noise, it may tell of any drive"
    return ProfileFacts(
        format_version=FORMAT_VERSION,
        lidarsel_version=__version__,
        features=features,
        dimensions=pool.means.shape[1],
        unit=unit,
        n_units=n_units,
        pool_sha256=pool.sha256,
        promise=promise,
    )


def write_profile(path: Path, profile: StreetProfile) -> None:
    """Raises OutputError for a place that cannot be written."""
    metadata = {PROFILE_KEY: msgspec.json.encode(profile.facts).decode()}
    if profile.statement is not None:
        metadata[METADATA_KEY] = msgspec.json.encode(profile.statement).decode()
    write_safetensors({_MEAN: torch.from_numpy(profile.mean)}, path, metadata)


def read_profile(path: Path) -> StreetProfile:
    """Raises BadInputError for a file that is damaged, or none, told by other constants than this program's, or that
    promises what its noise does not keep."""
    content = read_whole(path, _REMEDY)
    tensors, metadata = read_safetensors(path, _REMEDY)
    if PROFILE_KEY not in metadata:
        raise BadInputError(path, "is no street profile", _REMEDY)
    try:
        facts = msgspec.json.decode(metadata[PROFILE_KEY], type=ProfileFacts)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInputError(path, f"is a damaged street profile ({error})", _REMEDY) from None
    if facts.format_version != FORMAT_VERSION:
        raise BadInputError(path, f"is a street profile of format {facts.format_version}, not 1", _REMEDY)
    pool = shipped_pool(facts.features)
    if facts.pool_sha256 != pool.sha256:
        problem = f"was told by other constants than this lidarsel's, those of {facts.lidarsel_version!r}"
        raise BadInputError(path, problem, "use that version, or make the profile anew")
    mean = tensors.get(_MEAN)
    size = pool.means.shape[1]
    if len(tensors) != 1 or mean is None or mean.shape != (size,) or mean.dtype != torch.float64:
        raise BadInputError(path, f"is a damaged street profile: its mean is not {size} numbers", _REMEDY)
    if not bool(mean.isfinite().all()):
        raise BadInputError(path, "is a damaged street profile: its mean holds NaN or infinity", _REMEDY)
    statement = statement_in(metadata, path)
    if statement is not None:
        count_answer_again(statement, path)
    told = profile_facts(facts.features, facts.unit, facts.n_units, private=statement is not None)
    if facts != msgspec.structs.replace(told, lidarsel_version=facts.lidarsel_version) or (
        statement is not None and (statement.unit, statement.n_units) != (facts.unit, facts.n_units)
    ):
        raise BadInputError(path, "is a damaged street profile: what it says of itself does not agree", _REMEDY)
    profile = StreetProfile(facts, mean.numpy(), statement, sha256(content).hexdigest())
    if float(mean.norm()) > 1 + 1e-9 + _MOST_DEVIATIONS * profile.noise_length:
        raise BadInputError(path, "is a damaged street profile: its mean is longer than its noise allows", _REMEDY)
    return profile

"""A user's own network behind our protocol: padded, run in passes of one size, and every answer looked at.

What runs may be a PyTorch module, a torch.export program or an ONNX session; ``ForeignModel`` says what it takes.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from lidarsel.completion.base import NoDepthError
from lidarsel.completion.foreign.adaptation import AS_IT_IS, Adaptation, Argument
from lidarsel.completion.foreign.adapted import made_up_inputs
from lidarsel.completion.foreign.metres import why_no_metres
from lidarsel.completion.foreign.outputs import NoOneOutputError, depth_of, spread_of
from lidarsel.completion.passes import in_passes
from lidarsel.completion.spreading import SPREAD
from lidarsel.errors import BadInputError, LidarselError

REMEDY = "it must give finite depths > 0 m, float32 (B, 1, H, W), and keep no state; see docs/own_network.md"
SIZE_MULTIPLE = 16  # what most published networks are: four halvings
GPU_PASS = 4  # coalitions: each takes the memory of a whole image branch
MOST_PADDING = 32  # pixels a side that a file of one fixed size may be larger than the frames,
MOST_PADDING_SHARE = 1 / 8  # or so much of its side, where that is more
_MOST_RAISED = 0.5  # of a frame's pixels: what gives less for most of them gives no depth in metres
_TRIED = 64  # pixels a side of the frame that networks are tried out on


@dataclass(frozen=True)
class ForeignModel:
    """What a user's network is.

    Attributes:
        name: for tables and complaints.
        sha256: hex digest of all that its answers depend on.
        inputs: of INPUTS, those it takes.
        run: those inputs by name, all of one batch -> what should be float32 (B, 1, H, W).
        adaptation: what options say of it.
        state: its weights and buffers, which must stay as they are.
        multiple: what H and W must be a multiple of.
        batch: the one batch size that it takes; None for any.
        size: the one height and the one width that it takes; None for any.
        module: what runs, where that is a PyTorch module (``lidarsel export`` needs it).
        arguments: of the module, what each is made of.
        library: name and version of what runs it; empty for PyTorch.
        notes: what a reader of the results must know of how it was loaded.
        tells_spread: whether it returns a ``spread_m`` beside the depth.
    """

    name: str
    sha256: str
    inputs: tuple[str, ...]
    run: Callable[[Mapping[str, Tensor]], object]
    adaptation: Adaptation = AS_IT_IS
    state: tuple[Tensor, ...] = ()
    multiple: int = SIZE_MULTIPLE
    batch: int | None = None
    size: tuple[int | None, int | None] = (None, None)
    module: nn.Module | None = None
    arguments: tuple[Argument, ...] = ()
    library: str = ""
    notes: tuple[str, ...] = ()
    tells_spread: bool = False


@dataclass(frozen=True)
class FrameInputs:
    """A frame's image, float32 (1, 3, H, W), and intrinsics, float32 (1, 3, 3), as they came; None if not used."""

    image: Tensor | None
    intrinsics: Tensor | None


class ForeignNetwork:
    """A ``CompletionNetwork`` that also ``TellsSpread`` where it returns one.

    Coalitions run in passes of one size (``in_passes``): 1 on a CPU, 4 on a GPU, or the one that a file takes.
    """

    def __init__(self, model: ForeignModel, device: str) -> None:
        self.model = model
        self.name = model.name
        self.sha256 = model.sha256
        self.device = torch.device(device)
        self.uses_image = "image" in model.inputs
        self.uses_intrinsics = "intrinsics" in model.inputs
        self.notes = model.notes
        self.tells_spread = model.tells_spread
        self._versions = [tensor._version for tensor in model.state]
        self.coalitions_a_pass = model.batch or (1 if self.device.type == "cpu" else GPU_PASS)

    @property
    def rounds_by(self) -> str:
        """Whose network it is decides what it does with threads: nobody knows that their number changes no bit."""
        threads = f"{torch.get_num_threads()} threads" if self.device.type == "cpu" else ""
        return ", ".join(part for part in (self.model.library, threads) if part)

    def encode(self, image: Tensor | None, intrinsics: Tensor | None = None) -> FrameInputs:
        """As the protocol says. Raises ValueError where the network needs what is not there."""
        if self.uses_image and (image is None or image.ndim != 4 or image.shape[:2] != (1, 3)):
            raise ValueError("the network needs one RGB image (1, 3, H, W)")
        if self.uses_intrinsics and (intrinsics is None or intrinsics.shape != (1, 3, 3)):
            raise ValueError("the network needs intrinsics (1, 3, 3)")
        given = {"image": image, "intrinsics": intrinsics}
        here = {name: None if x is None else x.to(self.device, torch.float32) for name, x in given.items()}
        return FrameInputs(**{name: x if name in self.model.inputs else None for name, x in here.items()})

    @torch.inference_mode()
    def complete(self, features: FrameInputs, sparse_depth_m: Tensor) -> Tensor:
        """As the protocol says. Raises NoDepthError naming the network where it fails or its answer is no depth."""
        return self._answers(features, sparse_depth_m, with_spread=False)

    @torch.inference_mode()
    def complete_with_spread(self, features: FrameInputs, sparse_depth_m: Tensor) -> tuple[Tensor, Tensor]:
        """As ``TellsSpread`` says. Raises NoDepthError as ``complete``, and where the spread is none."""
        both = self._answers(features, sparse_depth_m, with_spread=True)
        return both[:, :1], both[:, 1:]

    def _answers(self, features: FrameInputs, sparse_depth_m: Tensor, with_spread: bool) -> Tensor:
        """(B, 1, H, W) depths, or (B, 2, H, W) with the spread of each."""
        sparse_depth_m = sparse_depth_m.to(self.device, torch.float32)
        height, width = sparse_depth_m.shape[-2:]
        top, right = padding = self.padding(height, width)
        starts = itertools.count(0, self.coalitions_a_pass)

        def run(part: Tensor) -> Tensor:
            given = self.padded(part, features.image, padding)
            if features.intrinsics is not None:
                given["intrinsics"] = features.intrinsics.repeat(len(part), 1, 1)
                given["intrinsics"][:, 1, 2] += top  # the principal point's row, now that there are rows above
            rows = range(next(starts), len(sparse_depth_m))
            try:
                returned = self._run(given)
                shape = (len(part), 1, height + top, width + right)
                depth_m = self._checked(returned, shape)[:, :, top:, :width]
                _require_metres(depth_m, part)
                if with_spread:
                    spread_m = self._checked_spread(returned, shape)[:, :, top:, :width]
                    return torch.cat([depth_m, spread_m], 1)
            except _PassError as error:
                # Of a whole pass the coalition with the fewest measured pixels is the likeliest to be at fault.
                row = int(part.flatten(1).count_nonzero(1).argmin()) if error.row is None else error.row
                row = rows[min(row, len(rows) - 1)]
                raise NoDepthError(self.name, str(error), REMEDY, row, error.whatever_lines) from error.__cause__
            return depth_m

        return in_passes(run, sparse_depth_m, self.coalitions_a_pass, (1 + with_spread, height, width))

    @torch.inference_mode()
    def try_out(self) -> tuple[str, bool]:
        """Where in what it returns the depth stands, found on a small made-up frame; "" for all of it. And whether
        there is a spread beside it.

        Raises BadInputError where the answer would be no other for any frame, and whatever the network raises.
        """
        model = self.model
        height, width = (fixed or -(-_TRIED // model.multiple) * model.multiple for fixed in model.size)
        batch = model.batch or 1
        returned = model.run(made_up_inputs(model.inputs, batch, (height, width), self.device))
        try:
            place = depth_of(returned, (batch, 1, height, width), model.adaptation.output)[0]
        except NoOneOutputError as error:
            if error.settled:
                raise BadInputError(self.name, str(error), "see docs/own_network.md") from None
            place = ""
        return place, spread_of(returned) is not None

    def padded(self, sparse_depth_m: Tensor, image: Tensor | None, padding: tuple[int, int]) -> dict[str, Tensor]:
        """What the network is given of sparse depth and image, by name: copies, as it may write to them.

        Args:
            sparse_depth_m: float (F * K, 1, H, W), image by image.
            image: float (F, 3, H, W), or None where the network takes none.
            padding: as ``padding`` says.
        """
        top, right = padding
        given = {"sparse_depth_m": functional.pad(sparse_depth_m, (0, right, top, 0)).clone()}
        if "mask" in self.model.inputs:
            given["mask"] = (given["sparse_depth_m"] > 0).float()
        if image is not None:
            of_images = functional.pad(image, (0, right, top, 0), "replicate")
            given["image"] = of_images.repeat_interleave(len(sparse_depth_m) // len(image), 0)
        return given

    def padding(self, height: int, width: int) -> tuple[int, int]:
        """Rows to add on top and columns at the right. Raises BadInputError where the fixed size is another one."""
        padding = []
        for length, fixed in zip((height, width), self.model.size, strict=True):
            padding.append(-length % self.model.multiple if fixed is None else fixed - length)
            if not 0 <= padding[-1] < max(MOST_PADDING, MOST_PADDING_SHARE * (fixed or 0)):
                raise self._wrong_size(height, width)
        return padding[0], padding[1]

    def _wrong_size(self, height: int, width: int) -> BadInputError:
        fixed = self.model.size
        size = "x".join("any" if n is None else str(n) for n in fixed)
        remedy = f"export it for {height}x{width} or for any size"
        window = [n if wanted is None else wanted for n, wanted in zip((height, width), fixed, strict=True)]
        if window[0] <= height and window[1] <= width:
            remedy += f", or give --crop {window[0]}x{window[1]}"
        return BadInputError(self.name, f"takes {size} only, but the frames are {height}x{width}", remedy)

    def _run(self, given: Mapping[str, Tensor]) -> object:
        try:
            returned = self.model.run(given)
        except (LidarselError, torch.cuda.OutOfMemoryError):  # the game answers a full GPU with smaller batches
            raise
        except Exception as error:
            shapes = ", ".join(f"{name} {tuple(x.shape)}" for name, x in given.items())
            raise _PassError(f"raised {type(error).__name__} for {shapes}: {first_line(error)}") from error
        if self._versions != [tensor._version for tensor in self.model.state]:
            raise _PassError("changed its own weights or buffers while it ran", whatever_lines=True)
        return returned

    def _checked(self, returned: object, shape: tuple[int, ...]) -> Tensor:
        try:
            _, depth_m = depth_of(returned, shape, self.model.adaptation.output)
        except NoOneOutputError as error:
            raise _PassError(str(error), whatever_lines=True) from None
        if not isinstance(depth_m, Tensor):
            raise _PassError(f"returned {type(depth_m).__name__}, not a tensor", whatever_lines=True)
        if tuple(depth_m.shape) != shape or depth_m.dtype != torch.float32:
            problem = f"returned {depth_m.dtype} {tuple(depth_m.shape)}, not torch.float32 {shape}"
            raise _PassError(problem, whatever_lines=True)
        return _raised_to(depth_m.to(self.device), self.model.adaptation.min_depth_m)

    def _checked_spread(self, returned: object, shape: tuple[int, ...]) -> Tensor:
        spread_m = spread_of(returned)
        if spread_m is None or tuple(spread_m.shape) != shape or spread_m.dtype != torch.float32:
            found = "no one" if spread_m is None else f"{spread_m.dtype} {tuple(spread_m.shape)} as"
            raise _PassError(f"returned {found} {SPREAD}, which must be torch.float32 {shape}", whatever_lines=True)
        spread_m = spread_m.to(self.device)
        _require_spread(spread_m)
        return spread_m


def _require_spread(spread_m: Tensor) -> None:
    """Raises _PassError naming the row of a spread (B, 1, H, W) that is not finite and > 0 everywhere."""
    for row, (low, high) in enumerate(torch.stack(spread_m.flatten(1).aminmax(dim=1), 1).tolist()):
        if not (low > 0 and math.isfinite(high)):
            raise _PassError(f"returned a {SPREAD} from {low:g} to {high:g}, which must be finite and > 0 m", row)


class _PassError(Exception):
    """What a pass came to is no depth. row: of the pass; None where it is not known. whatever_lines: as there."""

    def __init__(self, problem: str, row: int | None = None, whatever_lines: bool = False) -> None:
        super().__init__(problem)
        self.row = row
        self.whatever_lines = whatever_lines


def _raised_to(depth_m: Tensor, min_depth_m: float | None) -> Tensor:
    """(B, 1, H, W) with what is below the least depth raised to it, all finite and > 0. Raises _PassError."""
    least, most = torch.stack(depth_m.flatten(1).aminmax(dim=1)).tolist()  # NaN wins both
    floor = 0.0 if min_depth_m is None else min_depth_m
    for row, (low, high) in enumerate(zip(least, most, strict=True)):
        if not (math.isfinite(low) and math.isfinite(high)):
            raise _PassError(f"returned NaN or infinity (depths from {low:g} to {high:g} m)", row)
        if low > floor:
            continue
        if min_depth_m is None:
            problem = f"returned depths from {low:g} to {high:g} m: --network-min-depth-m 0.1 raises what is below"
            raise _PassError(problem, row)
        share = float((depth_m[row] < floor).float().mean())
        if share > _MOST_RAISED:
            problem = f"returned depths from {low:g} to {high:g} m, {share:.0%} of them below --network-min-depth-m"
            raise _PassError(problem, row)
    return depth_m if min_depth_m is None else depth_m.clamp(min=min_depth_m)


def _require_metres(depth_m: Tensor, sparse_depth_m: Tensor) -> None:
    for row, (answered, measured) in enumerate(zip(depth_m, sparse_depth_m, strict=True)):
        if (problem := why_no_metres(answered, measured)) is not None:
            raise _PassError(f"{problem}: give a factory that makes metres of it", row)


def first_line(error: BaseException) -> str:
    """What an error says, cut to a line."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else "no reason given"

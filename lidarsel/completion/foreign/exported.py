"""What an exported file, .pt2 or .onnx, says of its inputs: checked before anything runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lidarsel.completion.foreign.network import INPUTS
from lidarsel.errors import BadInputError

Length = int | None  # None: any
CHANNELS = {"image": 3, "sparse_depth_m": 1}
REMEDY = "export a network with inputs named image, sparse_depth_m, intrinsics, as docs/own_network.md says"


def fixed_sizes(path: Path, shapes: Mapping[str, Sequence[Length]]) -> tuple[Length, tuple[Length, Length]]:
    """The batch size, and height and width, that a file takes: None where it takes any.

    shapes: by input. Raises BadInputError where they are not those of the protocol or do not go together.
    """
    unknown = sorted(shapes.keys() - set(INPUTS))
    if unknown or "sparse_depth_m" not in shapes:
        problem = f"has an input {unknown[0]!r}" if unknown else "has no input 'sparse_depth_m'"
        raise BadInputError(path, problem, REMEDY)
    batches, sizes = set(), set()
    for name, shape in shapes.items():
        pattern: tuple[Length, ...] = (3, 3) if name == "intrinsics" else (CHANNELS[name], *shape[2:4])
        if len(shape) != (3 if name == "intrinsics" else 4) or any(
            found not in (None, wanted) for found, wanted in zip(shape[1:], pattern, strict=True)
        ):
            wanted = "(B, 3, 3)" if name == "intrinsics" else f"(B, {CHANNELS[name]}, H, W)"
            raise BadInputError(path, f"its input {name} is {_text(shape)}, not {wanted}", REMEDY)
        batches.add(shape[0])
        if name != "intrinsics":
            sizes.add((shape[2], shape[3]))
    if len(batches) > 1 or len(sizes) > 1:
        texts = ", ".join(f"{name} {_text(shape)}" for name, shape in shapes.items())
        raise BadInputError(path, f"its inputs do not go together: {texts}", REMEDY)
    return batches.pop(), sizes.pop()


def _text(shape: Sequence[Length]) -> str:
    return f"({', '.join('any' if length is None else str(length) for length in shape)})"

"""What an exported file, .pt2 or .onnx, says of its inputs: checked before anything runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lidarsel.completion.foreign.adaptation import CHANNELS, INPUTS, Argument
from lidarsel.errors import BadInputError

Length = int | None  # None: any
REMEDY = f"say what each input is by --network-inputs NAME=..., of {', '.join(INPUTS)} (docs/own_network.md)"


def arguments_for(path: Path, names: Sequence[str], said: Sequence[Argument]) -> tuple[Argument, ...]:
    """What a file's inputs are given: what was said of them, and those called as ours are. Raises BadInputError."""
    by_name = {argument.name: argument for argument in said}
    strange = next((name for name in by_name if name not in names), None)
    if strange is not None:
        raise BadInputError(path, f"has no input {strange!r}, but {', '.join(names)}", "correct --network-inputs")
    unknown = next((name for name in names if name not in by_name and name not in INPUTS), None)
    arguments = tuple(by_name.get(name, Argument(name, (name,))) for name in names)
    if unknown is not None or not any("sparse_depth_m" in argument.sources for argument in arguments):
        problem = f"has an input {unknown!r}" if unknown is not None else "has no input 'sparse_depth_m'"
        raise BadInputError(path, problem, REMEDY)
    return arguments


def fixed_sizes(
    path: Path, shapes: Mapping[str, Sequence[Length]], arguments: Sequence[Argument]
) -> tuple[Length, tuple[Length, Length]]:
    """The batch size, and height and width, that a file takes: None where it takes any.

    shapes: by input, and arguments: what each is given. Raises BadInputError where they do not go together.
    """
    batches, sizes = set(), set()
    for argument in arguments:
        name, is_camera, shape = argument.name, argument.sources == ("intrinsics",), shapes[argument.name]
        channels = 3 if is_camera else sum(CHANNELS[source] for source in argument.sources)
        pattern: tuple[Length, ...] = (3, 3) if is_camera else (channels, *shape[2:4])
        if len(shape) != (3 if is_camera else 4) or any(
            found not in (None, wanted) for found, wanted in zip(shape[1:], pattern, strict=True)
        ):
            wanted = "(B, 3, 3)" if is_camera else f"(B, {channels}, H, W)"
            raise BadInputError(path, f"its input {name} is {_text(shape)}, not {wanted}", REMEDY)
        batches.add(shape[0])
        if not is_camera:
            sizes.add((shape[2], shape[3]))
    if len(batches) > 1 or len(sizes) > 1:
        texts = ", ".join(f"{name} {_text(shape)}" for name, shape in shapes.items())
        raise BadInputError(path, f"its inputs do not go together: {texts}", REMEDY)
    return batches.pop(), sizes.pop()


def _text(shape: Sequence[Length]) -> str:
    return f"({', '.join('any' if length is None else str(length) for length in shape)})"

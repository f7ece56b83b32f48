"""Reading whole files: regular ones only, since a pipe would keep us waiting for ever; JSON, and YAML without
surprises."""

import stat
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from lidarsel.errors import BadInputError, unreadable

_PIECE_BYTES = 1 << 20
_MOST_YAML_BYTES = 2 << 20  # PyYAML reads some 300 kB/s; our largest file, the lines of 10,000 frames, has 1 MB


def read_whole(path: Path, remedy: str = "give the path of a readable file") -> bytes:
    """A file's content.

    Raises BadInputError where it is missing, may not be read, or is a folder, pipe or device, and StorageError where
    what it is on fails.
    """
    require_regular(path, remedy)
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error, remedy) from None


def read_in_pieces(path: Path, remedy: str = "give the path of a readable file") -> Iterator[bytes]:
    """A file's content where it may be large. Raises as ``read_whole``."""
    require_regular(path, remedy)
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
    except OSError as error:
        raise unreadable(path, error, remedy) from None


def require_regular(path: Path, remedy: str) -> None:
    """Refuse, before it is opened, what is no regular file, or has a name that is no text. Raises BadInputError."""
    require_text(path)
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise unreadable(path, error, remedy) from None
    if not regular:
        raise BadInputError(path, "is a folder" if path.is_dir() else "is no regular file", remedy)


def require_text(path: Path) -> None:
    """Refuse a name that is not UTF-8: libraries, stores and reports take names as text. Raises BadInputError."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise BadInputError(path, "has a name that is not UTF-8", "rename the file or folder") from None


def read_json(path: Path, kind: Any, remedy: str) -> Any:
    """A JSON file as a ``kind`` that msgspec knows. Raises BadInputError where it is none."""
    try:
        return msgspec.json.decode(read_whole(path, remedy), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(path, " ".join(str(error).split()), remedy) from None


def read_yaml(path: Path, remedy: str) -> Any:
    """A YAML file as plain Python values, no key twice in one mapping. Raises BadInputError."""
    return _parsed(path, remedy, lambda text: yaml.load(text, _StrictSafeLoader))


def compose_yaml(path: Path, remedy: str) -> yaml.Node | None:
    """The nodes of a YAML file, where their places in the text are wanted. Raises BadInputError."""
    node: yaml.Node | None = _parsed(path, remedy, lambda text: yaml.compose(text, yaml.SafeLoader))
    return node


def _parsed(path: Path, remedy: str, parse: Any) -> Any:
    content = read_whole(path, remedy)
    if len(content) > _MOST_YAML_BYTES:
        raise BadInputError(path, f"has {len(content)} bytes, which no such file has", remedy)
    try:
        return parse(content)
    except RecursionError:
        raise BadInputError(path, "is nested too deeply", remedy) from None
    except yaml.YAMLError as error:
        raise BadInputError(path, " ".join(str(error).split()), remedy) from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        # PyYAML's own constructors, for text that is not of its tag: !!bool x, 2001-99-99, 0b_
        raise BadInputError(path, f"holds a value that cannot be ({type(error).__name__}: {error})", remedy) from None


class _StrictSafeLoader(yaml.SafeLoader):
    """Refuses what PyYAML takes without a word: two values of one key (it keeps the last), and text like "\\ud800"."""

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        text = super().construct_scalar(node)
        text.encode()
        return text

    def _construct_number(self, node: yaml.ScalarNode) -> Any:
        """Not to the base 60, as YAML 1.1 takes 16:30 to be: no number of ours, and a long one takes minutes."""
        if ":" in node.value:
            problem = f"found {node.value[:40]!r}, which is a number to the base 60; write it in quotes"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        constructors = {"int": self.construct_yaml_int, "float": self.construct_yaml_float}
        return constructors[node.tag.rpartition(":")[2]](node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if (key.tag, key.value) in seen:
                    problem = f"found the key {key.value[:40]!r} a second time"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


for _tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
    _StrictSafeLoader.add_constructor(_tag, _StrictSafeLoader._construct_number)

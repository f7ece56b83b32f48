"""What can be wrong with a file: its bytes, its text, its structure, its pictures and archives, and its place."""

import io
import json
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.fuzz.choices import Choices
from tests.fuzz.hard_values import FLOATS, INTEGERS, TEXTS, VALUES, WIDE, WORDS

Mutation = Callable[[bytes, Choices], bytes]


def flip(content: bytes, choices: Choices) -> bytes:
    found = bytearray(content)
    for _ in range(1 + choices.below(4)):
        if found:
            found[choices.below(len(found))] ^= 1 << choices.below(8)
    return bytes(found)


def truncate(content: bytes, choices: Choices) -> bytes:
    return content[: choices.below(len(content))]


def cut_out(content: bytes, choices: Choices) -> bytes:
    begin, end = choices.span(len(content), 200)
    return content[:begin] + content[end:]


def repeat(content: bytes, choices: Choices) -> bytes:
    begin, end = choices.span(len(content), 200)
    return content[:end] + content[begin:end] * (1 + choices.below(40)) + content[end:]


def overwrite(content: bytes, choices: Choices) -> bytes:
    """A number that is hard to take, as some type of number, at some place."""
    kind = choices.one_of("BHIQfdBHIQfd")
    at = choices.below(len(content))
    at -= at % choices.one_of((1, 4))
    order = choices.one_of("<>")
    if kind in "fd":
        number = struct.pack(order + kind, choices.one_of(FLOATS))
    else:
        size = 8 * struct.calcsize(order + kind)
        number = (choices.one_of(WIDE) % (1 << size)).to_bytes(size // 8, "little" if order == "<" else "big")
    return content[:at] + number + content[at + len(number) :]


def insert(content: bytes, choices: Choices) -> bytes:
    at = choices.below(len(content) + 1)
    return content[:at] + choices.take(1 + choices.below(16)) + content[at:]


def blank(content: bytes, choices: Choices) -> bytes:
    begin, end = choices.span(len(content), 256)
    return content[:begin] + choices.one_of((b"\0", b"\xff", b" "))[:1] * (end - begin) + content[end:]


BYTES: tuple[Mutation, ...] = (flip, truncate, cut_out, repeat, overwrite, insert, blank)


def other_word(content: bytes, choices: Choices) -> bytes:
    """A word or number of the text replaced."""
    words = list(re.finditer(rb"[^\s,:\[\]{}\"]+", content))
    if not words:
        return content
    word = choices.one_of(words)
    new = choices.one_of(WORDS).encode("utf-8", "surrogatepass")
    return content[: word.start()] + new + content[word.end() :]


def other_lines(content: bytes, choices: Choices) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    at, what = choices.below(len(lines)), choices.below(4)
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(at, lines[at])
    elif what == 2:
        lines.insert(choices.below(len(lines)), lines.pop(at))
    else:
        lines = lines[:at]
    return b"".join(lines)


def other_text(_content: bytes, choices: Choices) -> bytes:
    return choices.one_of(TEXTS).encode()


TEXT: tuple[Mutation, ...] = (other_word, other_word, other_lines, other_text, flip, truncate, insert)


def bent_header(content: bytes, choices: Choices) -> bytes:
    """The text that a PLY or PCD file begins with."""
    end = max(content.find(b"end_header"), content.find(b"DATA"), 0)
    return choices.one_of((other_word, other_lines))(content[:end], choices) + content[end:]


def _bend(content: Any, choices: Choices) -> Any:
    """Some part of nested lists and dictionaries changed."""
    if not isinstance(content, dict | list) or not content or choices.below(8) == 7:
        return choices.one_of(VALUES)
    keys = list(content) if isinstance(content, dict) else list(range(len(content)))
    key = choices.one_of(keys)
    changed: Any = content.copy()
    what = choices.below(8)
    if what == 0:
        del changed[key]
    elif what == 1 and isinstance(changed, list):
        changed.insert(key, changed[choices.below(len(changed))])
    elif what == 1:
        changed[choices.one_of(("", "x", "\u0000", "<<"))] = changed[key]
    else:
        changed[key] = _bend(content[key], choices)
    return changed


def bent_json(content: bytes, choices: Choices) -> bytes:
    try:
        return json.dumps(_bend(json.loads(content), choices)).encode()
    except (ValueError, RecursionError):
        return content


def bent_yaml(content: bytes, choices: Choices) -> bytes:
    try:
        return yaml.safe_dump(_bend(yaml.safe_load(content), choices)).encode()
    except Exception:  # what was made of the file before is no YAML any more
        return content


def bent_png(content: bytes, choices: Choices) -> bytes:
    """Another header, its checksum right; or a picture that unpacks to much."""
    if choices.below(16) == 15:
        return png_bomb(16384, 16384)
    if len(content) < 33:
        return content
    fields = list(struct.unpack(">IIBBBBB", content[16:29]))
    at = choices.below(len(fields))
    fields[at] = choices.one_of((*INTEGERS, 300, 90, 16, 8, 3, 4, 6)) % (1 << (32 if at < 2 else 8))
    return content[:8] + _chunk(b"IHDR", struct.pack(">IIBBBBB", *fields)) + content[33:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@cache
def png_bomb(height: int, width: int) -> bytes:
    """A 16-bit grey picture of zeros: some 500 kB that unpack to half a gigabyte at 16384 x 16384."""
    pack = zlib.compressobj(9)
    rows = bytes(1 + 2 * width) * 64
    packed = b"".join(pack.compress(rows) for _ in range(height // 64)) + pack.flush()
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def bent_zip(content: bytes, choices: Choices) -> bytes:
    """A member of an archive changed, dropped, or packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # what was made of the file before is no archive any more
        return content
    name = choices.one_of(list(members))
    what = choices.below(8)
    if what == 0:
        del members[name]
    elif what == 1:
        members[choices.one_of(("../../x", "/etc/x", "x" * 300, name + "\u2028"))] = members[name]
    elif name.endswith(".json") and what < 6:
        members[name] = bent_json(members[name], choices)
    else:
        members[name] = choices.one_of(BYTES)(members[name], choices)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED if what == 7 else zipfile.ZIP_STORED) as archive:
        for each, inside in members.items():
            archive.writestr(each, inside)
    return packed.getvalue()


def bent_safetensors(content: bytes, choices: Choices) -> bytes:
    """The header's JSON changed, its length told rightly."""
    length = int.from_bytes(content[:8], "little")
    header = bent_json(content[8 : 8 + length], choices)
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


BY_SUFFIX: dict[str, tuple[Mutation, ...]] = {
    ".json": (*TEXT, *[bent_json] * 6),
    ".yaml": (*TEXT, *[bent_yaml] * 6),
    ".txt": (*TEXT, *BYTES),
    ".csv": (*TEXT, other_word, other_word, other_lines),
    ".png": (*BYTES, bent_png, bent_png),
    ".pt2": (*BYTES, *[bent_zip] * 12),
    ".ply": (*BYTES, *[bent_header] * 6),
    ".pcd": (*BYTES, *[bent_header] * 6),
    ".safetensors": (*BYTES, *[bent_safetensors] * 6),
}


def of_content(name: str, content: bytes, choices: Choices) -> bytes:
    """A file's content with one thing wrong with it."""
    return choices.one_of(BY_SUFFIX.get(Path(name).suffix.lower(), BYTES))(content, choices)


def _replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


def _renamed(stem: str) -> Callable[[Path], None]:
    def rename(path: Path) -> None:
        path.rename(path.with_name(stem + path.suffix))

    return rename


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _doubled(path: Path) -> None:
    """A second file of the same number."""
    path.with_name("0" + path.name).write_bytes(path.read_bytes())


PLACES: tuple[Callable[[Path], object], ...] = (
    Path.unlink,
    _emptied,
    _replaced(Path.mkdir),
    _replaced(os.mkfifo),
    _replaced(lambda path: path.symlink_to(path)),
    _replaced(lambda path: path.symlink_to("gone")),
    _replaced(lambda path: path.symlink_to("/dev/zero")),
    _replaced(lambda path: path.symlink_to(path.parent)),
    _renamed("9" * 40),
    _renamed("\u0663\u0664"),
    _renamed("<b>\x1b[31m"),
    _doubled,
)
"""What can be wrong with a file besides its content."""

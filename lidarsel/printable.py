"""Text as it may be shown: a file's name may hold escape codes of the terminal, or bytes that are no text."""

_BYTES = range(0xDC80, 0xDD00)
"""What Python reads a byte of a file name as, less 0xDC00, where it is no text (``surrogateescape``)."""


def printable(text: str) -> str:
    """``text`` on one line, control characters and the like spelled out: \\x1b for ESC, \\n for a new line."""
    return "".join(character if character.isprintable() else _spelled(character) for character in text)


def _spelled(character: str) -> str:
    number = ord(character)
    if number in _BYTES:
        return f"\\x{number - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()

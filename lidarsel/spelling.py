"""What is said of a word that is none of a few: which these are, and which of them was probably meant."""

import difflib
from collections.abc import Iterable

_LIKE = 0.6
"""Least likeness of a slip to what was meant (difflib's ratio): ``rsme`` and ``rmse`` have 0.75."""


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that ``word`` is a slip of, or None. Slips seldom begin a word: gpu is none of cpu."""
    bare = word.strip("-").lower()
    alike = {name: name.strip("-").lower() for name in names}
    begun = {plain: name for name, plain in alike.items() if plain[:1] == bare[:1]}
    found = difflib.get_close_matches(bare, begun, n=1, cutoff=_LIKE)
    return begun[found[0]] if found else None


def none_of(word: object, names: Iterable[object]) -> str:
    """ "'rsme' is none of rmse, mae; the nearest is rmse"; without the last part where nothing is near."""
    known = [str(name) for name in names]
    return f"{word!r} is none of {', '.join(known)}{the_nearest(str(word), known)}"


def the_nearest(word: str, names: Iterable[str]) -> str:
    """ "; the nearest is rmse", or nothing where nothing is near."""
    near = nearest(word, names)
    return "" if near is None else f"; the nearest is {near}"

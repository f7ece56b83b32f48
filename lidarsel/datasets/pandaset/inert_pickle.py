"""Pickles read as what they say, not as what they do: nothing that a file names is imported, made or called.

A pickle is a program for a small stack machine (Lib/pickletools.py of Python documents every instruction). Where its
instructions would import an object, call it or set its state, what is kept here is a record that says so.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST_STEPS = 20_000
"""Instructions: a DataFrame of numbers takes some 500, however many rows it has."""
_MARK = object()  # stands on the stack where MARK put it


@dataclass(frozen=True)
class GlobalName:
    """What the file refers to by name. name: module and object, as "numpy.ndarray"."""

    name: str


@dataclass(eq=False)
class CallRecord:
    """What would come of a call. called: mostly a ``GlobalName``. arguments: mostly a tuple. state: what it would be
    given to fill itself with, None where nothing is."""

    called: object
    arguments: object
    state: object = None


def read_inert(content: bytes) -> object:
    """What a pickle of protocol 2 to 5 holds: numbers, texts, bytes, tuples, lists and dicts (whose keys are texts) of
    these, ``GlobalName`` and ``CallRecord``; the same object wherever the file refers to it, so it may contain itself.

    Raises ValueError with the reason: damage, more than ``MOST_STEPS`` instructions, or one that pandas and numpy do
    not write.
    """
    machine = _Machine()
    for step, (instruction, argument, _) in enumerate(pickletools.genops(content)):
        if step >= MOST_STEPS:
            raise ValueError(f"it has over {MOST_STEPS} instructions")
        if instruction.name == "STOP":
            return machine.result()
        act = _ACTIONS.get(instruction.name)
        if act is None:
            raise ValueError(f"it has the instruction {instruction.name}")
        act(machine, argument)
    raise ValueError("it has no end")


class _Machine:
    """stack: objects, and ``_MARK`` for a mark. memo: what the file refers to again, by its number."""

    def __init__(self) -> None:
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}

    def result(self) -> object:
        (found,) = self.take(1)
        if self.stack:
            raise ValueError("it leaves more than one object")
        return found

    def push(self, thing: object) -> None:
        self.stack.append(thing)

    def take(self, count: int) -> list[object]:
        """The last objects, the topmost last, which leave the stack."""
        if len(self.stack) < count:
            raise ValueError("it takes what is not there")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        if any(thing is _MARK for thing in taken):
            raise ValueError("it takes what is not there")
        return taken

    def take_to_mark(self) -> list[object]:
        """All above the last mark, which leaves the stack too."""
        for depth, thing in enumerate(reversed(self.stack)):
            if thing is _MARK:
                taken = self.take(depth)
                self.stack.pop()
                return taken
        raise ValueError("it takes what is not there")

    def top(self) -> object:
        (found,) = self.take(1)
        self.push(found)
        return found

    def recall(self, number: int) -> None:
        if number not in self.memo:
            raise ValueError(f"it refers to an object {number} that is not there")
        self.push(self.memo[number])

    def name(self, module: object, qualified: object) -> None:
        if not isinstance(module, str) or not isinstance(qualified, str):
            raise ValueError("it refers to an object whose name is no text")
        self.push(GlobalName(f"{module}.{qualified}"))

    def call(self) -> None:
        self.push(CallRecord(*self.take(2)))

    def fill(self) -> None:
        made, state = self.take(2)
        if not isinstance(made, CallRecord):
            raise ValueError("it gives a state to what has none")
        made.state = state
        self.push(made)

    def extend(self, things: list[object]) -> None:
        into = self.top()
        if not isinstance(into, list):
            raise ValueError("it lengthens what is no list")
        into.extend(things)

    def insert(self, pairs: list[object]) -> None:
        into = self.top()
        if not isinstance(into, dict) or len(pairs) % 2:
            raise ValueError("it gives keys to what has none")
        keys = pairs[::2]
        if not all(isinstance(key, str) for key in keys):
            raise ValueError("it has a key that is no text")
        into.update(zip(keys, pairs[1::2], strict=True))


def _nothing(_: _Machine, __: object) -> None:
    """Says how the file is written, not what it holds."""


def _push_argument(machine: _Machine, argument: object) -> None:
    machine.push(argument)


def _constant(thing: object) -> "_Action":
    return lambda machine, _: machine.push(thing)


def _tuple_of(count: int) -> "_Action":
    return lambda machine, _: machine.push(tuple(machine.take(count)))


_Action = Callable[[_Machine, Any], None]
_VALUES = (
    *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
)
_ACTIONS: dict[str, _Action] = {
    **dict.fromkeys(("PROTO", "FRAME"), _nothing),
    **dict.fromkeys(_VALUES, _push_argument),
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),
    "NEWFALSE": _constant(False),
    "MARK": _constant(_MARK),
    "EMPTY_TUPLE": _tuple_of(0),
    "TUPLE1": _tuple_of(1),
    "TUPLE2": _tuple_of(2),
    "TUPLE3": _tuple_of(3),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.take_to_mark())),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "APPEND": lambda machine, _: machine.extend(machine.take(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.take_to_mark()),
    "SETITEM": lambda machine, _: machine.insert(machine.take(2)),
    "SETITEMS": lambda machine, _: machine.insert(machine.take_to_mark()),
    "MEMOIZE": lambda machine, _: machine.memo.update({len(machine.memo): machine.top()}),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), lambda machine, number: machine.memo.update({number: machine.top()})),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda machine, number: machine.recall(number)),
    "GLOBAL": lambda machine, names: machine.name(*names.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.name(*machine.take(2)),
    **dict.fromkeys(("REDUCE", "NEWOBJ"), lambda machine, _: machine.call()),
    "BUILD": lambda machine, _: machine.fill(),
}

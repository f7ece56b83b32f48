"""What a PyTorch checkpoint holds, read without ever running what the file says.

Training scripts save their options, their best result and their whole network beside the weights, as objects of classes
that nobody has here. PyTorch's own ``weights_only`` reader takes the file apart; each class it does not know becomes a
stand-in made here, an object that holds what was saved of it and has no code. Nothing a file names is ever imported.
"""

import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import torch

from lidarsel.completion.foreign.network import first_line
from lidarsel.errors import BadInputError

REMEDY = "give weights of this network: .safetensors, or torch.save(network.state_dict(), 'weights.pth')"
_UNKNOWN = re.compile(r"GLOBAL (\S+) was not an allowed global")
_FILLED = re.compile(r"Can only SETITEMS? for .* but got <class '([\w.]+)'>")
_VALUES = re.compile(
    r"numpy\.(core|_core)\.(multiarray\.(scalar|_reconstruct)|numeric\._frombuffer)|numpy\.(dtype|ndarray)"
    r"|numpy\.dtypes\.\w+|pathlib\.\w+|pathlib\._local\.\w+|datetime\.\w+"
)
"""What plain values, as numpy's scalars and paths, are made by: a call of these in a file is answered by a stand-in."""
_MOST_CLASSES = 400  # of a file; a network saved whole names each kind of its layers


class StandIn:
    """In the place of an object of an unknown class.

    Attributes:
        state: what was saved of the object, usually its attributes by name.
    """

    state: object = None

    def __new__(cls, *_arguments: object) -> "StandIn":
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None:
        self.state = state

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Those of the object, by name; none where it was saved otherwise."""
        return self.state if isinstance(self.state, Mapping) else {}


class _StandInType(type):
    """Of a stand-in's class. Objects are made without a call; a call in a file is one of a function, and is refused."""

    def __call__(cls, *_arguments: object) -> Any:
        raise pickle.UnpicklingError(f"calls {cls.__module__}.{cls.__qualname__}")


def read_checkpoint(path: Path) -> Any:
    """Tensors, numbers, text, dictionaries and lists as they were saved, everything else as ``StandIn``.

    Raises BadInputError naming the file where it is damaged, or would have to call something.
    """
    known: dict[str, Callable[..., Any]] = {}
    while True:
        try:
            with torch.serialization.safe_globals([(made, name) for name, made in known.items()]), catch_warnings():
                simplefilter("ignore")  # what it warns of is read or refused here
                return torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            name, made = _answer(str(error))
            again = name in known and (made is not OrderedDict or known[name] is OrderedDict)
            if not name or again or len(known) >= _MOST_CLASSES:
                raise _refusal(path, str(error)) from None
            known[name] = made
        except Exception as error:  # a damaged file fails in many ways inside of torch.load
            if "TorchScript" in str(error):
                remedy = "give weights: torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')"
                raise BadInputError(path, "is a TorchScript archive, a program and no weights", remedy) from None
            raise BadInputError(path, f"is no readable PyTorch checkpoint ({first_line(error)})", REMEDY) from error


def _answer(complaint: str) -> tuple[str, Callable[..., Any]]:
    """The class that PyTorch's reader complained of, and what to give it instead; no name where nothing helps."""
    if filled := _FILLED.search(complaint):  # a dictionary of somebody's own kind
        return filled[1], OrderedDict
    unknown = _UNKNOWN.search(complaint)
    if unknown is None:
        return "", StandIn
    name = unknown[1] if "." in unknown[1] else f"builtins.{unknown[1]}"  # its messages leave "builtins." out
    if name == "collections.defaultdict":
        return name, _dictionary
    module, _, last = name.rpartition(".")
    kind: type = type if _VALUES.fullmatch(name) else _StandInType
    return name, kind(last, (StandIn,), {"__module__": module})


def _dictionary(*_default: object) -> OrderedDict[Any, Any]:
    """A defaultdict without its default: that is a function, which nobody here calls."""
    return OrderedDict()


def _refusal(path: Path, complaint: str) -> BadInputError:
    # PyTorch's own message tells the reader to switch the safety off.
    named = re.search(r"GLOBAL (\S+)|calls (\S+)", complaint)
    what = f"Python objects ({named[1] or named[2]})" if named else "something else than tensors"
    return BadInputError(path, f"holds {what}, which are not unpickled: that could run any code", REMEDY)

"""A copy of a .pt2 file that ``torch.export.load`` can be given without running what the file's author wrote.

Loading a .pt2 as it is may run any code. In PyTorch 2.13 there are at least these ways, read in its source
(``torch/export/pt2_archive/_package.py``, ``torch/_export/serde/serialize.py``, ``torch/export/_unlift.py``,
``torch/utils/_pytree.py``): example inputs, and weights or constants marked ``use_pickle``, are unpickled,
``weights_only`` or not; compiled libraries beside the graph are loaded; guards are Python text given to ``exec``;
symbolic sizes are text given to sympy, which evaluates it; a node's target may be any function reachable from
``torch``, ``math`` or ``operator``; names go into generated code; tree descriptions may import any module.

So nothing of the file is loaded. A new archive is made, of the graph and of tensors as raw numbers only: operators of
ATen and arithmetic on sizes, sizes that are plain arithmetic, strings that are plain names; no guards, no metadata, no
example inputs, no libraries. What cannot be said like that is refused.
"""

import ast
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from lidarsel.errors import BadInputError

REMEDY = "export it by torch.export.save of PyTorch 2.8 or newer, without operators or objects of your own"
_TARGET = re.compile(
    r"torch\.ops\.aten\.(?!from_file\b)\w+\.\w+"
    r"|torch\.sym_(float|int|max|min|not|ite|sum)|math\.(ceil|floor|trunc)"
    r"|_operator\.(add|sub|mul|truediv|floordiv|mod|pow|neg|pos|eq|ne|lt|le|gt|ge|and_|or_|getitem)",
    re.ASCII,
)
_PLAIN = re.compile(r"[\w.+-]*", re.ASCII)
_SYMBOL = re.compile(r"[a-z]+\d+|[\d.]+", re.ASCII)
_FUNCTION = re.compile(
    r"Symbol|Integer|Rational|Float|Add|Mul|Pow|Abs|Min|Max|(Python)?Mod|(Floor|Ceil|Clean)Div|(Ceil|Floor|Trunc)ToInt"
    r"|ToFloat|floor|ceiling|And|Or|Not|(Une|E)quality|(Strict)?(Greater|Less)Than"
)
_ARITHMETIC = (
    *(ast.Expression, ast.Load, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop),
    *(ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.keyword),
)
_GRAPH = "models/model.json"
_FORMAT = ("archive_format", "archive_version", ".data/version", "version", "byteorder")
_CONFIGS = {"data/weights/": "model_weights_config.json", "data/constants/": "model_constants_config.json"}


class _Refusal(Exception):
    """What of a file may not be loaded."""


def vetted_copy(path: Path) -> io.BytesIO:
    """The safe copy. Raises BadInputError naming the file and what in it is refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > path.stat().st_size:
                raise BadInputError(path, "is packed; torch.export.save packs nothing", REMEDY)
            members = {name.partition("/")[2]: name for name in archive.namelist()}
            copied = {name: archive.read(members[name]) for name in _FORMAT if name in members}
            copied[_GRAPH] = json.dumps(_vet_graph(json.loads(archive.read(members[_GRAPH])))).encode()
            copied["data/sample_inputs/model.pt"] = b""
            for folder, config in _CONFIGS.items():
                content = json.loads(archive.read(members[folder + config]))
                copied[folder + config] = json.dumps(_vet(content)).encode()
                for payload in content["config"].values():
                    if payload["use_pickle"] is not False:
                        raise _Refusal(f"the pickled {payload['path_name']}")
                    copied[folder + payload["path_name"]] = archive.read(members[folder + payload["path_name"]])
    except BadInputError:
        raise
    except _Refusal as refused:
        raise BadInputError(path, f"holds {refused}, which is not loaded: it could run any code", REMEDY) from None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        problem = f"is no .pt2 file that can be read ({type(error).__name__}: {error})"
        raise BadInputError(path, problem, REMEDY) from error
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        for name, content in copied.items():
            archive.writestr(f"model/{name}", content)
    copy.seek(0)
    return copy


def _vet_graph(program: dict[str, Any]) -> Any:
    """The exported program without guards, and without the calls of submodules, which nothing needs."""
    module = program["graph_module"]
    calls = [call for call in module["module_call_graph"] if call["fqn"] == ""]
    return _vet({**program, "guards_code": [], "graph_module": {**module, "module_call_graph": calls}})


def _vet(content: Any, key: str = "") -> Any:
    """The same JSON with every part looked at. Raises _Unsafe."""
    if isinstance(content, dict):
        for name in content:
            if not _PLAIN.fullmatch(name):
                raise _Refusal(f"the name {name[:60]!r}")
        return {name: {} if name == "metadata" else _vet(part, name) for name, part in content.items()}
    if isinstance(content, list):
        return [_vet(part, key) for part in content]
    if not isinstance(content, str):
        return content
    if key == "target":
        safe = bool(_TARGET.fullmatch(content))
    elif key == "expr_str":
        safe = _is_arithmetic(content)
    elif key in ("in_spec", "out_spec"):
        safe = _is_tree(json.loads(content)[1])
    else:
        safe = bool(_PLAIN.fullmatch(content)) and key not in ("as_operator", "class_fqn")
    if not safe:
        raise _Refusal(f"{key or 'the text'} {content[:60]!r}")
    return content


def _is_arithmetic(text: str) -> bool:
    """Whether text is numbers, size symbols and arithmetic, as ``Mul(Integer(2), Symbol('s0', integer=True))``."""
    try:
        nodes = list(ast.walk(ast.parse(text, mode="eval")))
    except SyntaxError:
        return False
    for node in nodes:
        if isinstance(node, ast.Constant):
            safe = isinstance(node.value, int | float) or bool(_SYMBOL.fullmatch(str(node.value)))
        elif isinstance(node, ast.Name):
            safe = bool(_SYMBOL.fullmatch(node.id) or _FUNCTION.fullmatch(node.id))
        elif isinstance(node, ast.Call):
            safe = isinstance(node.func, ast.Name) and bool(_FUNCTION.fullmatch(node.func.id))
        else:
            safe = isinstance(node, _ARITHMETIC)
        if not safe:
            return False
    return True


def _is_tree(node: dict[str, Any]) -> bool:
    """Whether a description of nested arguments is of tuples, lists and dictionaries with plain names only."""
    context = json.loads(node["context"]) if isinstance(node["context"], str) else node["context"]
    names = [] if context is None else context
    return (
        node["type"] in (None, "builtins.tuple", "builtins.list", "builtins.dict")
        and isinstance(names, list)
        and all(isinstance(name, str) and _PLAIN.fullmatch(name) for name in names)
        and all(_is_tree(child) for child in node["children_spec"])
    )

#!/usr/bin/env python3
"""How many rooms the data of a command passes: ``python scripts/count_rooms.py [CHECKOUT] [COMMAND]``.

From the command's function, calls are followed statically, depth first and in the order of the source: by imported
name, by name in a module, and by a method's name where one class alone in commands/ and workflow/ has such a method.
A room is a module of commands/, workflow/ and the package's root, and a whole folder elsewhere; only commands, workflow
and settings are followed, all other rooms are entered and left. A move is a call from one room into another, counted
once for each pair of functions. A move is up where it leads into a room that is followed and that was entered before
the room that calls: the data come back to where they were. errors, progress, reading and writing are tools, no rooms.
"""

import ast
import sys
from collections import defaultdict
from pathlib import Path

FOLLOWED = ("commands", "workflow", "settings")
TOOLS = {"errors", "progress", "reading", "writing"}
Place = tuple[str, str]
"""Module, and function or ``Class.method`` in it."""


class Package:
    """Functions of a checkout's modules, and what each module's names stand for."""

    def __init__(self, checkout: Path) -> None:
        root = checkout / "lidarsel"
        self.functions: dict[Place, ast.AST] = {}
        self.names: dict[str, dict[str, str]] = {}
        self.methods: dict[str, list[Place]] = defaultdict(list)
        self.modules = {
            ".".join(path.relative_to(root).with_suffix("").parts): ast.parse(path.read_text())
            for path in sorted(root.rglob("*.py"))
        }
        for module, tree in self.modules.items():
            self._read(module, tree)

    def _read(self, module: str, tree: ast.Module) -> None:
        self.names[module] = {
            alias.asname or alias.name: f"{node.module.removeprefix('lidarsel.')}.{alias.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lidarsel.")
            for alias in node.names
            if node.module
        }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self.functions[module, node.name] = node
            elif isinstance(node, ast.ClassDef):
                self.functions[module, node.name] = ast.Module([], [])
                for part in (part for part in node.body if isinstance(part, ast.FunctionDef)):
                    place = (module, f"{node.name}.{part.name}")
                    self.functions[place] = part
                    if module.startswith(FOLLOWED):
                        self.methods[part.name].append(place)

    def called(self, module: str, call: ast.expr) -> Place | None:
        """What a call's function is, where it can be told."""
        match call:
            case ast.Name(name):
                dotted = self.names[module].get(name, f"{module}.{name}")
            case ast.Attribute(ast.Name(base), name) if base in self.names[module]:
                dotted = f"{self.names[module][base]}.{name}"
            case ast.Attribute(ast.Attribute(ast.Name("sys"), _), _):
                return None
            case ast.Attribute(_, name):
                places = self.methods.get(name, [])
                return places[0] if len(places) == 1 else None
            case _:
                return None
        for cut in range(dotted.count("."), 0, -1):
            parts = dotted.split(".")
            place = (".".join(parts[:cut]), ".".join(parts[cut:]))
            if place in self.functions or place[0] in self.modules:
                return place
        return None


def room(module: str) -> str:
    return module if module.startswith(FOLLOWED) else module.partition(".")[0]


def moves(package: Package, command: Place) -> list[tuple[Place, Place]]:
    """Every call from one room into another, in the order of the data's way."""
    found: list[tuple[Place, Place]] = []
    seen: set[Place] = set()

    def follow(place: Place) -> None:
        seen.add(place)
        for node in _calls(package.functions[place]):
            target = package.called(place[0], node.func)
            if target is None or target[0].partition(".")[0] in TOOLS:
                continue
            if room(target[0]) != room(place[0]) and (place, target) not in found:
                found.append((place, target))
            if target in package.functions and target not in seen and target[0].startswith(FOLLOWED):
                follow(target)

    follow(command)
    return found


def _calls(tree: ast.AST) -> list[ast.Call]:
    """Those of a function's body: its decorators are called before there are data."""
    calls = [node for part in getattr(tree, "body", []) for node in ast.walk(part) if isinstance(node, ast.Call)]
    return sorted(calls, key=lambda node: (node.lineno, node.col_offset))


def main(checkout: Path, name: str) -> None:
    package = Package(checkout)
    (command,) = [place for place in package.functions if place[0].startswith("commands.") and place[1] == name]
    found, entered, up = moves(package, command), [room(command[0])], 0
    for source, target in found:
        here, there = room(source[0]), room(target[0])
        back = there in entered[: entered.index(here)] and there.startswith(FOLLOWED)
        up += back
        if there not in entered:
            entered.append(there)
        sys.stdout.write(f"{'up  ' if back else '    '}{'.'.join(source)} -> {'.'.join(target)}\n")
    sys.stdout.write(f"{name}: {len(entered)} rooms, {len(found)} moves, {up} of them up: {', '.join(entered)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."), sys.argv[2] if len(sys.argv) > 2 else "evaluate")

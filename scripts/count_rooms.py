#!/usr/bin/env python3
"""How many rooms the data of a command passes: ``python scripts/count_rooms.py [CHECKOUT] [COMMAND]``.

From the command's function, calls are followed statically, depth first and in the order of the source: by imported
name, by name in a module, and by a method's name where one class alone in commands/ and workflow/ has such a method.
A room is a module of commands/, workflow/ and the package's root, and a whole folder elsewhere; only commands, workflow
and settings are followed, all other rooms are entered and left. A move is a call from one room into another, counted
once for each pair of functions. A move is up where it leads into a room that is followed and that was entered before
the room that calls: the data come back to where they were. A property of a class that is followed counts as a call
where no field has its name; decorators do not, as they are called before there are data. The modules of a run's
settings are one room, as they are one class. What any room tells the user by, or reaches files by, is a tool and no
room: errors, progress, ending, places, printable, reading, writing.
"""

import ast
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

FOLLOWED = ("commands", "workflow", "settings")
SETTINGS = {"settings", "read_settings", "network_settings", "error_settings"}
TOOLS = {"errors", "progress", "ending", "reading", "writing", "places", "printable"}
Place = tuple[str, str]
"""Module, and function or ``Class.method`` in it."""


class Package:
    """Functions of a checkout's modules, and what each module's names stand for."""

    def __init__(self, checkout: Path) -> None:
        root = checkout / "lidarsel"
        self.functions: dict[Place, ast.AST] = {}
        self.names: dict[str, dict[str, str]] = {}
        self.methods: dict[str, list[Place]] = defaultdict(list)
        self.properties: dict[str, list[Place]] = defaultdict(list)
        self.fields: set[str] = set()
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
                declared = (part.target for part in node.body if isinstance(part, ast.AnnAssign))
                self.fields |= {target.id for target in declared if isinstance(target, ast.Name)}
                for part in (part for part in node.body if isinstance(part, ast.FunctionDef)):
                    place = (module, f"{node.name}.{part.name}")
                    self.functions[place] = part
                    if is_followed(module):
                        kind = self.properties if _is_property(part) else self.methods
                        kind[part.name].append(place)

    def used(self, module: str, node: ast.expr) -> Place | None:
        """The function that a call or the reading of an attribute leads to, where it can be told."""
        if isinstance(node, ast.Call):
            return self.called(module, node.func)
        if not isinstance(node, ast.Attribute) or node.attr in self.fields:
            return None
        places = self.properties.get(node.attr, [])
        return places[0] if len(places) == 1 else None

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
    if module in SETTINGS:
        return "settings"
    return module if is_followed(module) else module.partition(".")[0]


def is_followed(module: str) -> bool:
    return module in SETTINGS or module.partition(".")[0] in FOLLOWED


def moves(package: Package, command: Place) -> list[tuple[Place, Place]]:
    """Every call from one room into another, in the order of the data's way."""
    found: list[tuple[Place, Place]] = []
    seen: set[Place] = set()

    def follow(place: Place) -> None:
        seen.add(place)
        for node in _uses(package.functions[place]):
            target = package.used(place[0], node)
            if target is None or target[0].partition(".")[0] in TOOLS:
                continue
            if room(target[0]) != room(place[0]) and (place, target) not in found:
                found.append((place, target))
            if target in package.functions and target not in seen and is_followed(target[0]):
                follow(target)

    follow(command)
    return found


def _uses(tree: ast.AST) -> list[ast.expr]:
    """The calls and the attributes read in a function's body."""
    found = [
        node
        for part in getattr(tree, "body", [])
        for node in ast.walk(part)
        if isinstance(node, ast.Call) or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load))
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _is_property(function: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id.endswith("property") for one in function.decorator_list)


@dataclass(frozen=True)
class Way:
    """Of a command's data. rooms: in the order of entering. moves: calls from room to room, and whether each is up."""

    rooms: list[str]
    moves: list[tuple[Place, Place, bool]]

    @property
    def up(self) -> int:
        return sum(up for _, _, up in self.moves)


def way_of(checkout: Path, name: str) -> Way:
    """The way of a command's data through a checkout."""
    package = Package(checkout)
    (command,) = [place for place in package.functions if place[0].startswith("commands.") and place[1] == name]
    rooms, told = [room(command[0])], []
    for source, target in moves(package, command):
        here, there = room(source[0]), room(target[0])
        told.append((source, target, there in rooms[: rooms.index(here)] and is_followed(target[0])))
        if there not in rooms:
            rooms.append(there)
    return Way(rooms, told)


def main(checkout: Path, name: str) -> None:
    way = way_of(checkout, name)
    for source, target, up in way.moves:
        sys.stdout.write(f"{'up  ' if up else '    '}{'.'.join(source)} -> {'.'.join(target)}\n")
    counts = f"{len(way.rooms)} rooms, {len(way.moves)} moves, {way.up} of them up"
    sys.stdout.write(f"{name}: {counts}: {', '.join(way.rooms)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."), sys.argv[2] if len(sys.argv) > 2 else "evaluate")

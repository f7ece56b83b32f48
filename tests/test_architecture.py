"""The house rules that code can check: imports run one way, and asking for help loads nothing heavy."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "lidarsel"

# Rooms from the ground up: a room may import from floors below, not from another room of its own floor. A module
# belongs to the longest name here that it begins with.
FLOORS: tuple[tuple[str, ...], ...] = (
    (
        *("errors", "cautions", "confidence", "choices", "listening", "listing", "object_classes", "pace", "printable"),
        *("amounts", "spelling", "streams", "texts"),
    ),
    ("places",),
    ("ending", "frame", "metrics", "reading", "writing", "progress", "drawing", "options", "checks"),
    ("cropping", "parts"),
    ("criterion",),
    ("bounds",),
    ("crop_loss",),
    ("geometry", "shapley", "importance", "privacy", "uncertainty"),
    ("sensor_file", "report_choice", "report_rows", "report_spread"),
    ("contracts", "selection"),
    ("completion.module_copy",),
    (
        *("datasets.base", "datasets.split", "completion.coupling", "completion.identity", "completion.memory"),
        "sensors",
    ),
    ("completion.base", "completion.units"),
    (
        "completion.passes",
        "completion.position",
        "completion.spreading",
        "completion.tensor_files",
        "completion.threads",
    ),
    ("datasets.parts", "datasets.reader", "completion.lidarsel_net", "completion.foreign"),
    ("datasets.scans",),
    ("datasets.depth_images",),
    (
        *("datasets.kitti", "datasets.nuscenes", "datasets.rosbag", "datasets.clouds", "datasets.argoverse"),
        *("datasets.pandaset", "datasets.pcap"),
    ),
    ("datasets.frames_csv",),  # its table names files in the other formats
    ("datasets", "completion"),
    ("importance.channels",),
    ("network_settings",),
    ("read_settings",),
    ("error_settings",),
    ("simulation.mix",),
    ("simulation.settings", "simulation.streets"),
    ("simulation.sensing",),
    ("settings", "simulation", "pattern"),
    ("sweep_settings", "shrink_settings", "shrink_files", "scale_settings"),
    ("evaluation", "tracking", "profiles"),
    ("training",),
    ("shrinking",),
    ("thinning",),
    ("report",),
    ("report.pictures",),
    ("report.figures",),
    ("report.page",),
    ("checking", "planning", "machine"),
    ("workflow",),
    ("api", "commands"),
    ("__init__", "cli"),  # the package's names lead to the API, each once it is asked for
    ("__main__",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
NO_LIDAR = {"shapley", "selection", "importance", "uncertainty"}
NO_LIDAR_MAY_IMPORT = {"errors", "confidence", "spelling", *NO_LIDAR}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _room_of(name: str) -> str:
    """The room of a dotted name below the package."""
    parts = name.split(".")
    return next(room for end in range(len(parts), 0, -1) if (room := ".".join(parts[:end])) in FLOOR)


def _room(module: Path) -> str:
    return _room_of(".".join(module.relative_to(PACKAGE).with_suffix("").parts))


def _imports(module: Path) -> set[str]:
    """Every module of lidarsel that a file imports, wherever in the file, as dotted names below the package."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.removeprefix("lidarsel.") for name in names if name.startswith("lidarsel.")}
    return found


def breaches(room: str, imported: set[str]) -> set[str]:
    """The imported names that stand on a higher floor, or in another room of the same floor."""
    rooms = {_room_of(name) for name in imported if name != "__version__"}
    above = {other for other in rooms if other != room and FLOOR[other] >= FLOOR[room]}
    if room in NO_LIDAR:
        above |= rooms - NO_LIDAR_MAY_IMPORT
    return above


@pytest.mark.parametrize("module", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(module: Path) -> None:
    assert breaches(_room(module), _imports(module)) == set()


def test_every_floor_is_of_rooms_that_are_there() -> None:
    assert {_room(module) for module in _modules()} == set(FLOOR)


def test_the_layer_test_can_fail() -> None:
    assert breaches("shapley", {"frame.Frame"}) == {"frame"}
    assert breaches("evaluation", {"workflow.run"}) == {"workflow"}
    assert breaches("checking", {"planning.curve"}) == {"planning"}
    assert breaches("datasets.scans", {"datasets.kitti.raw"}) == {"datasets.kitti"}
    assert breaches("evaluation", {"frame.Frame", "evaluation.store"}) == set()


def test_no_import_cycles() -> None:
    modules = {".".join(m.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): m for m in _modules()}
    graph = {}
    for name, path in modules.items():
        targets = set()
        for imported in _imports(path):
            targets |= {part for part in (imported, imported.rpartition(".")[0]) if part in modules and part != name}
        graph[name] = targets
    done: set[str] = set()
    while True:
        ready = {name for name, targets in graph.items() if name not in done and targets <= done}
        if not ready:
            break
        done |= ready
    assert set(graph) - done == set()


MOST_LINES = 300


def test_the_tests_mirror_the_package() -> None:
    folders = {module.parent.relative_to(PACKAGE) for module in _modules()} - {Path()}
    assert [str(folder) for folder in sorted(folders) if not any((ROOT / "tests" / folder).glob("test_*.py"))] == []


def crowded(files: Iterable[Path]) -> list[str]:
    """The files that are too long to be read in one go."""
    counts = {path: len(path.read_text().splitlines()) for path in files}
    return [f"{path.name}: {count} lines" for path, count in counts.items() if count > MOST_LINES]


def test_no_file_is_crowded() -> None:
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "scripts")
    assert crowded(path for folder in folders for path in sorted(folder.rglob("*.py"))) == []


def test_the_test_of_crowded_files_can_fail(tmp_path: Path) -> None:
    long, short = tmp_path / "long.py", tmp_path / "short.py"
    long.write_text("x = 1\n" * (MOST_LINES + 1))
    short.write_text("x = 1\n" * MOST_LINES)
    assert crowded([long, short]) == ["long.py: 301 lines"]


def shared_names(texts: Iterable[str]) -> list[str]:
    """The names, without underscores before them, of two classes of a package, or of two types that differ."""
    meanings: dict[str, set[str]] = defaultdict(set)
    for number, text in enumerate(texts):
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                meanings[node.name.lstrip("_")].add(f"{number} {node.lineno}")
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id.lstrip("_")
                if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name):
                    meanings[name].add(ast.dump(node.value))
    return sorted(name for name, different in meanings.items() if len(different) > 1)


def test_no_name_stands_for_two_things() -> None:
    assert shared_names(module.read_text() for module in _modules()) == []
    assert shared_names(["class Log: ...", "class Log: ...\nclass _Row: ...", "class Row: ..."]) == ["Log", "Row"]
    assert shared_names(
        ["Size = int\nMOST = 1\nArray = list[int]", "class Size: ...\nMOST = 2\nArray = list[int]"]
    ) == ["Size"]


# "Kept" or "Measured" says what happened to a thing and not what it is.
PARTICIPLES = re.compile(r"(\w*[a-z]ed|Made|Kept|Found|Given|Written|Read|Unread|Known|Chosen|Drawn)")


def participles(texts: Iterable[str]) -> list[str]:
    """The classes that are named by a past participle alone."""
    names = (node.name for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))
    bare = (name.lstrip("_") for name in names)
    alone = (name for name in bare if PARTICIPLES.fullmatch(name) and not re.search("[a-z][A-Z]", name))
    return sorted(set(alone) - {"Spaced"})  # a selector, called by its name


def test_classes_are_named_by_nouns() -> None:
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "scripts")
    assert participles(path.read_text() for folder in folders for path in folder.rglob("*.py")) == []
    assert participles(["class _Kept: ...", "class KeptLines: ...", "class Measured: ..."]) == ["Kept", "Measured"]


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, atexit\n"
        "heavy = {'torch', 'open3d', 'kornia', 'scipy', 'plotly', 'matplotlib'}\n"
        "atexit.register(lambda: print('LOADED', sorted(heavy & set(sys.modules))))\n"
        f"sys.argv = ['lidarsel', *{arguments!r}]\n"
        "from lidarsel.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "LOADED []" in done.stdout


def test_the_launcher_at_the_root_runs_from_anywhere(tmp_path: Path) -> None:
    launcher = PACKAGE.parent / "cli.py"
    done = subprocess.run(
        [sys.executable, launcher, "--version"], capture_output=True, text=True, check=True, timeout=300, cwd=tmp_path
    )
    assert done.stdout.startswith("lidarsel ")

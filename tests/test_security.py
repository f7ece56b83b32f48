"""What lidarsel must never do, whatever it is given: reach the network, run a file's code, let a name become markup."""

import ast
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.fuzz.trees import cloud_folder

PACKAGE = Path(__file__).resolve().parents[1] / "lidarsel"
HOSTILE = "<img src=x onerror=alert(1)>"
NO_NETWORK = """
import socket, sys

def refuse(event, arguments):
    if event == "socket.__new__" and arguments[1] in (socket.AF_INET, socket.AF_INET6):
        raise RuntimeError("somebody wants a socket of the network")
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        raise RuntimeError("somebody asks for an address")

sys.addaudithook(refuse)
"""


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Surroundings in which no Python code gets a socket of the network."""
    folder = tmp_path_factory.mktemp("cut-off")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    return {**os.environ, "PYTHONPATH": str(folder)}


def python(*arguments: object, surroundings: dict[str, str], cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, env=surroundings, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def run(cut_off: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The main job, without network, on clouds and images whose names are markup; the folder it wrote."""
    folder = tmp_path_factory.mktemp("job")
    data = folder / "data"
    cloud_folder(data)
    for path in [*data.glob("*.p*"), *(data / "images").iterdir()]:
        path.rename(path.with_name(f"{HOSTILE} {path.name}"))
    (folder / "settings.yaml").write_text("crop: [48, 200]\nevaluations: 60\nsets: 20\n")
    job = ("-m", "lidarsel", "run", "data", "--budget", "3", "--settings", "settings.yaml", "-o", "runs")
    done = python(*job, surroundings=cut_off, cwd=folder)
    assert done.returncode == 0, done.stderr
    (made,) = (folder / "runs").iterdir()
    return made


def test_no_socket_is_to_be_had_there(cut_off: dict[str, str], tmp_path: Path) -> None:
    for code in ("import socket; socket.socket()", "import urllib.request as u; u.urlopen('http://localhost:9')"):
        done = python("-c", code, surroundings=cut_off, cwd=tmp_path)
        assert "somebody" in done.stderr


def test_the_main_job_needs_no_network(run: Path) -> None:
    assert {"report.html", "report.json", "lines.yaml", "values.json"} <= {path.name for path in run.iterdir()}


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []
        self.handlers: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handlers += [name for name, _ in attributes if name.startswith("on")]
        if tag == "img":
            self.images += [value or "" for name, value in attributes if name == "src"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_file_names_stay_text(run: Path) -> None:
    source = (run / "report.html").read_text()
    page = _Markup()
    page.feed(source)
    assert HOSTILE in page.text, "the page does name its frames"
    assert page.images
    assert all(image.startswith("data:") for image in page.images)
    assert page.handlers == []
    assert HOSTILE not in source


def test_a_name_with_control_characters_does_not_reach_the_terminal(tmp_path: Path) -> None:
    done = python("-m", "lidarsel", "inspect", "\x1b[31mred", surroundings=dict(os.environ), cwd=tmp_path)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr.split("lidarsel: ", 1)[1]


MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib", "socket", "urllib", "http", "ftplib", "requests"}
CALLS = {"eval", "exec", "__import__", "compile"}
METHODS = {
    *("os.system", "os.popen", "os.startfile", "pickle.load", "pickle.loads", "yaml.unsafe_load", "yaml.full_load"),
    *("shutil.unpack_archive", "pty.spawn", "commands.getoutput", "subprocess.getoutput", "runpy.run_path"),
}
ALLOWED = {
    ("completion/foreign/checkpoint_file.py", "imports pickle"),  # for UnpicklingError, which torch.load raises
    ("evaluation/ray_cluster.py", "imports socket"),  # a cluster is what the user asked for there
    ("evaluation/ray_process.py", "imports socket"),
}


def breaches(source: str) -> set[str]:
    """What a module does that could run a file's code or reach the network."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found |= {f"imports {name}" for name in names if name.split(".")[0] in MODULES}
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        if name in CALLS | METHODS or name.rpartition(".")[2] in ("extractall", "Unpickler"):
            found.add(name)
        if name in ("torch.load", "load") and given.get("weights_only") != "True":
            found.add("torch.load without weights_only=True")
        if given.get("shell", "False") != "False":
            found.add("shell=True")
        if given.get("allow_pickle", "False") != "False":
            found.add("allow_pickle=True")
        if name == "yaml.load" and not (len(node.args) == 2 and ast.unparse(node.args[1]).endswith("SafeLoader")):
            found.add("yaml.load without a SafeLoader")
    return found


@pytest.mark.parametrize("module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_runs_a_files_code_or_reaches_the_network(module: Path) -> None:
    name = module.relative_to(PACKAGE).as_posix()
    assert {(name, breach) for breach in breaches(module.read_text())} <= ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "import pickle; pickle.load(f)",
        "from urllib.request import urlopen",
        "torch.load(f)",
        "torch.load(f, weights_only=False)",
        "yaml.load(text)",
        "yaml.load(text, yaml.Loader)",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "np.load(f, allow_pickle=True)",
        "eval(text)",
        "tarfile.open(f).extractall()",
    ],
)
def test_the_search_can_find(source: str) -> None:
    assert breaches(source)

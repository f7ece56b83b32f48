"""Tab completion by the scripts that ``lidarsel --show-completion`` prints, in a real bash and as zsh and fish ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lidarsel.selection.registry import NAMES

SCRIPTS = Path(sys.executable).parent
NO_DETECTION = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{SCRIPTS}:{os.environ['PATH']}", **environment},
        timeout=60,
    )
    return done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("lidarsel ins", {"inspect"}),
        ("lidarsel store m", {"merge"}),
        ("lidarsel run DATA --method sas", {"sas", "sas-region", "sas-separation"}),
        ("lidarsel run DATA --methods spaced,exh", {"spaced,exhaustive"}),
        ("lidarsel select --meth", {"--method"}),
        ("lidarsel evaluate DATA --part he", {"held-out"}),
        ("lidarsel inspect DATA --ground-truth acc", {"accumulated"}),
        ("lidarsel run DATA --estimator perm", {"permutation"}),
        ("lidarsel sensors OS2-12", {"OS2-128"}),
    ],
)
def test_bash_offers(typed: str, offered: set[str]) -> None:
    script = run("lidarsel", "--show-completion", "bash", **NO_DETECTION)
    asking = 'COMP_WORDS=($TYPED); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _lidarsel_completion lidarsel "" ""'
    assert set(run("bash", "-c", f'{script}\n{asking}; printf "%s\\n" "${{COMPREPLY[@]}}"', TYPED=typed).split()) == (
        offered
    )


def test_zsh_and_fish_offer_every_method() -> None:
    typed = "lidarsel run DATA --method "
    zsh = run("lidarsel", _LIDARSEL_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=typed)
    assert all(f'"{name}"' in zsh for name in NAMES)
    fish = run(
        "lidarsel",
        _LIDARSEL_COMPLETE="complete_fish",
        _TYPER_COMPLETE_FISH_ACTION="get-args",
        _TYPER_COMPLETE_ARGS=typed,
    )
    assert set(fish.split()) == set(NAMES)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_installing_writes_under_the_home_folder(shell: str, tmp_path: Path) -> None:
    run("lidarsel", "--install-completion", shell, HOME=str(tmp_path), **NO_DETECTION)
    assert any("lidarsel" in path.read_text() for path in tmp_path.rglob("*") if path.is_file())

"""Where files are written: what is no regular file is never replaced, and what is replaced hands on mode and owner."""

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lidarsel.errors import OutputError
from lidarsel.places import require_file_place, require_files_beside
from lidarsel.workflow.runfolder import run_folder
from lidarsel.writing import whole_file, whole_folder, write_bytes
from tests.support.commands import ROOT

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@AS_ROOT
def test_a_device_stays_a_device(tmp_path: Path) -> None:
    null = tmp_path / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    write_bytes(null, b"gone")
    assert stat.S_ISCHR(null.lstat().st_mode)
    assert list(tmp_path.iterdir()) == [null]


@AS_ROOT
def test_a_disk_and_a_socket_are_refused(tmp_path: Path) -> None:
    os.mknod(tmp_path / "disk", 0o600 | stat.S_IFBLK, os.makedev(240, 240))
    with pytest.raises(OutputError, match="it is a disk"):
        write_bytes(tmp_path / "disk", b"x")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        with pytest.raises(OutputError, match="it is a socket"):
            write_bytes(tmp_path / "socket", b"x")


def test_a_full_device_is_told() -> None:
    with pytest.raises(OutputError, match="/dev/full: cannot be written \\(No space left on device\\)"):
        write_bytes(Path("/dev/full"), b"x")


def test_a_fifo_stays_a_fifo_and_its_reader_gets_all(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    write_bytes(fifo, b"all" * 100_000)
    reader.join(30)
    assert got == [b"all" * 100_000]
    assert stat.S_ISFIFO(fifo.lstat().st_mode)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link", tmp_path / "there" / "file"
    link.symlink_to("there/file")
    for content in (b"new", b"replaced"):
        write_bytes(link, content)
        assert link.is_symlink()
        assert not target.is_symlink()
        assert target.read_bytes() == content
    assert list(target.parent.iterdir()) == [target]


def test_a_link_into_nowhere_and_one_to_itself_are_refused(tmp_path: Path) -> None:
    (tmp_path / "nowhere").symlink_to("missing/file")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("nowhere", "loop"):
        with pytest.raises(OutputError, match=name):
            write_bytes(tmp_path / name, b"x")
        assert (tmp_path / name).is_symlink()
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("to_file", [True, False])
def test_stdout_by_name_goes_where_stdout_goes(tmp_path: Path, name: str, to_file: bool) -> None:
    """Also in a file that stdout was sent to: it is added to, not replaced under the shell's hands."""
    code = (
        "import sys; from pathlib import Path; from lidarsel.writing import write_bytes\n"
        f"print('before', flush=True); write_bytes(Path({name!r}), b'content\\n'); print('after')"
    )
    command = [sys.executable, "-c", code]
    if to_file:
        with (tmp_path / "said").open("wb") as file:
            subprocess.run(command, stdout=file, check=True, cwd=ROOT, timeout=60)
        said = (tmp_path / "said").read_bytes()
    else:
        said = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, timeout=60).stdout
    assert said == b"before\ncontent\nafter\n"


def test_mode_is_kept_and_a_new_file_has_the_usual_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"secret")
    old.chmod(0o600)
    write_bytes(old, b"still secret")
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    before = os.umask(0o027)
    try:
        write_bytes(new, b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


@AS_ROOT
def test_owner_and_group_are_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir(0o750)
    for name in ("file", "folder"):
        os.chown(tmp_path / name, 12345, 23456)
    write_bytes(tmp_path / "file", b"new")
    with whole_folder(tmp_path / "folder") as partial:
        (partial / "all").write_bytes(b"all")
    for name in ("file", "folder"):
        now = (tmp_path / name).stat()
        assert (now.st_uid, now.st_gid) == (12345, 23456)
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o750


def test_an_owner_that_cannot_be_kept_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "theirs"
    path.write_bytes(b"old")
    as_they_are = os.fstat

    def of_another_user(number: int) -> os.stat_result:
        return os.stat_result([*as_they_are(number)[:4], os.getuid() + 1, *as_they_are(number)[5:]])

    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr("lidarsel.writing.os.fstat", of_another_user)
    monkeypatch.setattr("lidarsel.writing.os.fchown", forbidden)
    with pytest.raises(OutputError, match=r"theirs: belongs to user .* could not be kept as its owner"):
        write_bytes(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_process_number_do_not_meet(tmp_path: Path) -> None:
    """As two containers on a shared volume, where both may be process 1."""
    path = tmp_path / "file"
    with whole_file(path) as one, whole_file(path) as other:
        assert one != other
        one.write_bytes(b"one, longer")
        other.write_bytes(b"other")
    assert path.read_bytes() == b"one, longer"
    assert list(tmp_path.iterdir()) == [path]


def test_a_planted_link_is_not_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary name is not to be guessed; were it, what stands there is not opened."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    monkeypatch.setattr("lidarsel.writing.secrets.token_hex", lambda _: "0")
    (tmp_path / ".file.0.part").symlink_to(victim)
    with pytest.raises(OutputError, match="File exists"):
        write_bytes(tmp_path / "file", b"theirs")
    assert victim.read_bytes() == b"mine"


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 127)
    write_bytes(path, b"x")
    assert list(tmp_path.iterdir()) == [path]


def test_file_and_folder_are_on_the_disk_before_it_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(number: int) -> None:
        steps.append(Path(f"/proc/self/fd/{number}").readlink().name.split(".")[-1])
        real_sync(number)

    def replace(self: Path, target: Path) -> Path:
        steps.append("replace")
        return real_replace(self, target)

    monkeypatch.setattr("lidarsel.writing.os.fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    (tmp_path / "here").mkdir()
    write_bytes(tmp_path / "here" / "file", b"x")
    assert steps == ["part", "replace", "here"]
    steps.clear()
    with whole_folder(tmp_path / "here" / "folder") as partial:
        (partial / "sub").mkdir()
        (partial / "sub" / "file").write_bytes(b"x")
    assert steps == ["part", "file", "sub", "replace", "here"]


def test_a_folder_of_a_run_is_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "file").write_bytes(b"mine")
    for name in ("fifo", "nowhere", "file"):
        with pytest.raises(OutputError, match=name), run_folder(tmp_path / name, "x", "a" * 64):
            pass
        with pytest.raises(OutputError, match=name), whole_folder(tmp_path / name):
            pass
    assert not (tmp_path / "missing").exists()


def test_a_link_to_an_empty_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    with whole_folder(tmp_path / "link") as partial:
        (partial / "all").write_bytes(b"all")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "all").read_bytes() == b"all"


def test_a_mount_point_is_refused_before_the_work() -> None:
    with pytest.raises(OutputError, match=r"not empty|mount point"), whole_folder(Path("/dev/shm")):
        pass


def test_files_beside_a_device_are_refused(tmp_path: Path) -> None:
    require_file_place(Path("/dev/null"))
    for path in (Path("/dev/null"), Path("/dev/stdout")):
        with pytest.raises(OutputError, match="other files go beside it"):
            require_files_beside(path)
    require_files_beside(tmp_path / "values.json")

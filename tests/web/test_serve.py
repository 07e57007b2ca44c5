"""`occupancy serve`: how it starts, and what it says when it cannot."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from occupancy.web import FolderError, data_folder

OCCUPANCY = [sys.executable, "-W", "ignore", "-c", "from occupancy.cli import main; main()"]


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OCCUPANCY, "serve", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = serve("--port", str(port), "--data", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"port {port} is in use" in done.stderr
    assert "--port" in done.stderr


def test_a_folder_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    done = serve("--port", "0", "--data", str(path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "is a file" in done.stderr
    assert path.read_text() == "mine"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = serve("--port", "0", "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_nobody_can_write_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(FolderError, match=r"Read-only file system.*--data FOLDER"):
        data_folder(Path("/somewhere/data"))


def test_the_usual_folder_is_that_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCCUPANCY_DATA", str(tmp_path / "named"))
    assert data_folder() == tmp_path / "named"
    monkeypatch.delenv("OCCUPANCY_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert data_folder() == tmp_path / "occupancy"


def test_the_command_line_starts_without_the_server() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import occupancy.cli, sys; assert not {'fastapi', 'jinja2'} & set(sys.modules)",
        ],
        check=False,
    )
    assert done.returncode == 0

"""Where the application listens and keeps its things."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

#: Port when none is asked for.
PORT: Final = 8417
#: Names by which a browser on the same machine calls this one.
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
#: Largest body that a form or a question needs, in bytes.
LARGEST_BODY: Final = 1_000_000
#: Largest set of tables of scans that is taken in, in bytes.
LARGEST_TABLE: Final = 8_000_000
#: Largest archive of a diary that is taken in, in bytes.
LARGEST_ARCHIVE: Final = 32_000_000


@dataclass(frozen=True)
class Settings:
    """How one server runs.

    Attributes:
        data: folder of the database and the cache.
        hosts: names a request may ask for; anything else is refused (DNS rebinding).
        largest_body: bytes of a request body.
        largest_archive: bytes of an archive that is brought in.
        largest_table: bytes of tables of scans.
        examples: whether worked examples are offered on the pages.
        database: the diary's file or PostgreSQL URL; None is `diary.db` in the folder.
        team: whether people sign in; without it, whoever reaches the server is the one owner.
        clock: the present instant, for sessions and entries; None is the machine's.
    """

    data: Path
    hosts: tuple[str, ...] = field(default=LOOPBACK)
    largest_body: int = LARGEST_BODY
    largest_archive: int = LARGEST_ARCHIVE
    largest_table: int = LARGEST_TABLE
    examples: bool = True
    database: str | Path | None = None
    team: bool = False
    clock: Callable[[], datetime] | None = None


class FolderError(ValueError):
    """A data folder that cannot be used; the message says what to change."""


def data_folder(asked: Path | None = None) -> Path:
    """The folder for data, made when it is not there.

    Without `asked`: `OCCUPANCY_DATA`, else the place the system keeps for applications.

    Raises:
        FolderError: it is no folder, or cannot be made or written.
    """
    path = asked or _usual_folder()
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (FileExistsError, NotADirectoryError):
        raise FolderError(
            f"data folder {path} is a file; name a folder with --data FOLDER"
        ) from None
    except OSError as error:
        raise FolderError(
            f"data folder {path} cannot be written ({error.strerror}); "
            "make it writable or name another with --data FOLDER"
        ) from None
    return path


def _usual_folder() -> Path:
    named = os.environ.get("OCCUPANCY_DATA")
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "occupancy"

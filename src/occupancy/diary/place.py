"""Where a store is: a file in the user's data folder, another file, or a server's URL."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from occupancy.diary.error import StoreError

FILE_NAME: Final = "diary.db"


def data_folder() -> Path:
    """The folder for data of this user: `OCCUPANCY_DATA`, or what the system has for it."""
    named = os.environ.get("OCCUPANCY_DATA")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "occupancy"


def place(where: str | Path | None) -> Path | str:
    """The file of a store, or its PostgreSQL URL with the driver in it.

    Args:
        where: None is the user's own diary; a path; `postgresql://user:password@host/name`.

    Raises:
        StoreError: a URL of another kind.
    """
    if where is None:
        return data_folder() / FILE_NAME
    if isinstance(where, Path) or "://" not in where:
        return Path(where).expanduser()
    scheme, _, rest = where.partition("://")
    if scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite":
        return Path(rest.removeprefix("/")).expanduser()
    raise StoreError(
        f"{scheme}:// is not a database the diary can be kept in; give a file, or "
        "postgresql://user@host/name."
    )

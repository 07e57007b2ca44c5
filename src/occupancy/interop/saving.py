"""Writing an export to a file: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class ExportError(ValueError):
    """An export that cannot be made or written; the message says what to change."""


def save(data: str | bytes, path: Path) -> Path:
    """Write `data` to `path`, text as UTF-8, line ends as they are.

    A temporary file beside it is filled first and then takes its place, so that nobody reads
    half a plan and an older file survives a full disk.

    Raises:
        ExportError: the folder does not exist or cannot be written, or `path` is a folder.
    """
    if not path.parent.is_dir():
        raise ExportError(f"{path}: the folder {path.parent} does not exist; make it first.")
    if path.is_dir():
        raise ExportError(f"{path} is a folder; give the name of a file in it.")
    content = data.encode("utf-8") if isinstance(data, str) else data
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise ExportError(f"{path}: cannot write there ({error.strerror}).") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise ExportError(f"{path}: not written ({error.strerror}).") from error
    return path

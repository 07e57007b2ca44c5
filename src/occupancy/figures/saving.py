"""Writing a picture to a file: PNG, SVG, PDF or a page that needs no network."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt

FORMATS = (".png", ".svg", ".pdf", ".html")
#: Pixels per point of a PNG: sharp on a dense screen and in print.
PNG_SCALE = 2.0


class PictureError(ValueError):
    """A file name whose ending is no picture format, or a folder that cannot be written."""


def check_path(path: Path) -> Path:
    """`path`, when a picture can be written there.

    Raises:
        PictureError: an unknown ending, or a folder that does not exist.
    """
    if path.suffix.lower() not in FORMATS:
        raise PictureError(
            f"--plot {path}: {path.suffix or 'no ending'} is not a picture format; "
            f"use one of {', '.join(FORMATS)}"
        )
    if not path.parent.is_dir():
        raise PictureError(f"--plot {path}: the folder {path.parent} does not exist; make it first")
    return path


def save(chart: alt.TopLevelMixin, path: Path) -> Path:
    """Write `chart` to `path`; the ending chooses the format. Nothing is left half-written.

    Raises:
        PictureError: see `check_path`.
    """
    import vl_convert

    check_path(path)
    specification = chart.to_dict()
    match path.suffix.lower():
        case ".png":
            data = vl_convert.vegalite_to_png(specification, scale=PNG_SCALE)
        case ".svg":
            data = vl_convert.vegalite_to_svg(specification).encode()
        case ".pdf":
            data = vl_convert.vegalite_to_pdf(specification)
        case _:
            data = vl_convert.vegalite_to_html(specification, bundle=True).encode()
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=path.suffix)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return path

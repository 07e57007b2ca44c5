"""Files that never change while the server runs, under names that carry their hash.

`vega.js` is the bundle of Vega, Vega-Lite and Vega-Embed that vl-convert holds; it is made once
for each version of it and kept in the data folder, so nothing is fetched.
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
import threading
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from fastapi import Request
from fastapi.responses import Response

STATIC: Final = Path(__file__).parent / "static"
VEGA: Final = "vega.js"
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_BUNDLE: Final = (
    "import sys, vl_convert; "
    "open(sys.argv[1], 'w', encoding='utf-8').write(vl_convert.javascript_bundle())"
)


class Assets:
    """The static files of one server."""

    def __init__(self, cache_folder: Path) -> None:
        """Files of the package, and made ones in `cache_folder`."""
        self._cache = cache_folder
        self._making = threading.Lock()

    def url(self, name: str) -> str:
        """The address of a file, which changes when the file does."""
        if name == VEGA:
            return f"/static/{_vega_version()}/{VEGA}"
        return f"/static/{_hash(name)}/{name}"

    def prepare(self) -> Path:
        """The bundle of Vega on disk, made when it is not there yet.

        Another process makes it, so that its engine does not stay in this one's memory.
        """
        path = self._cache / f"{_vega_version()}-{VEGA}"
        with self._making:
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_suffix(".part")
                subprocess.run(
                    [sys.executable, "-c", _BUNDLE, str(part)], check=True, capture_output=True
                )
                part.replace(path)
        return path

    def answer(self, request: Request, name: str) -> Response | None:
        """The file called `name`, compressed for browsers that say so; None for no such file."""
        if name == VEGA:
            data, packed = _packed(self.prepare())
        elif name in _names():
            data, packed = _packed(STATIC / name)
        else:
            return None
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            data, headers["Content-Encoding"] = packed, "gzip"
        return Response(data, media_type=_TYPES[Path(name).suffix], headers=headers)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.iterdir() if path.suffix in _TYPES)


@cache
def _hash(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


@cache
def _vega_version() -> str:
    return f"vl-convert-{version('vl-convert-python')}"


@cache
def _packed(path: Path) -> tuple[bytes, bytes | None]:
    data = path.read_bytes()
    return data, gzip.compress(data, 6, mtime=0) if len(data) > 1000 else None

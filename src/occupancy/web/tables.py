"""Tables that come in a request, put on disk as long as the readers of files need them."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from occupancy.web.mistakes import Mistakes, mistake
from occupancy.web.pages import file_name
from occupancy.web.settings import LARGEST_TABLE

if TYPE_CHECKING:
    from occupancy.pet.documents import PetFitDocument, PetOccupancyDocument
    from occupancy.pet.study_fit import FitSettings

    Told = TypeVar("Told", PetFitDocument, PetOccupancyDocument)

#: Scans in one study.
MOST_SCANS: Final = 8
#: Curves of one study, all scans together, and frames of one scan.
MOST_CURVES: Final = 400
#: The same where a curve takes a hundred times as long, so that nobody waits for another's.
FEWER_CURVES: Final = {"srtm-displacement": 60}
MOST_FRAMES: Final = 300
#: Characters of a name that are kept, the last ones.
_KEPT: Final = 80


@dataclass(frozen=True)
class Given:
    """A table as it came: its name, what is in it, and the sidecar beside it."""

    name: str
    data: bytes
    sidecar: bytes | None = None


@dataclass(frozen=True)
class Placed:
    """Tables on disk, each in a folder of its own."""

    folder: Path
    paths: tuple[Path, ...]

    def said(self, text: str) -> str:
        """A message with the tables by their names alone."""
        for path in self.paths:
            text = text.replace(f"{path.parent}/", "")
        return text

    def told(self, document: Told) -> Told:
        """A document whose messages name the tables by their names alone."""
        from occupancy.pet.documents import PetFitDocument

        warnings = [self.said(one) for one in document.warnings]
        if not isinstance(document, PetFitDocument):
            return replace(document, warnings=warnings)
        failures = [replace(one, problem=self.said(one.problem)) for one in document.failures]
        return replace(document, warnings=warnings, failures=failures)


@contextmanager
def placed(tables: Sequence[Given], field: str) -> Iterator[Placed]:
    """Put tables on disk until the block ends.

    A name from outside is never a path: its letters only, in a folder that is its own.

    Raises:
        Mistakes: of `field`, a compressed table that cannot be unpacked.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths: list[Path] = []
        for k, one in enumerate(tables):
            place = Path(folder) / str(k)
            place.mkdir()
            kept = file_name(Path(one.name).name)[-_KEPT:].lstrip(".")
            name, data = _plain(kept, one.data, field)
            path = place / (name or "scan.tsv")
            path.write_bytes(data)
            if one.sidecar is not None:
                path.with_suffix(".json").write_bytes(one.sidecar)
            paths.append(path)
        yield Placed(Path(folder), tuple(paths))


@contextmanager
def reading(tables: Placed, field: str) -> Iterator[None]:
    """Turn what cannot be read or fitted inside into a mistake of `field`."""
    try:
        yield
    except Mistakes:
        raise
    except (OSError, UnicodeError, IndexError, KeyError, OverflowError) as error:
        names = ", ".join(path.name for path in tables.paths)
        text = f"the tables cannot be read ({tables.said(str(error))}); see the formats"
        raise Mistakes([mistake(field, names, text)]) from error
    except ValueError as error:
        names = ", ".join(path.name for path in tables.paths)
        raise Mistakes([mistake(field, names, tables.said(str(error)))]) from error


def check_size(tables: Placed, settings: FitSettings, field: str) -> None:
    """Refuse more curves or frames than one request may ask for.

    Raises:
        Mistakes: of `field`. What cannot be read is left to the fit, which says why.
    """
    from occupancy.pet.error import PetError
    from occupancy.pet.files.tac_reading import read_scans

    curves = frames = 0
    for path in tables.paths:
        try:
            found = read_scans(path, settings.stated)
        except (PetError, ValueError, OSError, IndexError, KeyError, OverflowError):
            continue
        curves += sum(len(one.tacs.regions) for one in found)
        frames = max(frames, *(len(one.tacs.frames) for one in found))
    for count, most, what in (
        (curves, FEWER_CURVES.get(settings.model, MOST_CURVES), "curves in all"),
        (frames, MOST_FRAMES, "frames in a scan"),
    ):
        if count > most:
            text = (
                f"there are {count:,} {what}; {settings.model} fits at most {most} here, give fewer"
            )
            raise Mistakes([mistake(field, count, text)])


def _plain(name: str, data: bytes, field: str) -> tuple[str, bytes]:
    """A table unpacked, and not further than may be sent unpacked."""
    if not name.endswith(".gz"):
        return name, data
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(data, LARGEST_TABLE + 1)
    except zlib.error as error:
        raise Mistakes([mistake(field, name, f"it cannot be unpacked ({error})")]) from error
    if len(found) > LARGEST_TABLE:
        text = f"unpacked it holds more than {LARGEST_TABLE:,} bytes; send less"
        raise Mistakes([mistake(field, name, text)])
    return name.removesuffix(".gz"), found

"""Time-activity curves from files: PET-BIDS and PETFit tables, PMOD, Turku's DFT, plain CSV."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from occupancy.pet.activity_unit import minutes_in
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.files.delimited import Table, bracketed, read_lines, read_table
from occupancy.pet.files.sidecar import Sidecar, read_sidecar, sidecar_of
from occupancy.pet.files.stated import Stated
from occupancy.pet.files.tac_columns import TacFile, scans_in
from occupancy.pet.frames import Frames

_Reader = Callable[[Path, list[str], Stated, Sidecar, str], tuple[TacFile, ...]]


def read_tacs(
    path: str | Path,
    stated: Stated = Stated(),  # noqa: B008 (frozen)
    *,
    sidecar: str | Path | None = None,
    scan: str | None = None,
) -> TacFile:
    """Read the curves of one scan.

    Parameters
    ----------
    path
        See `read_scans`.
    stated
        What the file may not say.
    sidecar
        A PET-BIDS .json; by default the one beside the file, if there is one.
    scan
        Which scan, where the file has several.

    Raises
    ------
    PetFileError
        As `read_scans`; or the file has several scans and `scan` is none of them.
    """
    found = read_scans(path, stated, sidecar=sidecar)
    if scan is not None:
        found = tuple(one for one in found if one.tacs.scan == scan)
    if len(found) != 1:
        names = ", ".join(one.tacs.scan for one in read_scans(path, stated, sidecar=sidecar))
        raise PetFileError(path, f"it holds {len(found)} such scans.", f"one of: {names}.")
    return found[0]


def read_scans(
    path: str | Path,
    stated: Stated = Stated(),  # noqa: B008 (frozen)
    *,
    sidecar: str | Path | None = None,
) -> tuple[TacFile, ...]:
    """Read every scan of a file.

    By its ending: `.tac` (PMOD), `.voistat` (PMOD, with the frames in the .acqtimes beside it),
    `.dft` (Turku PET Centre); any other is a table with a header, separated by tabs, commas,
    semicolons or blanks: frame columns (`frame_start` and `frame_end`, `FrameTimesStart` and
    `FrameTimesEnd`, `start_s` and `duration_s` and their like) and a column per region, or a row
    per region and frame with columns `region` and `TAC`. `.gz` may follow. Values are means over
    their frames unless `stated` says otherwise.

    Raises
    ------
    PetFileError
        The message names file, line, column, the problem and what is allowed.
    """
    path = Path(path)
    lines = read_lines(path)
    beside = Path(sidecar) if sidecar is not None else sidecar_of(path)
    told = read_sidecar(beside) if beside is not None else Sidecar()
    ending = Path(path.name.removesuffix(".gz")).suffix.lower()
    reader = _READERS.get(ending, _read_plain)
    if lines[0].startswith("DFT"):
        reader = _read_dft
    return reader(path, lines, stated, told, scan_name(path))


def scan_name(path: Path) -> str:
    """Return a scan's name: its PET-BIDS subject and session, else the file's name."""
    stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    found = dict(re.findall(r"(sub|ses|task|run)-([A-Za-z0-9]+)", stem))
    if "sub" not in found:
        return stem
    return "_".join(f"{key}-{found[key]}" for key in ("sub", "ses", "task", "run") if key in found)


def _read_plain(
    path: Path, lines: list[str], stated: Stated, told: Sidecar, name: str
) -> tuple[TacFile, ...]:
    return scans_in(read_table(path, lines), stated, told, name)


def _read_pmod(
    path: Path, lines: list[str], stated: Stated, told: Sidecar, name: str
) -> tuple[TacFile, ...]:
    """PMOD: start[seconds], end[kBq/cc], regions; the units stand in the header."""
    table = read_table(path, lines)
    units = [bracketed(column)[1] for column in table.columns]
    if len(units) < 3 or units[0] is None or units[1] is None:
        raise PetFileError(
            path, f"its header begins with {', '.join(table.columns[:2])}.",
            "a PMOD header: start[seconds], end[kBq/cc] and one column per region.", table.lines[0],
        )  # fmt: skip
    return scans_in(table, stated, _unit_told(path, told, units[1]), name)


def _read_voistat(
    path: Path, lines: list[str], stated: Stated, told: Sidecar, name: str
) -> tuple[TacFile, ...]:
    """PMOD's statistics: a row per region and frame, times of the middles."""
    table = read_table(path, [re.sub(r"^// ?", "", line) for line in lines])
    by = {bracketed(column)[0]: column for column in table.columns}
    missing = [need for need in ("VoiName(Region)", "Time", "Averaged") if need not in by]
    if missing:
        raise PetFileError(
            path, f"no column {', '.join(missing)}.",
            "PMOD's VOI statistics: VoiName(Region), Time [seconds], Averaged [kBq/cc].",
        )  # fmt: skip
    scale = minutes_in(stated.time_of(path, bracketed(by["Time"])[1]) or "s")
    times, values = table.numbers(by["Time"], missing=False) * scale, table.numbers(by["Averaged"])
    where: dict[str, list[int]] = {}
    for i, region in enumerate(table.text(by["VoiName(Region)"])):
        where.setdefault(region, []).append(i)
    mids = times[next(iter(where.values()))]
    for region, rows in where.items():
        if len(rows) != mids.size or not np.allclose(times[rows], mids):
            raise PetFileError(
                path, f"region {region!r} has other times than {next(iter(where))!r}.",
                "the same frames for all regions.", table.lines[rows[0]],
            )  # fmt: skip
    notes: list[str] = []
    frames = _acquired(path, mids, told, notes)
    unit = _unit_told(path, told, bracketed(by["Averaged"])[1])
    columns = [frames.start, frames.end, *(values[rows] for rows in where.values())]
    plain = Table(
        path,
        ("start_min", "end_min", *where),
        tuple(tuple(repr(float(x)) for x in row) for row in zip(*columns, strict=True)),
        tuple(table.lines[i] for i in next(iter(where.values()))),
    )
    minutes = replace(stated, time_unit=None)
    return tuple(
        replace(one, notes=(*notes, *one.notes))
        for one in scans_in(plain, minutes, replace(unit, start=None, injected=0.0), name)
    )


def _acquired(path: Path, mids: np.ndarray, told: Sidecar, notes: list[str]) -> Frames:
    """Return the frames from the .acqtimes beside, the sidecar, or by following each other."""
    beside = path.with_name(path.name.removesuffix(".gz")).with_suffix(".acqtimes")
    patient = path.with_name(re.sub(r"_.*", "", path.stem) + ".acqtimes")
    for file in (beside, patient):
        if not file.is_file():
            continue
        rows = [line.split("#")[0].split() for line in read_lines(file)]
        pairs = [row for row in rows if len(row) == 2]
        try:
            times = np.array(pairs, dtype=np.float64)
            frames = Frames.from_ends(times[:, 0], times[:, 1], "s")
        except (ValueError, IndexError) as problem:
            raise PetFileError(file, f"{problem}.", "the start and end of every frame.") from None
        if len(frames) != mids.size or not np.allclose(frames.mid, mids, atol=1e-2):
            raise PetFileError(
                path, f"its times are not the middles of the {len(frames)} frames in {file.name}.",
                "the .acqtimes of the same scan.",
            )  # fmt: skip
        return frames
    frames = told.frames()
    if frames is not None and len(frames) == mids.size and np.allclose(frames.mid, mids, atol=1e-2):
        return frames
    ends = np.empty_like(mids)
    before = 0.0
    for i, mid in enumerate(mids):  # a frame that begins where the last one ended
        ends[i] = before = 2.0 * mid - before
    try:
        frames = Frames(np.concatenate([[0.0], ends[:-1]]), ends)
    except PetError:
        raise PetFileError(
            path, "it gives the middles of frames, and they do not follow each other from zero.",
            f"the frames' starts and ends in {beside.name}.",
        ) from None  # fmt: skip
    notes.append("frames are taken to follow each other without gaps from the injection")
    return frames


def _read_dft(
    path: Path, lines: list[str], stated: Stated, told: Sidecar, name: str
) -> tuple[TacFile, ...]:
    """Turku's DFT: four title lines (names, sides, unit and planes, times and volumes)."""
    kept = [(n, x) for n, x in enumerate(lines, 1) if x.strip() and not x.startswith("#")]
    if len(kept) < 5 or not kept[0][1].startswith("DFT"):
        raise PetFileError(
            path, "its title lines are not those of DFT.",
            "DFT and region names; study and sides; unit and planes; 'Times (min)' and volumes.", 1,
        )  # fmt: skip
    tabs = "\t" in kept[0][1]

    def cells(line: str) -> list[str]:
        return [c.strip() for c in line.split("\t")] if tabs else line.split()

    names, sides, units = (cells(line) for _, line in kept[:3])
    head = re.match(r"(Times?)\s*[\[(](\w+)[\])](.*)", kept[3][1].strip())
    if head is None or head[1] == "Time":
        raise PetFileError(
            path, f"its fourth line begins with {kept[3][1][:20].strip()!r}.",
            "'Times (min)' or 'Times (sec)' over two columns, the start and end of each frame.",
            kept[3][0],
        )  # fmt: skip
    regions = [
        name if side in (".", "") else f"{name}_{side}"
        for name, side in zip(names[1:], [*sides[1:], *["."] * len(names)], strict=False)
    ]
    if len(set(regions)) != len(regions):
        planes = units[1:] + ["."] * len(regions)
        regions = [f"{r}_{p}" for r, p in zip(regions, planes, strict=False)]
    stated.time_of(path, head[2])
    header = "\t".join([f"start[{head[2]}]", f"end[{head[2]}]", *regions])
    body = ["\t".join(cells(line)) for _, line in kept[4:]]
    table = read_table(path, [header, *body])
    table = replace(table, lines=tuple(n for n, _ in kept[4:]))
    study = sides[0] if sides and sides[0] != "." else name
    found = scans_in(table, stated, _unit_told(path, told, units[0]), study)
    volumes = [c for c in re.split(r"\t+|\s+", head[3].strip()) if c]
    if len(volumes) != len(regions):
        return found
    sizes = {r: float(v) for r, v in zip(regions, volumes, strict=True) if v != "."}
    return tuple(replace(one, volumes=sizes) for one in found)


def _unit_told(path: Path, told: Sidecar, written: str | None) -> Sidecar:
    """Return what is told with the unit that stands in the file itself."""
    return told if written is None else replace(told, unit=written, file=path)


_READERS: Final[dict[str, _Reader]] = {
    ".tac": _read_pmod,
    ".voistat": _read_voistat,
    ".dft": _read_dft,
}

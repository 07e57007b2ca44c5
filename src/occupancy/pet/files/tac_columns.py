"""Time-activity curves out of a table: one column per region, or one row per region and frame."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np

from occupancy.pet.activity_unit import minutes_in
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.files.delimited import MISSING, Table
from occupancy.pet.files.sidecar import Sidecar
from occupancy.pet.files.stated import Stated, column_role
from occupancy.pet.frames import Array, Frames
from occupancy.pet.nuclide import decay_constant
from occupancy.pet.tac import TimeActivity

#: columns that say of which scan a row is
KEYS: Final = (
    "sub", "subject", "participant_id", "id", "ses", "session", "trc", "rec", "task", "run", "pet",
    "meas", "scan",
)  # fmt: skip
_BESIDE: Final = ("injectedradioactivity", "bodyweight", "volume_mm3", "seg_meantac", "frame",
                  "segmentation", "desc", "pvc")  # fmt: skip
_WEIGHTS: Final = ("weights", "weight", "frame_weights")
_SHORTEST = 5.0  # min; a scan of seconds that ends before is one of minutes


@final
@dataclass(frozen=True, eq=False)
class TacFile:
    """The curves of one scan as a file has them.

    Attributes
    ----------
    tacs
        The curves.
    weights
        Those in a column 'weights', one per frame; None without.
    volumes
        Of the regions, mm³, by name; empty where the file has none.
    notes
        What was assumed or left out.
    sidecar
        What stands beside the curves.
    """

    tacs: TimeActivity
    weights: Array | None = None
    volumes: dict[str, float] | None = None
    notes: tuple[str, ...] = ()
    sidecar: Sidecar = field(default_factory=Sidecar)


def scans_in(table: Table, stated: Stated, sidecar: Sidecar, name: str) -> tuple[TacFile, ...]:
    """Return the scans of a table, in its order.

    A table with columns 'region' and 'TAC' has a row per region and frame, any other a column per
    region. Rows that differ in the columns of `KEYS` belong to different scans.

    Raises
    ------
    PetFileError
        Frames that are missing, unsorted or overlap, cells that are no numbers, units that
        contradict each other; the message names the place.
    """
    keys = [c for c in table.columns if c.lower() in KEYS]
    if not keys:
        return (_scan(table, stated, sidecar, name),)
    groups: dict[tuple[str, ...], list[int]] = {}
    for i, row in enumerate(table.rows):
        key = tuple(row[table.columns.index(c)] for c in keys)
        groups.setdefault(key, []).append(i)
    varying = [k for k in range(len(keys)) if len({key[k] for key in groups}) > 1]
    found: list[TacFile] = []
    for key, rows in groups.items():
        label = "_".join(_entity(keys[k], key[k]) for k in varying) or name
        found.append(_scan(table.take(rows), stated, sidecar, label))
    return tuple(found)


def _entity(key: str, value: str) -> str:
    return f"{key}-{value}" if key.lower() in ("sub", "ses", "task", "run", "trc") else value


def _scan(table: Table, stated: Stated, sidecar: Sidecar, name: str) -> TacFile:
    lower = [c.lower() for c in table.columns]
    notes: list[str] = []
    volumes: dict[str, float] = {}
    if "region" in lower and "tac" in lower:
        where, of = table.columns[lower.index("region")], table.columns[lower.index("tac")]
        by: dict[str, list[int]] = {}
        for i, region in enumerate(table.text(where)):
            by.setdefault(region, []).append(i)
        parts = {region: table.take(rows) for region, rows in by.items()}
        first = next(iter(parts.values()))
        frames, kept = frames_of(first, stated, sidecar, notes)
        columns = {}
        for region, part in parts.items():
            own, own_kept = frames_of(part, stated, sidecar, [])
            if len(part.rows) != len(first.rows) or not own.same_as(frames):
                raise PetFileError(
                    table.file, f"region {region!r} has other frames than {next(iter(parts))!r}.",
                    "the same frames for all regions of a scan.", part.lines[0],
                )  # fmt: skip
            columns[region] = part.numbers(of)[own_kept]
            if "volume_mm3" in lower:
                volumes[region] = float(part.numbers(table.columns[lower.index("volume_mm3")])[0])
        values = first
    else:
        frames, kept = frames_of(table, stated, sidecar, notes)
        columns = _wide(table, kept, notes)
        values = table
    weights = None
    for column, plain in zip(table.columns, lower, strict=True):
        if plain in _WEIGHTS:
            weights = values.numbers(column, missing=False)[kept]
    if not columns:
        raise PetFileError(
            table.file, "no column holds a region.", "one column of numbers per region."
        )
    corrected = stated.decay_of(table.file, sidecar.decay_corrected, notes)
    nuclide = stated.nuclide_of(table.file, sidecar.nuclide)
    tacs = TimeActivity.from_columns(
        frames, columns, unit=stated.unit_of(sidecar.file or table.file, sidecar.unit),
        decay_corrected=corrected, convention=stated.convention, nuclide=nuclide, scan=name,
    )  # fmt: skip
    apart = sidecar.corrected_to - sidecar.injected
    if corrected and sidecar.decay_corrected and apart != 0.0:
        tacs = _to_injection(tacs, apart, table)
        notes.append(f"decay correction moved by {apart:g} min, to the injection")
    return TacFile(tacs, weights, volumes or None, tuple(notes), sidecar)


def _wide(table: Table, kept: np.ndarray, notes: list[str]) -> dict[str, Array]:
    columns: dict[str, Array] = {}
    for column in table.columns:
        plain = column.lower()
        if plain in KEYS or plain in _BESIDE or plain in _WEIGHTS or column_role(column)[0]:
            continue
        if re.fullmatch(r"Unnamed: \d+|", column):
            continue
        cells = [cell for cell in table.text(column) if cell.lower() not in MISSING]
        if cells and not any(_is_number(cell) for cell in cells):
            notes.append(f"column {column!r} holds no numbers and is left out")
            continue
        columns[column] = table.numbers(column)[kept]
    return columns


def frames_of(
    table: Table, stated: Stated, sidecar: Sidecar, notes: list[str]
) -> tuple[Frames, np.ndarray]:
    """Return the frames of a table's rows, min after the injection, and which rows they are.

    Raises
    ------
    PetFileError
        There are none, they cannot be, or the sidecar has others.
    """
    roles: dict[str, tuple[str, str | None, bool]] = {}
    for column in table.columns:
        role, unit, bids = column_role(column)
        if role is not None and role not in roles:
            roles[role] = (column, unit, bids)
    if "start" not in roles or not ("end" in roles or "duration" in roles):
        return _from_sidecar(table, sidecar)
    begin, scale = _minutes(table, roles["start"], stated, roles["start"])
    other = roles["end"] if "end" in roles else roles["duration"]
    end, last_scale = _minutes(table, other, stated, roles["start"])
    if "end" not in roles:
        end = begin + end
    assumed = scale is None or last_scale is None
    if assumed:
        end_s = float(np.nanmax(end)) * 60.0
        if end_s < 60.0 * _SHORTEST:
            raise PetFileError(
                table.file, f"the last frame ends at {end_s:g}, and no unit of time is stated.",
                "a unit: time_unit='s' or 'min', or a column such as start_s or start_min.",
                column=other[0],
            )  # fmt: skip
        if not roles["start"][2]:
            notes.append(
                f"{table.file.name} names no unit of time; frame times are read as seconds, as "
                "PET-BIDS has them"
            )
    _same_in(sidecar, begin, end, table)
    kept = np.ones(begin.size, dtype=bool)
    if begin.size > 1 and begin[0] == end[0] == 0.0:
        kept[0] = False
        notes.append("frame 1 has no duration and is left out")
    begin, end = begin - sidecar.injected, end - sidecar.injected
    early = kept & (begin < -1e-6)
    if early.any() and not early.all() and sidecar.injected:
        kept &= ~early
        notes.append(f"{int(early.sum())} frames begin before the injection and are left out")
    try:
        frames = Frames(begin[kept], end[kept])
    except PetError as problem:
        raise PetFileError(
            table.file, str(problem), "frames in order of time that do not overlap.",
            column=roles["start"][0],
        ) from None  # fmt: skip
    return frames, kept


def _same_in(sidecar: Sidecar, begin: Array, end: Array, table: Table) -> None:
    """Refuse a table whose frame times are not those of its sidecar."""
    told = sidecar.start
    if told is None or sidecar.file is None:
        return
    ends = end if sidecar.duration is None else told + sidecar.duration
    same = told.shape == begin.shape and np.allclose(told, begin, rtol=0, atol=1e-4)
    if same and np.allclose(ends, end, rtol=0, atol=1e-4):
        return
    raise PetFileError(
        table.file,
        f"its {begin.size} frames start at {begin[0]:g} to {begin[-1]:g} min, those of the sidecar "
        f"{sidecar.file.name}, {told.size}, at {told[0]:g} to {told[-1]:g} min.",
        "the same frames in both; PET-BIDS times are in seconds.",
    )


def _minutes(
    table: Table,
    column: tuple[str, str | None, bool],
    stated: Stated,
    start: tuple[str, str | None, bool],
) -> tuple[Array, str | None]:
    name, unit, _ = column
    # PMOD writes the unit of time on the start alone
    told = stated.time_of(table.file, start[1] if unit is None else unit)
    return table.numbers(name, missing=False) * minutes_in(told or "s"), told


def _from_sidecar(table: Table, sidecar: Sidecar) -> tuple[Frames, np.ndarray]:
    told = sidecar.frames()
    if told is None or len(told) != len(table.rows):
        raise PetFileError(
            table.file, "no columns say when a frame starts and ends"
            + ("." if told is None else f", and the sidecar has {len(told)} frames, not "
               f"{len(table.rows)}."),
            "a start and an end or duration (frame_start, frame_end, frame_duration, "
            "FrameTimesStart, start[seconds], start_min ...), or a sidecar with FrameTimesStart "
            "and FrameDuration.", table.lines[0] - 1,
        )  # fmt: skip
    return told, np.ones(len(told), dtype=bool)


def _to_injection(tacs: TimeActivity, apart: float, table: Table) -> TimeActivity:
    if tacs.nuclide is None:
        raise PetFileError(
            table.file, f"values are corrected for decay to {apart:g} min after the injection.",
            "the nuclide, to correct them to the injection.",
        )  # fmt: skip
    factor = float(np.exp(decay_constant(tacs.nuclide) * apart))
    return TimeActivity(
        tacs.frames, tacs.regions, tacs.values * factor, tacs.unit, True, tacs.convention,
        tacs.nuclide, tacs.scan,
    )  # fmt: skip


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True

"""What a PET-BIDS sidecar says of a scan: units, decay, nuclide, frames, injection."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from occupancy.pet.activity_unit import minutes_in
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.frames import Array, Frames
from occupancy.pet.nuclide import nuclide_name


@final
@dataclass(frozen=True, eq=False)
class Sidecar:
    """The fields that curves need; None where the file is silent.

    Attributes
    ----------
    file
        Where it is from; None where there is none.
    unit
        Of the curves, as it is written.
    decay_corrected
        Whether they are corrected for decay, to `corrected_to`.
    corrected_to, injected
        Minutes after the scan's time zero.
    nuclide
        'C-11' and its like.
    start, duration
        Of the frames, min after time zero.
    injected_MBq, weight_kg
        For SUV.
    tracer
        Its name.
    """

    file: Path | None = None
    unit: str | None = None
    decay_corrected: bool | None = None
    corrected_to: float = 0.0
    injected: float = 0.0
    nuclide: str | None = None
    start: Array | None = None
    duration: Array | None = None
    injected_MBq: float | None = None
    weight_kg: float | None = None
    tracer: str | None = None

    def frames(self) -> Frames | None:
        """Return the frames the sidecar names, min after the injection; None where it does not."""
        if self.start is None or self.duration is None:
            return None
        return Frames(self.start - self.injected, self.start + self.duration - self.injected)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object.

    Raises
    ------
    PetFileError
        There is no such file, or it holds no object.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise PetFileError(path, "there is no such file.", "a JSON file.") from None
    except (OSError, ValueError) as problem:
        raise PetFileError(path, f"it is no JSON ({problem}).", "a JSON object.") from None
    if not isinstance(found, dict):
        raise PetFileError(path, "it holds no object.", 'a JSON object, "{...}".')
    return found


def sidecar_of(path: Path) -> Path | None:
    """Return the .json beside a table, None where there is none."""
    name = path.name.removesuffix(".gz")
    beside = path.with_name(name[: name.rfind(".")] + ".json") if "." in name else None
    return beside if beside is not None and beside.is_file() else None


def read_sidecar(path: Path) -> Sidecar:
    """Read the sidecar of a scan, or of curves taken from it.

    Times are seconds after TimeZero, as PET-BIDS has them.

    Raises
    ------
    PetFileError
        A field that is there and cannot be: its name, its value and what is allowed.
    """
    found = read_json(path)

    def told(key: str, law: Any, allowed: str) -> Any:
        value = found.get(key)
        if isinstance(value, list) and key == "Units" and len(value) == 1:
            value = value[0]
        if value is None or (isinstance(value, str) and value.strip().lower() in ("n/a", "")):
            return None
        try:
            return law(value)
        except (PetError, ValueError, TypeError, AttributeError) as problem:
            raise PetFileError(
                path, f"{key} is {value!r}: {problem}".rstrip(".") + ".", allowed
            ) from None

    seconds = "seconds after TimeZero, as PET-BIDS has them."
    sizes = "a positive number with its unit in the field beside it."
    start = told("FrameTimesStart", _times, seconds)
    duration = told("FrameDuration", _times, "seconds, one per frame.")
    if start is not None and duration is not None and start.shape != duration.shape:
        raise PetFileError(
            path, f"FrameTimesStart has {start.size} values, FrameDuration {duration.size}.",
            "one of each per frame.",
        )  # fmt: skip
    return Sidecar(
        path,
        told("Units", str, "a concentration such as Bq/mL or kBq/mL."),
        told("ImageDecayCorrected", _truth, "true or false."),
        told("ImageDecayCorrectionTime", _minutes, seconds) or 0.0,
        told("InjectionStart", _minutes, seconds) or 0.0,
        told("TracerRadionuclide", nuclide_name, "C11, F18, O15 or N13."),
        start,
        duration,
        _activity(found, told("InjectedRadioactivity", float, sizes)),
        told("BodyWeight", float, "kg.") or told("bodyweight", float, "kg."),
        told("TracerName", str, "text."),
    )


def unit_of(described: dict[str, Any], column: str) -> str | None:
    """Return the Units that a sidecar gives a column, as they are written."""
    entry = described.get(column)
    units = entry.get("Units") if isinstance(entry, dict) else None
    if isinstance(units, list) and units:
        units = units[0]
    return units.strip() if isinstance(units, str) and units.strip() else None


def _times(values: Any) -> Array:
    times = np.array(values, dtype=np.float64, ndmin=1) * minutes_in("s")
    if times.ndim != 1 or not np.isfinite(times).all():
        raise ValueError("not a list of numbers")
    return times


def _minutes(value: Any) -> float:
    return float(value) * minutes_in("s")


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("neither true nor false")


def _activity(found: dict[str, Any], value: float | None) -> float | None:
    factor = {"MBq": 1.0, "kBq": 1e-3, "Bq": 1e-6, "GBq": 1e3, "mCi": 37.0}
    one = factor.get(str(found.get("InjectedRadioactivityUnits")))
    return None if value is None or one is None else value * one

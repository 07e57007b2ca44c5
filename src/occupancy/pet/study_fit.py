"""Files in, fits out: every scan of every file, and by name what could not be read or fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

from occupancy.pet.error import PetError
from occupancy.pet.files.blood_reading import read_blood
from occupancy.pet.files.stated import Stated
from occupancy.pet.files.tac_columns import TacFile
from occupancy.pet.files.tac_reading import read_scans, scan_name
from occupancy.pet.input_function import InputFunction, Tail
from occupancy.pet.scan_fit import MODELS, fit
from occupancy.pet.scan_result import ScanFit
from occupancy.pet.writing import Failure

FROM_FILE: Final = "file"  # the weights in the file's own column


@final
@dataclass(frozen=True)
class FitSettings:
    """What is asked of every scan.

    Attributes
    ----------
    model
        One of `scan_fit.MODELS`.
    reference
        The reference region.
    weights
        A scheme of `weights.SCHEMES`, 'file' for the column of the file, or None.
    stated
        What the files do not say.
    blood_unit
        The unit of the blood, where its file says none.
    metabolite_corrected, tail
        Of the blood; see `read_blood`.
    options
        Further arguments of `fit`: regions, k2prime, t_star, window, vB, delay, starts.
    """

    model: str
    reference: str | None = None
    weights: str | None = None
    stated: Stated = field(default_factory=Stated)
    blood_unit: str | None = None
    metabolite_corrected: bool | None = None
    tail: Tail = "refuse"
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@final
@dataclass(frozen=True, eq=False)
class FittedScan:
    """A scan's curves, what drove them, and its fits."""

    file: TacFile
    fits: ScanFit
    blood: InputFunction | None = None


@final
@dataclass(frozen=True, eq=False)
class FittedStudy:
    """What a set of files gave.

    Attributes
    ----------
    scans
        Those that could be fitted, in the order of the files.
    failures
        Whole scans and files that could not.
    notes
        What was assumed or left out in reading, each with its scan.
    """

    scans: tuple[FittedScan, ...]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]

    @property
    def fits(self) -> tuple[ScanFit, ...]:
        """The fits of every scan."""
        return tuple(one.fits for one in self.scans)


def fit_files(
    tacs: Sequence[Path], settings: FitSettings, blood: Sequence[Path] = ()
) -> FittedStudy:
    """Read and fit every scan of the files.

    Parameters
    ----------
    tacs
        Files of curves.
    settings
        What is asked of all.
    blood
        Input functions, one per file of curves and in their order, for models with arterial input.

    Raises
    ------
    PetError
        The model is unknown, or there are not as many input functions as files.
    """
    if settings.model not in MODELS:
        raise PetError(f"Model {settings.model!r}: allowed are {', '.join(MODELS)}.")
    if blood and len(blood) != len(tacs):
        raise PetError(
            f"{len(blood)} input functions and {len(tacs)} files of curves: one each, in order."
        )
    scans: list[FittedScan] = []
    failures: list[Failure] = []
    notes: list[str] = []
    for i, path in enumerate(tacs):
        name = scan_name(path)
        try:
            found = read_scans(path, settings.stated)
            source = None
            if blood:
                source, more = _blood(blood[i], settings, found[0])
                notes += more
        except PetError as problem:
            failures.append(Failure(name, None, str(problem)))
            continue
        for one in found:
            notes += [
                note if path.name in note else f"{one.tacs.scan}: {note}" for note in one.notes
            ]
            try:
                scans.append(FittedScan(one, _fit(one, settings, source), source))
            except PetError as problem:
                failures.append(Failure(one.tacs.scan, None, str(problem)))
    return FittedStudy(tuple(scans), tuple(failures), tuple(dict.fromkeys(notes)))


def _blood(
    path: Path, settings: FitSettings, one: TacFile
) -> tuple[InputFunction, tuple[str, ...]]:
    stated = settings.stated
    own = Stated(
        settings.blood_unit, None, stated.decay_corrected, stated.nuclide,
        corrected_if_silent=stated.corrected_if_silent,
    )  # fmt: skip
    return read_blood(
        path,
        own,
        scan_sidecar=one.sidecar.file if one.sidecar.injected else None,
        metabolite_corrected=settings.metabolite_corrected,
        tail=settings.tail,
    )


def _fit(one: TacFile, settings: FitSettings, source: InputFunction | None) -> ScanFit:
    weights: Any = settings.weights
    if weights == FROM_FILE:
        if one.weights is None:
            raise PetError("The file has no column 'weights'; name a scheme instead of 'file'.")
        weights = one.weights
    return fit(
        one.tacs, settings.model, reference=settings.reference, blood=source, weights=weights,
        **settings.options,
    )  # fmt: skip

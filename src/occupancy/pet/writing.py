"""Fits and occupancies as documents."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias, final

import numpy as np

from occupancy.pet.correction import TargetChange, correct_occupancy
from occupancy.pet.documents import (
    PetCorrectionLine,
    PetEstimate,
    PetFailureLine,
    PetFitDocument,
    PetFitLine,
    PetOccupancyDocument,
    PetPoolLine,
    PetRegionLine,
    PetScanLine,
    Setting,
)
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array
from occupancy.pet.occupancy_fit import OccupancyFit
from occupancy.pet.scan_result import ScanFit
from occupancy.version import VERSION

Interval: TypeAlias = Literal["profile", "wald", "bootstrap"]
INTERVALS: Final = ("profile", "wald", "bootstrap")


@final
@dataclass(frozen=True)
class Failure:
    """What could not be read or fitted; region None is the whole scan."""

    scan: str
    region: str | None
    problem: str


def fit_document(
    scans: Sequence[ScanFit],
    failures: Sequence[Failure] = (),
    notes: Iterable[str] = (),
    pool: PetPoolLine | None = None,
) -> PetFitDocument:
    """Return the document of fitted scans; `failures` are of scans that could not be fitted.

    `pool` is what scans that were fitted together give (`PooledFit.document`).
    """
    lines = [fit_line(one) for scan in scans for one in scan.fits]
    more = [Failure(scan.scan, region, why) for scan in scans for region, why in scan.failures]
    return PetFitDocument(
        version=VERSION,
        fits=lines,
        pool=pool,
        failures=[
            PetFailureLine(scan=one.scan, region=one.region, problem=one.problem)
            for one in (*failures, *more)
        ],
        warnings=list(dict.fromkeys(notes)),
    )


def fit_line(fit: Fit) -> PetFitLine:
    """Return one region's line."""
    return PetFitLine(
        scan=fit.scan,
        region=fit.region,
        model=fit.model,
        parameters=_finite(fit.parameters),
        se=_finite(fit.se),
        wrss=_number(fit.wrss),
        n=fit.n,
        n_parameters=fit.n_parameters,
        n_starts=fit.n_starts,
        aic=_number(fit.aic),
        aicc=_number(fit.aicc),
        bic=_number(fit.bic),
        warnings=list(fit.warnings),
        settings={name: _setting(value) for name, value in fit.settings.items()},
    )


def occupancy_document(
    fit: OccupancyFit,
    *,
    interval: Interval = "profile",
    correlation: float = 0.0,
    samples: int = 1000,
    seed: int = 0,
    notes: Iterable[str] = (),
    changes: Sequence[TargetChange] = (),
) -> PetOccupancyDocument:
    """Return the document of an occupancy fit.

    Parameters
    ----------
    fit
        The fit.
    interval
        Of occupancy and V_ND: 'profile' (profile likelihood), 'wald' (± t SE) or 'bootstrap'
        (percentiles of refits to simulated data). An end that the data do not give is null.
    correlation
        What was said of a region's errors between scans.
    samples, seed
        Of the bootstrap.
    notes
        Further warnings.
    changes
        What the drug changed in the target, by which occupancies are corrected: none, one for all
        scans, or one per scan after the baseline.

    Raises
    ------
    PetError
        The interval is none of these, or the changes are not one, nor one per scan.
    """
    if interval not in INTERVALS:
        raise PetError(f"interval {interval!r}: allowed are {', '.join(INTERVALS)}.")
    changes = changes_of(changes, len(fit.scans))
    warnings = [*notes, *fit.warnings]
    estimates, v_nd, used = _estimates(fit, interval, samples, seed, warnings)
    table = fit.model.table
    errors = table.se
    return PetOccupancyDocument(
        version=VERSION,
        outcome=table.outcome,
        baseline=table.scans[0],
        occupancy=estimate_line(estimates[0]),
        v_nd=None if v_nd is None else estimate_line(v_nd),
        scans=[
            PetScanLine(
                scan=name,
                occupancy=estimate_line(one),
                correction=None if change.none else correction_line(one, change, fit.level),
            )
            for name, one, change in zip(fit.scans, estimates, changes, strict=True)
        ],
        regions=[
            PetRegionLine(
                region=one.region,
                values=table.values[i].tolist(),
                se=[None] * len(table.scans) if errors is None else errors[i].tolist(),
                fitted=list(one.fitted),
                v_s=estimate_line(one.v_s),
                occupancy=[estimate_line(o) for o in one.occupancy],
            )
            for i, one in enumerate(fit.regions)
        ],
        level=fit.level,
        interval=used,
        correlation=correlation,
        sigma=_number(fit.sigma),
        wrss=fit.wrss,
        degrees_of_freedom=fit.degrees_of_freedom,
        warnings=warnings,
    )


def changes_of(changes: Sequence[TargetChange], scans: int) -> Sequence[TargetChange]:
    """Return one change per scan: none, the one given, or those given.

    Raises
    ------
    PetError
        Several are given, and not one per scan.
    """
    if len(changes) in (0, 1):
        return [changes[0] if changes else TargetChange()] * scans
    if len(changes) != scans:
        raise PetError(f"{len(changes)} changes of the target for {scans} scans: one, or one each.")
    return changes


def correction_line(one: Estimate, change: TargetChange, level: float) -> PetCorrectionLine:
    """Return the line of an occupancy that is corrected."""
    found = correct_occupancy(one, change, level=level)
    return PetCorrectionLine(
        **asdict(change),
        occupancy=estimate_line(found.occupancy),
        without_agonist=estimate_line(found.without_agonist),
    )


def estimate_line(one: Estimate) -> PetEstimate:
    """Return an estimate's line; what is not finite is null."""
    return PetEstimate(
        value=_number(one.value), se=_number(one.se), low=_number(one.low), high=_number(one.high)
    )


def _estimates(
    fit: OccupancyFit, interval: Interval, samples: int, seed: int, warnings: list[str]
) -> tuple[list[Estimate], Estimate | None, str]:
    known = fit.degrees_of_freedom > 0 and math.isfinite(fit.occupancy[0].se)
    if interval == "wald" or not known:
        if interval != "wald":
            warnings.append(f"no {interval} interval without degrees of freedom; ± t SE is shown")
        return list(fit.occupancy), fit.v_nd, "wald"
    fitted_v_nd = fit.v_nd is not None and fit.model.v_nd is None
    if interval == "profile":
        out = [fit.profile("occupancy", s) for s in range(len(fit.scans))]
        return out, fit.profile("v_nd") if fitted_v_nd else fit.v_nd, interval
    draws = fit.bootstrap(samples, seed)
    out = [
        _percentiles(one, draws["occupancy"][:, s], fit.level)
        for s, one in enumerate(fit.occupancy)
    ]
    v_nd = fit.v_nd
    if fitted_v_nd and v_nd is not None:
        v_nd = _percentiles(v_nd, draws["v_nd"], fit.level)
    return out, v_nd, interval


def _percentiles(one: Estimate, draws: Array, level: float) -> Estimate:
    low, high = np.quantile(draws, [0.5 - 0.5 * level, 0.5 + 0.5 * level])
    return Estimate(one.value, one.se, float(low), float(high))


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _setting(value: object) -> Setting:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, list | tuple):
        return [float(x) for x in value]
    return str(value)

"""A model fitted to the regions of a scan; a region that fails is named, the rest are fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np

from occupancy.pet import linear_models
from occupancy.pet.arterial_models import OneTissue, TwoTissue, TwoTissueIrreversible
from occupancy.pet.curve_fit import fit_curves
from occupancy.pet.displacement_fit import MODEL as DISPLACEMENT
from occupancy.pet.displacement_fit import fit_displacement
from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import ExponentialModel
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.input_function import InputFunction
from occupancy.pet.linear_models import LinearProblem, fit_linear, fit_suvr
from occupancy.pet.reference_models import FRTM, SRTM, SRTM2, checked_k2prime
from occupancy.pet.scan_input import (
    DISCRETISATIONS,
    Discretisation,
    ScanInput,
    arterial_input,
    reference_input,
    target_curve,
    weights_of,
)
from occupancy.pet.scan_result import ScanFit
from occupancy.pet.tac import TimeActivity

ARTERIAL: Final = ("1tcm", "2tcm", "2tcm-irreversible", *linear_models.ARTERIAL)
REFERENCE: Final = ("srtm", "srtm2", "frtm", DISPLACEMENT, *linear_models.REFERENCE)
MODELS: Final = (*REFERENCE, *ARTERIAL)
# region, its curve, its weights -> its fit
One: TypeAlias = Callable[[str, Array, Array], Fit]
_PLOTS = ("logan", "reference-logan", "patlak")


def fit(
    tacs: TimeActivity,
    model: str,
    *,
    reference: str | None = None,
    blood: InputFunction | None = None,
    regions: Sequence[str] | None = None,
    weights: str | ArrayLike | None = None,
    k2prime: float | str | None = None,
    t_star: float | str | None = None,
    window: tuple[float, float] | None = None,
    vB: float | None = 0.05,
    delay: float = 0.0,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    starts: int = 8,
    discretisation: Discretisation = "exact",
    onset: float | None = None,
    ramp: float = 0.0,
) -> ScanFit:
    """Fit `model` to every region.

    Parameters
    ----------
    tacs
        The scan, decay corrected or of known nuclide.
    model
        One of `MODELS`: 'srtm', 'srtm2', 'frtm', 'srtm-displacement', 'mrtm1', 'mrtm2',
        'reference-logan', 'suvr' with `reference`; '1tcm', '2tcm', '2tcm-irreversible', 'logan',
        'ma1', 'patlak' with `blood`.
    reference
        The reference region's name.
    blood
        The arterial input; converted to the unit of the curves.
    regions
        Which to fit; all but the reference by default.
    weights
        A name of `weights.SCHEMES` (computed once, from the mean curve), one weight per frame, or
        None for none: every frame, and every point of a plot, counts the same. Weights are those
        of the curve's squared residuals; plots get them transformed by the delta method.
    k2prime
        1/min, for 'srtm2', 'mrtm2' and 'reference-logan' (which does without if None); or the
        name of a region, from whose SRTM (MRTM1 for linear methods) it is taken.
    t_star
        Minutes, or 'auto'; 'auto' by default for plots and 0 for multilinear methods.
    window
        Minutes from and to, for 'suvr'.
    vB
        Blood volume fraction with an arterial input; None to fit it (compartments only).
    delay
        Minutes by which the tissue sees the blood later than the sampler.
    bounds
        Bounds of free parameters by name, for compartment and reference tissue models.
    starts
        At most so many local minima of the search are refined.
    discretisation
        'exact'; or 'kinfitr', that package's sum over a grid of points, to compare with it.
    onset, ramp
        Minutes, for 'srtm-displacement': when the target begins to be occupied (None: fitted),
        and how long it takes (0: at once).

    Raises
    ------
    PetError
        Something concerns the whole scan: an unknown model, a missing input or reference, a
        reference region that is zero. What concerns one region stands in `failures`.
    """
    if model not in MODELS:
        raise PetError(f"Model {model!r}: allowed are {', '.join(MODELS)}.")
    tacs = tacs.decay_corrected_to_injection()
    linear = model in linear_models.ARTERIAL + linear_models.REFERENCE
    _check_discretisation(discretisation, model, linear, tacs.convention)
    per_frame = weights_of(tacs, weights)
    clock = tacs.frames.mid
    settings: dict[str, object] = {
        "weights": weights if weights is None or isinstance(weights, str) else "given",
        "convention": tacs.convention,
        "unit": tacs.unit,
    }
    if model in REFERENCE:
        if reference is None:
            raise PetError(f"Model {model!r} needs `reference`, one of {', '.join(tacs.regions)}.")
        given = reference_input(tacs, reference)
        settings["reference"] = reference
    else:
        if blood is None:
            raise PetError(f"Model {model!r} needs `blood`, an InputFunction.")
        if linear and vB is None:
            raise PetError(f"{model} cannot fit vB; give the fraction, or 0.")
        # blood that the tissue sees before time zero counts: then the frames move, not the blood
        tacs = replace(tacs, frames=tacs.frames.later(max(-delay, 0.0)))
        given = arterial_input(tacs, blood, vB, max(delay, 0.0))
        settings |= {"delay_min": delay, "vB": vB if vB is not None else "fitted"}
    per_frame = np.where(given.kept, per_frame, 0.0)
    names = regions if regions is not None else [r for r in tacs.regions if r != reference]
    if isinstance(k2prime, str):
        first = "srtm" if model == "srtm2" else "mrtm1"
        k2prime = fit(tacs, first, reference=reference, regions=[k2prime], weights=weights)[
            k2prime
        ]["k2'"]
    if k2prime is not None:
        settings["k2prime"] = checked_k2prime(k2prime)

    curves: list[tuple[str, Array, Array, tuple[str, ...]]] = []
    failures: list[tuple[str, str]] = []
    for name in names:
        try:
            curves.append((name, *target_curve(tacs, name, per_frame)))
        except PetError as problem:
            failures.append((name, str(problem)))
    found: list[Fit | None] = []
    if not linear:
        kinetic = _kinetic(model, k2prime, vB, bounds)
        found += _fit_kinetic(
            kinetic, tacs, given, per_frame, curves, starts, discretisation, settings
        )
        if model == DISPLACEMENT:
            found = _displaced(found, given, onset, ramp, failures)
    else:
        one = _plot_of(
            model, tacs, given, k2prime, weights is not None, vB, t_star, window, clock, settings
        )
        for name, curve, own, _ in curves:
            try:
                found.append(one(name, curve, own))
            except PetError as problem:
                failures.append((name, str(problem)))
                found.append(None)
    fits = tuple(
        replace(fit, warnings=(*given.notes, *notes, *fit.warnings), times=clock)
        for fit, (*_, notes) in zip(found, curves, strict=True)
        if fit is not None
    )
    order = {name: i for i, name in enumerate(names)}
    failures.sort(key=lambda failure: order[failure[0]])
    return ScanFit(tacs.scan, model, fits, tuple(failures))


def _fit_kinetic(
    model: ExponentialModel,
    tacs: TimeActivity,
    given: ScanInput,
    per_frame: Array,
    curves: Sequence[tuple[str, Array, Array, tuple[str, ...]]],
    starts: int,
    how: Discretisation,
    settings: dict[str, object],
) -> list[Fit]:
    """Fit a kinetic model to regions given by name, curve, weights and notes."""
    if not curves:
        return []
    rates = np.array([name.startswith("k") for name in model.parameters])
    fastest = 3.0 * float(np.max(model.upper, initial=5.0, where=rates))
    y = np.array([np.where(np.isfinite(curve), curve, 0.0) for _, curve, *_ in curves])
    return fit_curves(
        model, given.table(tacs, fastest, how), given.direct_seen(tacs, how), y,
        np.array([own for _, _, own, _ in curves]), given.noise(tacs, per_frame), starts,
        tacs.scan, tuple(name for name, *_ in curves), settings,
    )  # fmt: skip


def _displaced(
    plain: Sequence[Fit | None],
    given: ScanInput,
    onset: float | None,
    ramp: float,
    failures: list[tuple[str, str]],
) -> list[Fit | None]:
    out: list[Fit | None] = []
    for one in plain:
        try:
            out.append(None if one is None else fit_displacement(one, given.source, ramp, onset))
        except PetError as problem:
            failures.append((one.region if one is not None else "", str(problem)))
            out.append(None)
    return out


def _plot_of(
    model: str,
    tacs: TimeActivity,
    given: ScanInput,
    k2prime: float | None,
    weighted: bool,
    vB: float | None,
    t_star: float | str | None,
    window: tuple[float, float] | None,
    clock: Array,
    settings: dict[str, object],
) -> One:
    """Return what fits a linear method to one region."""
    if model == "suvr" and window is None:
        raise PetError("suvr needs `window`, minutes from and to.")
    when = t_star if t_star is not None else "auto" if model in _PLOTS else 0.0

    def one(region: str, curve: Array, weights: Array) -> Fit:
        problem = LinearProblem(
            tacs.frames, tacs.convention, curve, given.source, given.seen, weights, weighted, when,
            clock, given.blood, vB or 0.0,
        )  # fmt: skip
        if window is not None and model == "suvr":
            return fit_suvr(problem, given.seen, window, tacs.scan, region, settings)
        return fit_linear(model, problem, k2prime, tacs.scan, region, settings)

    return one


def _check_discretisation(how: str, model: str, linear: bool, convention: str) -> None:
    if how not in DISCRETISATIONS:
        raise PetError(f"discretisation {how!r}: allowed are {', '.join(DISCRETISATIONS)}.")
    if how == "kinfitr" and (linear or model == DISPLACEMENT or convention != "mid"):
        raise PetError(
            "discretisation 'kinfitr' is of compartment and reference tissue models on curves of "
            "the convention 'mid'."
        )


def _kinetic(
    model: str,
    k2prime: float | None,
    vB: float | None,
    bounds: Mapping[str, tuple[float, float]] | None,
) -> ExponentialModel:
    if model in ("srtm", DISPLACEMENT):
        return SRTM(bounds)
    if model == "frtm":
        return FRTM(bounds)
    if model == "srtm2":
        if k2prime is None:
            raise PetError("srtm2 needs k2prime, 1/min or the name of a region to take it from.")
        return SRTM2(k2prime, bounds)
    tissue = {"1tcm": OneTissue, "2tcm": TwoTissue, "2tcm-irreversible": TwoTissueIrreversible}
    return tissue[model](vB, bounds)

"""A model fitted to the regions of a scan; a region that fails is named, the rest are fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from occupancy.pet import linear_models
from occupancy.pet.arterial_models import OneTissue, TwoTissue, TwoTissueIrreversible
from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.curve_problem import CurveProblem
from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import ExponentialModel
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.input_function import InputFunction
from occupancy.pet.linear_models import LinearProblem, fit_linear, fit_suvr
from occupancy.pet.piecewise import Piecewise, curve_of_frames
from occupancy.pet.reference_models import FRTM, SRTM, SRTM2, checked_k2prime
from occupancy.pet.tac import TimeActivity
from occupancy.pet.weights import frame_weights

ARTERIAL: Final = ("1tcm", "2tcm", "2tcm-irreversible", *linear_models.ARTERIAL)
REFERENCE: Final = ("srtm", "srtm2", "frtm", *linear_models.REFERENCE)
MODELS: Final = (*REFERENCE, *ARTERIAL)
_PLOTS = ("logan", "reference-logan", "patlak")


@final
@dataclass(frozen=True, eq=False)
class ScanFit:
    """The fits of one scan.

    Attributes
    ----------
    scan, model
        Names.
    fits
        One per region that could be fitted, in the order of the curves.
    failures
        (region, what was wrong) of the others.
    """

    scan: str
    model: str
    fits: tuple[Fit, ...]
    failures: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, region: str) -> Fit:
        """Return the fit of a region.

        Raises
        ------
        PetError
            It was not fitted; the message says why.
        """
        for fit in self.fits:
            if fit.region == region:
                return fit
        why = dict(self.failures).get(region, "it is not among the regions of the scan")
        raise PetError(f"No fit of region {region!r}: {why}")

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that were fitted."""
        return tuple(fit.region for fit in self.fits)

    def estimates(self, name: str) -> tuple[Array, Array]:
        """Return a parameter and its standard error over the fitted regions."""
        values = np.array([fit[name] for fit in self.fits])
        return values, np.array([fit.se.get(name, np.nan) for fit in self.fits])

    def document(self) -> dict[str, object]:
        """Return the fits as plain data for JSON."""
        return {
            "scan": self.scan,
            "model": self.model,
            "fits": [fit.document() for fit in self.fits],
            "failures": [{"region": r, "problem": why} for r, why in self.failures],
        }


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
) -> ScanFit:
    """Fit `model` to every region.

    Parameters
    ----------
    tacs
        The scan, decay corrected or of known nuclide.
    model
        One of `MODELS`: 'srtm', 'srtm2', 'frtm', 'mrtm1', 'mrtm2', 'reference-logan', 'suvr' with
        `reference`; '1tcm', '2tcm', '2tcm-irreversible', 'logan', 'ma1', 'patlak' with `blood`.
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

    Raises
    ------
    PetError
        Something concerns the whole scan: an unknown model, a missing input or reference, a
        reference region that is zero. What concerns one region stands in `failures`.
    """
    if model not in MODELS:
        raise PetError(f"Model {model!r}: allowed are {', '.join(MODELS)}.")
    tacs = tacs.decay_corrected_to_injection()
    per_frame, kept = _weights(tacs, weights)
    settings: dict[str, object] = {
        "weights": weights if isinstance(weights, str) else "given" if weights is not None else None,
        "convention": tacs.convention,
        "unit": tacs.unit,
    }
    notes: list[str] = []
    if model in REFERENCE:
        if reference is None:
            raise PetError(f"Model {model!r} needs `reference`, one of {', '.join(tacs.regions)}.")
        source, seen = _reference(tacs, reference)
        direct = seen
        settings["reference"] = reference
    else:
        if blood is None:
            raise PetError(f"Model {model!r} needs `blood`, an InputFunction.")
        source, direct, kept, notes = _arterial(tacs, blood, vB, delay, kept)
        seen = source.seen(tacs.frames, tacs.convention)
        settings |= {"delay_min": delay, "vB": vB if vB is not None else "fitted"}
    per_frame = np.where(kept, per_frame, 0.0)
    names = regions if regions is not None else [r for r in tacs.regions if r != reference]
    if isinstance(k2prime, str):
        first = "srtm" if model == "srtm2" else "mrtm1"
        k2prime = fit(
            tacs, first, reference=reference, regions=[k2prime], weights=weights
        )[k2prime]["k2'"]
    if k2prime is not None:
        settings["k2prime"] = checked_k2prime(k2prime)

    table: ConvolutionTable | None = None
    kinetic: ExponentialModel | None = None
    if model not in linear_models.ARTERIAL + linear_models.REFERENCE:
        kinetic = _kinetic(model, k2prime, vB, bounds)
        fastest = 3.0 * float(np.max(kinetic.upper[1:], initial=5.0, where=_rates(kinetic)))
        table = ConvolutionTable(source, tacs.frames, tacs.convention, fastest)
    fits: list[Fit] = []
    failures: list[tuple[str, str]] = []
    for name in names:
        try:
            curve, own, warnings = _target(tacs, name, per_frame)
            if kinetic is not None and table is not None:
                result = CurveProblem(kinetic, table, direct, curve, own).fit(
                    starts, tacs.scan, name, settings
                )
            else:
                if model in ARTERIAL and vB:
                    curve = (curve - vB * direct) / (1.0 - vB)
                given = t_star if t_star is not None else "auto" if model in _PLOTS else 0.0
                problem = LinearProblem(
                    tacs.frames, tacs.convention, np.where(own > 0, curve, np.nan)
                    if np.isnan(tacs.region(name)).any() else curve,
                    source, seen, own, weights is not None, given,
                )  # fmt: skip
                if model == "suvr":
                    if window is None:
                        raise PetError("suvr needs `window`, minutes from and to.")
                    result = fit_suvr(problem, seen, window, tacs.scan, name, settings)
                else:
                    result = fit_linear(model, problem, k2prime, tacs.scan, name, settings)
            fits.append(_noted(result, (*notes, *warnings)))
        except PetError as problem_found:
            failures.append((name, str(problem_found)))
    return ScanFit(tacs.scan, model, tuple(fits), tuple(failures))


def _rates(model: ExponentialModel) -> np.ndarray:
    return np.array([name.startswith("k") for name in model.parameters[1:]], dtype=bool)


def _kinetic(
    model: str,
    k2prime: float | None,
    vB: float | None,
    bounds: Mapping[str, tuple[float, float]] | None,
) -> ExponentialModel:
    if model == "srtm":
        return SRTM(bounds)
    if model == "frtm":
        return FRTM(bounds)
    if model == "srtm2":
        if k2prime is None:
            raise PetError("srtm2 needs k2prime, 1/min or the name of a region to take it from.")
        return SRTM2(k2prime, bounds)
    tissue = {"1tcm": OneTissue, "2tcm": TwoTissue, "2tcm-irreversible": TwoTissueIrreversible}
    return tissue[model](vB, bounds)


def _weights(tacs: TimeActivity, weights: str | ArrayLike | None) -> tuple[Array, np.ndarray]:
    everything = np.ones(len(tacs.frames), dtype=bool)
    if weights is None:
        return np.ones(len(tacs.frames)), everything
    if isinstance(weights, str):
        return frame_weights(tacs, weights), everything
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != everything.shape or not np.isfinite(given).all() or (given < 0).any():
        raise PetError(
            f"weights must be {everything.size} finite numbers, one per frame and none negative; "
            "0 leaves a frame out."
        )
    return given, given > 0


def _reference(tacs: TimeActivity, name: str) -> tuple[Piecewise, Array]:
    values = tacs.region(name)
    known = values[np.isfinite(values)]
    if known.size < 2 or known.max() <= 0 or known.mean() <= 0:
        raise PetError(
            f"Reference region {name!r} is zero, negative or missing (mean "
            f"{known.mean() if known.size else float('nan'):g} {tacs.unit}); choose a region that "
            "takes up the tracer."
        )
    curve = curve_of_frames(tacs.frames, values, tacs.convention)
    return curve, np.where(np.isfinite(values), values, curve.seen(tacs.frames, tacs.convention))


def _arterial(
    tacs: TimeActivity, blood: InputFunction, vB: float | None, delay: float, kept: np.ndarray
) -> tuple[Piecewise, Array, np.ndarray, list[str]]:
    blood = blood.decay_corrected_to_injection(tacs.nuclide).in_unit(tacs.unit)
    last = tacs.frames.end if tacs.convention == "average" else tacs.frames.mid
    known = blood.reaches(last - delay)
    notes: list[str] = []
    if not known.all():
        notes.append(
            f"{int((~known).sum())} frames are left out: the input ends at {blood.times[-1]:g} min "
            f"(delay {delay:g}), the last frame at {tacs.frames.end[-1]:g} min; set the input's "
            "tail to use them"
        )
    if known.sum() < 3:
        raise PetError(
            f"The input ends at {blood.times[-1]:g} min, before the third frame; give samples over "
            "the whole scan, or set its tail to 'hold' or 'exponential'."
        )
    parent = blood.parent.shifted(delay)
    if parent.values.max() <= 0:
        raise PetError("The input function's parent concentration is never above zero.")
    direct = np.zeros(len(tacs.frames))
    if vB is None or vB > 0:
        direct = blood.blood.shifted(delay).seen(tacs.frames, tacs.convention)
    return parent, direct, kept & known, notes


def _target(tacs: TimeActivity, name: str, weights: Array) -> tuple[Array, Array, list[str]]:
    values = tacs.region(name)
    missing = ~np.isfinite(values)
    own = np.where(missing, 0.0, weights)
    if (own > 0).sum() < 3:
        raise PetError(f"Region {name!r} has {int((own > 0).sum())} frames with a value; 3 needed.")
    if not np.any(values[own > 0] != 0):
        raise PetError(f"Region {name!r} is zero in every frame.")
    warnings = []
    if missing.any():
        frames = ", ".join(str(i + 1) for i in np.flatnonzero(missing))
        warnings.append(f"missing frames left out: {frames}")
    return np.where(missing, 0.0, values), own, warnings


def _noted(fit_result: Fit, more: tuple[str, ...]) -> Fit:
    if not more:
        return fit_result
    from dataclasses import replace

    return replace(fit_result, warnings=(*more, *fit_result.warnings))

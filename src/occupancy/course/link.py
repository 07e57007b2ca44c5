"""From concentrations to the occupancy of one target, with draws.

theta = Emax * X**h / (1 + X**h),  X = sum over ligands of C / EC50

A dose-occupancy study (Emax, ED50) is read on the exposure of its own regimen in the typical
person: EC50 is the concentration that ED50 gives there, draw by draw, so that the study's curve
comes back exactly for that person and moves with exposure for everybody else. The pair (Emax,
half exposure) is that of all studies of the record together, from the stored posterior, unless a
study is asked for by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from occupancy.course.assemble import Assembled
from occupancy.course.exposure import average_exposure, single_dose_exposure
from occupancy.course.sampling import Array, Sampler
from occupancy.drugs import Anchored, Binding, Measured
from occupancy.evidence import priors
from occupancy.evidence.draws import between_cv_of, sigma_of_cv, standard_draws
from occupancy.evidence.drugrecord import Ligand, OccupancyModel
from occupancy.evidence.posterior import stored_curve
from occupancy.evidence.quantiles import median
from occupancy.laws import occupancy

#: Least half-saturating concentration of a draw read after a single dose, over the median's.
LEAST_OF_MEDIAN = 0.02


@dataclass(frozen=True)
class Link:
    """Occupancy of one target as a function of concentrations.

    Attributes:
        target: the target's name.
        basis: "in vivo" or "anchored from Ki".
        Emax: shape (draws,), fraction.
        EC50: per output name (analyte, or its brain site), ng/mL, shape (draws,).
        Hill: shape (draws,) or None for 1.
        studied_mg: lowest and highest dose of the study, when recorded.
    """

    target: str
    basis: str
    Emax: Array
    EC50: Mapping[str, Array]
    Hill: Array | None = None
    studied_mg: tuple[float, float] | None = None

    def scaled(self, concentrations: Mapping[str, Array]) -> Array:
        """X = sum of C / EC50, shape (draws, ...)."""
        total = 0.0
        for name, EC50 in self.EC50.items():
            C = concentrations[name]
            total = total + C / EC50.reshape(EC50.shape + (1,) * (C.ndim - 1))
        return np.asarray(total)

    def occupancy(self, concentrations: Mapping[str, Array]) -> Array:
        """Occupancy as a fraction, shape (draws, ...), of concentrations of that shape."""
        X = self.scaled(concentrations)
        shape = self.Emax.shape + (1,) * (X.ndim - 1)
        hill = None if self.Hill is None else self.Hill.reshape(shape)
        return np.asarray(occupancy(X, 1.0, self.Emax.reshape(shape), hill))

    def widened(self, dose_mg: float) -> "Link":
        """The same link with a wider band when `dose_mg` lies above every studied dose.

        Spreads of EC50 and Emax grow by 1 + ln(dose / highest studied): a labelled convention
        for extrapolation, not an estimate.
        """
        if self.studied_mg is None or dose_mg <= self.studied_mg[1]:
            return self
        power = 1.0 + float(np.log(dose_mg / self.studied_mg[1]))
        return replace(
            self,
            Emax=np.minimum(_spread(self.Emax, power), 1.0),
            EC50={name: _spread(value, power) for name, value in self.EC50.items()},
        )


def link(bound: Binding, sampler: Sampler, reference: Assembled, *, person: bool = True) -> Link:
    """The link of a binding.

    Args:
        bound: what the evidence holds about the target.
        sampler: draws of the drug's figures.
        reference: the drug in the typical person of its occupancy studies.
        person: False leaves out the differences in binding between people.
    """
    model = bound.anchor if isinstance(bound, Anchored) else bound.model
    n, seed = sampler.sampling.draws, sampler.sampling.seed
    Emax, ratio = None, None
    if isinstance(bound, Measured) and bound.pooled:
        stored = stored_curve(sampler.record.name, bound.target)
        assert stored is not None
        Emax, ratio = stored.draws(n, seed, f"{sampler.record.name}/{bound.target}/all studies")
    EC50 = _half_concentrations(model, sampler, reference, ratio)
    if isinstance(bound, Anchored):
        EC50 = _moved(EC50, bound, sampler)
        Emax = np.ones(n)  # a ceiling below 100 % belongs to the scans of the anchor
    if person and sampler.sampling.variability and n > 1:
        sigma = sigma_of_cv(between_cv_of("EC50"))
        key = f"{sampler.record.name}/{bound.target}/EC50 between people"
        shift = np.exp(sigma * standard_draws(n, seed, key))
        EC50 = {name: value * shift for name, value in EC50.items()}
    studied = None
    if model.studied_dose is not None and not isinstance(bound, Anchored):
        figure = sampler.figure(model.studied_dose)
        if figure.low is not None and figure.high is not None:
            studied = (figure.canonical(figure.low), figure.canonical(figure.high))
    return Link(
        target=bound.target,
        basis=bound.basis,
        Emax=sampler.typical(model.Emax) if Emax is None else Emax,
        EC50=EC50,
        Hill=None if model.Hill is None else sampler.typical(model.Hill),
        studied_mg=studied,
    )


def output_name(ligand: Ligand) -> str:
    """Name of the simulated concentration a ligand is read from."""
    return ligand.analyte if ligand.site == "plasma" else f"{ligand.analyte} in brain"


def _half_concentrations(
    model: OccupancyModel, sampler: Sampler, reference: Assembled, ratio: Array | None
) -> dict[str, Array]:
    """Half-saturating concentration of each ligand, ng/mL.

    With `ratio` (draws,) the figures are those of the point estimate times it: what is unsure of
    a curve then lies in the ratio, and in the kinetics it is read on.
    """

    def figure(ref: str, analyte: str | None = None) -> Array:
        if ratio is None:
            return sampler.typical(ref, analyte)
        point = replace(sampler, sampling=replace(sampler.sampling, draws=1))
        return point.typical(ref, analyte) * ratio

    followed = set(reference.outputs)
    for ligand in model.ligands:
        if output_name(ligand) not in followed:
            raise ValueError(
                f"occupancy model {model.name!r} at {model.target} reads "
                f"{output_name(ligand)!r}, which kinetic model {reference.model.name!r} does not "
                f"follow; it follows {', '.join(sorted(followed))}"
            )
    if model.scale == "concentration":
        return {
            output_name(ligand): figure(ligand.EC50, ligand.analyte)
            for ligand in model.ligands
            if ligand.EC50 is not None
        }
    assert model.ED50 is not None
    ED50 = figure(model.ED50)
    if model.regimen == "daily":
        exposure = average_exposure(reference, ED50[:, None], 24.0)
    else:
        assert model.at_h is not None
        exposure = single_dose_exposure(reference, ED50[:, None], model.at_h)
    potency = {output_name(one): sampler.typical(one.relative_potency) for one in model.ligands}
    total = np.sum([exposure[name][:, 0] * share for name, share in potency.items()], axis=0)
    # A draw whose lag outlasts the scan says nothing about binding; it must not give zero.
    total = np.maximum(total, LEAST_OF_MEDIAN * median(total))
    return {name: total / share for name, share in potency.items()}


def _moved(EC50: dict[str, Array], bound: Anchored, sampler: Sampler) -> dict[str, Array]:
    """Half concentrations moved by the ratio of two Ki, with its recorded log10 SD.

    Only the anchor's first ligand has the affinities; the others move along with it.
    """
    n, seed = sampler.sampling.draws, sampler.sampling.seed
    shift = np.full(n, bound.ratio)
    if n > 1:
        spread = next(one for one in priors().figure if one.quantity == "log10 SD")
        key = f"{sampler.record.name}/{bound.target}/Ki anchored"
        shift = shift * 10.0 ** (spread.central * standard_draws(n, seed, key))
    return {name: value * shift for name, value in EC50.items()}


def _spread(values: Array, power: float) -> Array:
    middle = float(median(values))
    return middle * (values / middle) ** power if middle > 0 else values

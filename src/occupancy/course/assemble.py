"""A drug in a person: the kinetic system with every parameter drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from occupancy.course.sampling import Array, Sampler
from occupancy.drugs import Product, Source
from occupancy.evidence.drugrecord import DoseDependence, InputPath, KineticModel
from occupancy.evidence.drugrecord import Species as SpeciesRecord
from occupancy.kinetics import DeepSite, EffectSite, Formation, Input, Species, System

if TYPE_CHECKING:
    from occupancy.regimen import DoseTable


@dataclass(frozen=True)
class Effects:
    """What a person's traits do to a drug's parameters.

    `factors` maps (species, parameter) to a multiplier, a number or shape (draws,), and
    `formations` (parent, metabolite) to one of the share of elimination that forms it; `reasons`
    are sentences for the reader, `warnings` what to be careful about. `figures` names the
    figures of the drug's record behind the factors, `sources` those of genes and interactions.
    """

    factors: Mapping[tuple[str, str], Array] = field(default_factory=dict)
    formations: Mapping[tuple[str, str], Array] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    def factor(self, species: str, parameter: str) -> Array | float:
        """Multiplier of a parameter of a species; 1 when nothing acts on it."""
        return self.factors.get((species, parameter), 1.0)

    def formation(self, parent: str, metabolite: str) -> Array | float:
        """Multiplier of the share of the parent's elimination that forms the metabolite."""
        return self.formations.get((parent, metabolite), 1.0)


@dataclass(frozen=True)
class Assembled:
    """A product, one of its kinetic models, its draws, and a person's effects on them."""

    product: Product
    model: KineticModel
    sampler: Sampler
    effects: Effects

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.sampler.sampling.draws

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the concentrations this model follows: analytes, then brain sites."""
        return self.system(None).outputs

    def system(self, daily_dose_mg: float | None, table: "DoseTable | None" = None) -> System:
        """The kinetic system at a daily dose; None leaves out dose-dependent clearance.

        `table` gives the doses, which inputs of known rate and infusions need for their duration.
        """
        return System(
            species=tuple(self._species(one, daily_dose_mg) for one in self.model.species),
            inputs=tuple(self._input(i, path, table) for i, path in enumerate(self.model.inputs)),
            effect_sites=self._effect_sites(),
        )

    def bioavailability(self, dose_mg: Array) -> Array:
        """Milligrams of analyte available per labelled milligram: F * F(dose) * active share.

        `dose_mg` is one dose, shape (..., m) broadcastable with (draws, 1).
        """
        share = self.sampler.typical(self.product.form.active_fraction)
        if self.model.F is not None:
            share = share * self.sampler.typical(self.model.F)
        return share[:, None] * _of_dose(self.model.F_of_dose, dose_mg, self.sampler)

    def clearance_of_dose(self, output: str, daily_dose_mg: Array) -> Array:
        """Multiplier of clearance at a daily dose for the species behind an output."""
        dependence = self.model.CL_of_dose
        analyte = output.removesuffix(" in brain").removesuffix(" (deep)")
        if dependence is None or dependence.species not in (None, analyte):
            return np.ones_like(daily_dose_mg)
        return _of_dose(dependence, daily_dose_mg, self.sampler)

    def _species(self, record: SpeciesRecord, daily_dose_mg: float | None) -> Species:
        name = record.analyte
        CL = self.sampler.person(record.CL) * self.effects.factor(name, "CL")
        if daily_dose_mg is not None and daily_dose_mg > 0:
            CL = CL * self.clearance_of_dose(name, np.array([[daily_dose_mg]]))[:, 0]
        V = self.sampler.person(record.V) * self.effects.factor(name, "V")

        def typical(ref: str | None) -> Array | None:
            return None if ref is None else self.sampler.typical(ref)

        masses = self.sampler.molar_mass
        return Species(
            analyte=name,
            CL=CL,
            V=V,
            Q=typical(record.Q),
            V2=typical(record.V2),
            Q3=typical(record.Q3),
            V3=typical(record.V3),
            dosed=self.sampler.typical(record.dosed),
            formed_from=tuple(
                Formation(
                    parent=one.species,
                    fraction=self.sampler.typical(one.fraction)
                    * self.effects.formation(one.species, name)
                    * (masses[name] / masses[one.species]),
                )
                for one in record.formed_from
            ),
        )

    def _input(self, index: int, path: InputPath, table: "DoseTable | None") -> Input:
        dosed = next(one.analyte for one in self.model.species if one.dosed != 0.0)
        ka = None
        if path.ka is not None:
            ka = self.sampler.person(path.ka) * self.effects.factor(dosed, "ka")
        return Input(
            fraction=self.sampler.typical(path.fraction),
            ka=ka,
            lag_h=0.0 if path.lag is None else self.sampler.typical(path.lag),
            duration_h=self._duration(path, table),
            ktr=None if path.ktr is None else self.sampler.typical(path.ktr),
            n_transit=path.transits,
            name=f"{self.product.form.name} path {index + 1}",
        )

    def _duration(self, path: InputPath, table: "DoseTable | None") -> Array | float:
        """Hours of zero-order input: stated, or amount over rate, or the length of an infusion."""
        if path.duration is not None:
            return self.sampler.typical(path.duration)
        if table is None:
            return 0.0
        if path.rate is not None:
            share = self.sampler.typical(path.fraction)[:, None]
            available = table.amount_mg * self.bioavailability(table.amount_mg[None, :])
            return share * available / self.sampler.typical(path.rate)[:, None]
        if self.product.form.route == "iv" and table.duration_h.any():
            return table.duration_h[None, :]
        return 0.0

    def _effect_sites(self) -> tuple[EffectSite, ...]:
        present = {one.analyte for one in self.model.species}
        sites: list[EffectSite] = []
        for one in self.product.record.effect_site:
            if one.analyte not in present:
                continue
            name = f"{one.analyte} in brain"
            deep = None
            if one.kin2 is not None and one.kout2 is not None:
                deep = DeepSite(
                    name=f"{name} (deep)",
                    k_in=self.sampler.typical(one.kin2),
                    k_out=self.sampler.typical(one.kout2),
                )
            sites.append(
                EffectSite(
                    name=name,
                    analyte=one.analyte,
                    k_in=self.sampler.typical(one.kin),
                    k_out=self.sampler.typical(one.kout),
                    deep=deep,
                )
            )
        return tuple(sites)


def _of_dose(dependence: DoseDependence | None, dose_mg: Array, sampler: Sampler) -> Array:
    """Multiplier at a dose: the equations of `DoseDependence`, shape (draws, m)."""
    dose = np.asarray(dose_mg, dtype=np.float64)
    if dependence is None:
        return np.ones((1, *dose.shape[-1:]))
    if dependence.kind == "power":
        assert dependence.exponent is not None
        exponent = sampler.typical(dependence.exponent)[:, None]
        return (
            np.where(dose > 0, np.maximum(dose, 1e-12) / dependence.reference_mg, 1.0) ** exponent
        )
    assert dependence.maximum is not None
    assert dependence.ED50 is not None
    maximum = sampler.typical(dependence.maximum)[:, None]
    ED50 = sampler.typical(dependence.ED50)[:, None]
    above = dose - dependence.reference_mg
    return 1.0 + maximum * above / (ED50 + above)

"""The record of one drug: its analytes, forms, figures, and the models built of them.

Models never hold numbers of their own: every parameter names a figure of the same file.
Only structure (a racemate's halves, a count of transit compartments) may be a plain number.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, MinLen

from occupancy.evidence.figure import Figure, Name, Record

Ref = str
Structural = float | Ref


@dataclass(frozen=True, kw_only=True)
class Analyte(Record):
    """A chemical species that is measured or binds: parent, metabolite, enantiomer, sum."""

    name: Name
    molar_mass: Annotated[float, Gt(0)]
    role: Literal["parent", "metabolite", "enantiomer", "moiety"]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Form(Record):
    """A form the drug is given in: tablet, XR tablet, depot. The first form is the default.

    `strength_basis` says what one labelled milligram is (free base, salt, equivalents);
    `active_fraction` turns labelled milligrams into milligrams of the first analyte.
    """

    name: Name
    title: str = ""
    aliases: tuple[str, ...] = ()
    route: Literal["oral", "sublingual", "im", "sc", "iv", "transdermal"]
    kinetics: str
    strength_basis: Name
    active_fraction: Structural = 1.0
    usual_interval_h: Annotated[float, Gt(0)] = 24.0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Formation(Record):
    """A metabolite's origin: molar share of the parent's elimination that becomes it.

    `by` names the enzymes that form it among those of the parent's `elimination`: when genes or
    co-medication move them, the formation clearance moves by their shares. An empty `by` means
    that none of them does, so that formation keeps its clearance; left out, the share of the
    elimination stays as it is.
    """

    species: str
    fraction: Structural
    by: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Species(Record):
    """Disposition of one analyte. CL and V name figures; Q, V2, Q3, V3 add compartments."""

    analyte: str
    dosed: Structural = 0.0
    formed_from: tuple[Formation, ...] = ()
    CL: Ref
    V: Ref
    Q: Ref | None = None
    V2: Ref | None = None
    Q3: Ref | None = None
    V3: Ref | None = None
    half_life: Ref | None = None
    half_life_kind: Literal["terminal", "effective"] = "terminal"


@dataclass(frozen=True, kw_only=True)
class InputPath(Record):
    """One of the parallel ways a dose of a form takes into the circulation.

    amount = dose * F * fraction, then lag, then a zero-order input of `duration` (or `rate`),
    then `transits` compartments at `ktr`, then first-order `ka`; whatever is absent is skipped.
    """

    fraction: Structural = 1.0
    ka: Ref | None = None
    lag: Ref | None = None
    duration: Ref | None = None
    rate: Ref | None = None
    ktr: Ref | None = None
    transits: Annotated[int, Ge(0)] = 0


@dataclass(frozen=True, kw_only=True)
class DoseDependence(Record):
    """A parameter that moves with dose.

    power: x * (dose / reference_mg) ** exponent, dose per day.
    emax:  x * (1 + maximum * (dose - reference_mg) / (ED50 + dose - reference_mg)), per dose.
    """

    kind: Literal["power", "emax"]
    reference_mg: Annotated[float, Gt(0)]
    exponent: Ref | None = None
    maximum: Ref | None = None
    ED50: Ref | None = None
    species: str | None = None


@dataclass(frozen=True, kw_only=True)
class Covariate(Record):
    """How a trait of the person moves a parameter of a species.

    power:    x * (trait / reference) ** exponent           (age, weight, bmi)
    linear:   x * (1 + coefficient * (trait - reference))   (age, weight, bmi)
    category: x * factor when the trait equals `value`      (sex, smoking, ancestry)

    `within` holds the trait inside the range the model was fitted on. Genes and co-medication
    are not covariates: they act through `Elimination`, where they can be combined.
    """

    species: str
    parameter: Literal["CL", "V", "ka"]
    trait: Literal["age", "weight", "bmi", "sex", "smoking", "ancestry"]
    kind: Literal["power", "linear", "category"]
    reference: float | None = None
    within: tuple[float, float] | None = None
    value: str | None = None
    exponent: Ref | None = None
    coefficient: Ref | None = None
    factor: Ref | None = None


@dataclass(frozen=True, kw_only=True)
class KineticModel(Record):
    """A published way the body handles the drug. The drug's first model is the default."""

    name: Name
    note: str = ""
    species: Annotated[tuple[Species, ...], MinLen(1)]
    inputs: Annotated[tuple[InputPath, ...], MinLen(1)]
    F: Ref | None = None
    F_of_dose: DoseDependence | None = None
    CL_of_dose: DoseDependence | None = None
    covariates: tuple[Covariate, ...] = ()
    disputes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EffectSite(Record):
    """A brain compartment that follows plasma: dCe/dt = kin*Cp - kout*Ce, optional second stage."""

    analyte: str
    kin: Ref
    kout: Ref
    kin2: Ref | None = None
    kout2: Ref | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Ligand(Record):
    """An analyte that binds the target of an occupancy model."""

    analyte: str
    EC50: Ref | None = None
    relative_potency: Structural = 1.0
    site: Literal["plasma", "brain"] = "plasma"


@dataclass(frozen=True, kw_only=True)
class OccupancyModel(Record):
    """Dose or concentration to occupancy at one target; the target's first model is default.

    scale "concentration": theta = Emax * X / (1 + X), X = sum of C_i / EC50_i over ligands.
    scale "dose": Emax and ED50 of a dose-occupancy study; read on the exposure of that study
    (`regimen` daily: average at steady state; single: `at_h` hours after one dose).
    `studies` is how many this one pools, as far as that is known, and `pools` names models of the
    same record whose people are among its own: a meta-analysis counts them once.
    """

    name: Name
    target: str
    region: str = ""
    tracer: str = ""
    scale: Literal["concentration", "dose"]
    Emax: Ref
    ED50: Ref | None = None
    Hill: Ref | None = None
    ligands: Annotated[tuple[Ligand, ...], MinLen(1)]
    regimen: Literal["daily", "single"] = "daily"
    at_h: float | None = None
    studied_dose: Ref | None = None
    partial_agonist: bool = False
    studies: int = 1
    pools: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Check what the types alone do not say."""
        if self.studies < max(1, len(self.pools)):
            raise ValueError(
                f"occupancy model {self.name!r}: studies = {self.studies} is not allowed; it is at "
                "least 1, and the number of models it pools"
            )
        if self.scale == "dose" and self.ED50 is None:
            raise ValueError(f"occupancy model {self.name!r}: scale 'dose' needs `ED50`")
        if self.scale == "concentration" and any(one.EC50 is None for one in self.ligands):
            raise ValueError(f"occupancy model {self.name!r}: every ligand needs `EC50`")
        if self.regimen == "single" and self.at_h is None:
            raise ValueError(f"occupancy model {self.name!r}: a single dose needs `at_h`")


@dataclass(frozen=True, kw_only=True)
class Elimination(Record):
    """Share CR of a species' clearance that runs through one enzyme."""

    species: str
    enzyme: str
    CR: Ref


@dataclass(frozen=True, kw_only=True)
class Gap(Record):
    """Something looked for and not found; commands say so."""

    what: Name
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DrugRecord(Record):
    """Everything known about one drug, in one file."""

    name: Name
    title: Name
    drug_class: Name
    synonyms: tuple[str, ...] = ()
    atc: str = ""
    stop_warning: str = ""
    note: str = ""
    analyte: Annotated[tuple[Analyte, ...], MinLen(1)]
    form: tuple[Form, ...] = ()
    kinetics: tuple[KineticModel, ...] = ()
    effect_site: tuple[EffectSite, ...] = ()
    occupancy: tuple[OccupancyModel, ...] = ()
    elimination: tuple[Elimination, ...] = ()
    figure: tuple[Figure, ...] = ()
    gap: tuple[Gap, ...] = ()

    def is_of(self, drug_class: str) -> bool:
        """Whether `drug_class` stands in the drug's class, as whole words."""
        word = rf"(?<![\w-]){re.escape(drug_class)}(?![\w-])"
        return re.search(word, self.drug_class, re.IGNORECASE) is not None

    def figures(self) -> dict[str, Figure]:
        """Figures by id."""
        return {one.id: one for one in self.figure}

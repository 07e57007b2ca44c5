"""The controlled vocabulary: every quantity a figure may hold, with its canonical unit.

A quantity names what was measured; its canonical unit is what the rest of the house
computes in. Units other than the canonical one are converted by `occupancy.units`.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["kinetics", "binding", "occupancy", "genetics", "interaction", "clinical", "other"]


@dataclass(frozen=True)
class Quantity:
    """One entry of the vocabulary.

    Attributes:
        name: the term used in records, the field's own.
        unit: canonical unit; "1" for a dimensionless number, "fraction" for a share.
        meaning: one line a newcomer understands.
        kind: the family it belongs to.
        positive: True when the figure must be greater than zero.
    """

    name: str
    unit: str
    meaning: str
    kind: Kind
    positive: bool = True


_ENTRIES: Final[tuple[Quantity, ...]] = (
    # --- kinetics
    Quantity("CL", "L/h", "clearance from plasma (intravenous, or F known)", "kinetics"),
    Quantity("CL/F", "L/h", "apparent oral clearance", "kinetics"),
    Quantity("V", "L", "central (or only) volume of distribution", "kinetics"),
    Quantity("V/F", "L", "apparent central (or only) volume", "kinetics"),
    Quantity("Vss", "L", "steady-state volume of distribution", "kinetics"),
    Quantity("V per kg", "L/kg", "volume of distribution per body weight", "kinetics"),
    Quantity("V2", "L", "first peripheral volume", "kinetics"),
    Quantity("V2/F", "L", "apparent first peripheral volume", "kinetics"),
    Quantity("V3", "L", "second peripheral volume", "kinetics"),
    Quantity("V3/F", "L", "apparent second peripheral volume", "kinetics"),
    Quantity("Q", "L/h", "first inter-compartmental clearance", "kinetics"),
    Quantity("Q/F", "L/h", "apparent first inter-compartmental clearance", "kinetics"),
    Quantity("Q3", "L/h", "second inter-compartmental clearance", "kinetics"),
    Quantity("Q3/F", "L/h", "apparent second inter-compartmental clearance", "kinetics"),
    Quantity("ka", "1/h", "first-order absorption (or release) rate constant", "kinetics"),
    Quantity("ktr", "1/h", "transit rate constant", "kinetics"),
    Quantity("k", "1/h", "another first-order rate constant, named in the note", "kinetics"),
    Quantity("lag", "h", "absorption lag time", "kinetics", positive=False),
    Quantity("duration", "h", "duration of a zero-order input", "kinetics"),
    Quantity("rate", "mg/h", "rate of a zero-order input", "kinetics"),
    Quantity("F", "fraction", "absolute bioavailability", "kinetics"),
    Quantity("Frel", "1", "bioavailability relative to the reference form", "kinetics"),
    Quantity("input fraction", "fraction", "share of the dose entering by one path", "kinetics"),
    Quantity("fm", "fraction", "molar share of the parent's elimination forming it", "kinetics"),
    Quantity("keo", "1/h", "equilibration rate constant of an effect site", "kinetics"),
    Quantity("Kp,uu", "1", "unbound brain to unbound plasma ratio", "kinetics"),
    Quantity("fu", "fraction", "unbound fraction in plasma", "kinetics"),
    Quantity("half-life", "h", "terminal half-life as reported", "kinetics"),
    Quantity(
        "effective half-life", "h", "half-life seen on withdrawal or accumulation", "kinetics"
    ),
    Quantity("tmax", "h", "time of the peak", "kinetics"),
    Quantity("Cmax", "ng/mL", "peak concentration", "kinetics"),
    Quantity("Cmin", "ng/mL", "trough concentration", "kinetics"),
    Quantity("Cavg", "ng/mL", "average concentration over the dosing interval", "kinetics"),
    Quantity("AUC", "ng*h/mL", "area under the concentration curve", "kinetics"),
    Quantity("residual CV", "fraction", "residual (assay and model) variability", "kinetics"),
    Quantity("reference range", "ng/mL", "therapeutic reference range in plasma", "kinetics"),
    Quantity("exponent", "1", "exponent of a power covariate model", "kinetics", positive=False),
    Quantity("coefficient", "1", "coefficient of a linear covariate model", "kinetics", False),
    Quantity("factor", "1", "multiplier of a parameter in a named group", "kinetics"),
    Quantity("concentration ratio", "1", "ratio of two concentrations at steady state", "kinetics"),
    # --- binding
    Quantity("Ki", "nM", "inhibition constant in vitro, competitor-free", "binding"),
    Quantity("Kd", "nM", "dissociation constant", "binding"),
    Quantity("IC50", "nM", "half-inhibiting concentration in vitro", "binding"),
    Quantity("EC50", "ng/mL", "plasma concentration for half of Emax, in vivo", "binding"),
    Quantity("ED50", "mg", "dose (per day unless single) for half of Emax", "binding"),
    Quantity("ED50 per kg", "mg/kg", "dose per body weight for half of Emax", "binding"),
    Quantity("Emax", "fraction", "occupancy at saturating concentration", "binding"),
    Quantity("Hill", "1", "Hill coefficient", "binding"),
    Quantity("kon", "1/nM/h", "association rate constant", "binding"),
    Quantity("koff", "1/h", "dissociation rate constant", "binding"),
    Quantity("Bmax", "nM", "receptor density", "binding"),
    Quantity("efficacy", "fraction", "intrinsic activity relative to the full agonist", "binding"),
    Quantity("relative potency", "1", "potency of an analyte relative to the first", "binding"),
    # --- occupancy
    Quantity("occupancy", "fraction", "measured target occupancy", "occupancy", positive=False),
    Quantity("threshold", "fraction", "occupancy at which an effect appears", "occupancy"),
    Quantity("studied dose", "mg", "range of doses in the study behind a curve", "occupancy"),
    # --- genetics and interactions
    Quantity("activity", "1", "activity of an allele or phenotype; normal is 1", "genetics", False),
    Quantity("frequency", "fraction", "frequency in a population", "genetics", positive=False),
    Quantity("CR", "fraction", "share of clearance by one enzyme", "interaction", positive=False),
    Quantity("IR", "fraction", "share of an enzyme's activity inhibited", "interaction", False),
    Quantity("IC", "1", "rise of an enzyme's activity on induction", "interaction", False),
    Quantity("AUC ratio", "1", "exposure with over exposure without", "interaction"),
    Quantity("Cmax ratio", "1", "peak with over peak without", "interaction"),
    Quantity(
        "CL ratio", "1", "clearance in a group over clearance in the reference", "interaction"
    ),
    # --- clinical
    Quantity("dose", "mg", "dose named by a label or guideline", "clinical"),
    Quantity("incidence", "1/year", "events per person and year", "clinical"),
    Quantity("prevalence", "fraction", "share of people affected", "clinical"),
    Quantity("odds ratio", "1", "odds ratio", "clinical"),
    Quantity("risk ratio", "1", "risk of an outcome over that of a comparison", "clinical"),
    Quantity("observation", "h", "time a step is observed before the next", "clinical"),
    Quantity("change", "fraction", "relative change of a measured signal", "clinical", False),
    # --- other
    Quantity("weight", "kg", "body weight", "other"),
    Quantity("age", "year", "age", "other"),
    Quantity("height", "cm", "body height", "other"),
    Quantity("BMI", "kg/m^2", "body mass index", "other"),
    Quantity("CV", "fraction", "coefficient of variation used as a labelled prior", "other"),
    Quantity("log10 SD", "1", "standard deviation on the log10 scale", "other"),
    Quantity("RMS error", "fraction", "root mean square prediction error of occupancy", "other"),
)

VOCABULARY: Final[dict[str, Quantity]] = {entry.name: entry for entry in _ENTRIES}

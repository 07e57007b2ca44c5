"""A person: age, weight, sex, genes, smoking and co-medication as factors on clearance.

Genes and co-medication act together on the share of clearance an enzyme carries, so that an
inhibitor finds nothing to inhibit where a gene has left no enzyme. Age, weight and sex act
through the covariates of a drug's kinetic model. May import `evidence` and the rooms below it.
"""

from occupancy.person.cautions import check_drug, known_but_off
from occupancy.person.clearance import relative_clearance
from occupancy.person.comedication import Comedication, comedication
from occupancy.person.covariate import CovariateEffect, covariate_factor, trait_factor
from occupancy.person.enzymes import EnzymeState, enzyme_state, relative_clearance_of
from occupancy.person.error import PersonError
from occupancy.person.genotype import Phenotype, phenotype
from occupancy.person.traits import Person

__all__ = [
    "Comedication",
    "CovariateEffect",
    "EnzymeState",
    "Person",
    "PersonError",
    "Phenotype",
    "check_drug",
    "comedication",
    "covariate_factor",
    "enzyme_state",
    "known_but_off",
    "phenotype",
    "relative_clearance",
    "relative_clearance_of",
    "trait_factor",
]

"""What each key of the JSON documents means; a key without a line here fails the tests.

One module for each room's documents; what several of them say stands here.
"""

from _keys.circuit import CIRCUIT
from _keys.course import COURSE
from _keys.diary import DIARY
from _keys.evidence import EVIDENCE
from _keys.inference import INFERENCE
from _keys.pet import PET
from _keys.population import POPULATION
from _keys.profile import PROFILE
from _keys.taper import TAPER
from _keys.validation import VALIDATION

#: Of several documents.
COMMON = {
    "version": "version of the package that made the document",
    "document": "which document this is",
    "drug": "name of the drug's record",
    "form": "the form it is given in",
    "kinetics": "the kinetic model used",
    "band": "what low and high mean in this document",
    "person": "the person as stated, and what the traits did",
    "sources": "every figure behind the answer",
    "warnings": "what to be careful about",
    "disclaimer": "to be shown with the answer",
    "target": "the protein that is occupied",
    "basis": "`in vivo`, or `anchored from Ki`",
    "model": "the occupancy model used",
    "region": "where it was measured; empty when not stated",
    "level": "probability between low and high",
    "contains": "what the band holds",
    "draws": "number of draws",
    "seed": "the same seed gives the same draws",
    "dose_mg": "mg per dosing interval, as labelled",
    "occupancy": "fraction",
    "low": "lower end",
    "high": "upper end",
    "median": "median over the draws",
    "mean": "mean over the draws",
    "n": "number of people",
    "regimen": "the regimen as it was read",
    "source": "first author and year",
    "status": "how the number was seen",
    "age_y": "years",
    "weight_kg": "kg",
    "height_cm": "cm",
    "sex": "`female` or `male`",
    "cyp2d6": "diplotype or phenotype",
    "cyp2c19": "diplotype or phenotype",
    "smoking": "`smoker` or `non-smoker`",
    "comedication": "names of other medicines",
    "ancestry": "as stated",
    "effects": "what these traits did, in sentences",
    "name": "its name",
    "unit": "unit of its values",
    "value": "value with bounds and unit, as text",
    "citation": "the work in one line",
    "note": "what a careful reader needs",
}

#: Meaning by key, or by "Document.key" where one word means two things.
MEANINGS = {
    **COMMON,
    **COURSE,
    **POPULATION,
    **EVIDENCE,
    **VALIDATION,
    **PROFILE,
    **TAPER,
    **PET,
    **CIRCUIT,
    **INFERENCE,
    **DIARY,
}


def meaning(part: str, key: str) -> str:
    """What `key` of the document, or part of one, called `part` means.

    Raises:
        KeyError: a key that nobody has described.
    """
    return MEANINGS.get(f"{part}.{key}") or MEANINGS[key]

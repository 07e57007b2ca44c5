"""Reading records from the package: one TOML file at a time, validated, cached.

References are looked up by key without parsing whole bibliographies: each stands on one line
of `records/references/*.toml`, which keeps the path from a command to a number short.
"""

import tomllib
from dataclasses import asdict, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from occupancy.evidence.drugrecord import DrugRecord
from occupancy.evidence.figure import Citation, Record
from occupancy.evidence.tables import (
    CodeTable,
    DrugCodes,
    PriorTable,
    TaperingTable,
    TargetTable,
)
from occupancy.evidence.trusted import construct

# Only tapering needs products, only circuits theirs, and every command waits for what is imported
# here.
if TYPE_CHECKING:
    from occupancy.evidence.circuitrecord import CircuitRecord
    from occupancy.evidence.productrecord import DeviceTable, ProductRecord

if TYPE_CHECKING:
    from occupancy.evidence.peopletables import GeneTable, InteractionTable, PopulationTable

RECORDS: Final[Path] = Path(__file__).parent / "records"

_T = TypeVar("_T", bound=Record)


class EvidenceError(ValueError):
    """A record that cannot be read, or a name that is not in the evidence."""


class UnknownDrugError(EvidenceError):
    """A drug that has no record; the message names the nearest ones."""


def trust(path: Path, model: type[_T]) -> _T:
    """The record in `path` of the package, which the audit has validated, as a `model`."""
    return construct(model, tomllib.loads(path.read_text(encoding="utf-8")))


def read(path: Path, model: type[_T]) -> _T:
    """The record in `path`, validated as `model`.

    Raises:
        EvidenceError: naming the file, every offending field, its value and what is allowed.
    """
    # Imported here because it costs as much as all of NumPy.
    from pydantic import ValidationError

    from occupancy.evidence.validated import validated

    try:
        return validated(model, tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise EvidenceError(f"{path.name}: not valid TOML: {error}") from error
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in problem['loc']) or '(record)'}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        ]
        raise EvidenceError(f"{path.name}: not a valid record:\n" + "\n".join(lines)) from error


@cache
def drug_names() -> tuple[str, ...]:
    """Names of all drugs that have a record, in alphabetical order."""
    return tuple(sorted(path.stem for path in (RECORDS / "drugs").glob("*.toml")))


@cache
def drug_record(name: str) -> DrugRecord:
    """The record of the drug called `name` (its own name, as in `drug_names()`).

    Read without validation: see `trusted`. `read` validates.

    Raises:
        UnknownDrugError: no such record; suggests the nearest names.
    """
    path = RECORDS / "drugs" / f"{name}.toml"
    if name not in drug_names():
        near = get_close_matches(name.lower(), drug_names(), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise UnknownDrugError(f"no drug called {name!r}: {hint}`occupancy drugs` lists them all")
    return trust(path, DrugRecord)


def circuit_names() -> tuple[str, ...]:
    """Names of all circuits that have a record, in alphabetical order."""
    return tuple(sorted(path.stem for path in (RECORDS / "circuits").glob("*.toml")))


@cache
def circuit_record(name: str) -> "CircuitRecord":
    """The parameters of the circuit called `name`.

    Raises:
        EvidenceError: no such record; names those there are.
    """
    from occupancy.evidence.circuitrecord import CircuitRecord

    if name not in circuit_names():
        raise EvidenceError(f"no circuit called {name!r}; there are: {', '.join(circuit_names())}")
    return trust(RECORDS / "circuits" / f"{name}.toml", CircuitRecord)


def drugs_with_products() -> tuple[str, ...]:
    """Names of the drugs whose products are on record, in alphabetical order."""
    return tuple(sorted(path.stem for path in (RECORDS / "products").glob("*.toml")))


@cache
def product_record(drug: str) -> "ProductRecord | None":
    """The products of `drug`, read without validation; None when none are on record."""
    from occupancy.evidence.productrecord import ProductRecord

    if drug not in drugs_with_products():
        return None
    return trust(RECORDS / "products" / f"{drug}.toml", ProductRecord)


@cache
def devices() -> "DeviceTable":
    """Syringes, their tolerances, and the allowances of measuring and splitting."""
    from occupancy.evidence.productrecord import DeviceTable

    return trust(RECORDS / "devices.toml", DeviceTable)


@cache
def targets() -> TargetTable:
    """Targets with their windows."""
    return trust(RECORDS / "targets.toml", TargetTable)


@cache
def genes() -> "GeneTable":
    """Genes, alleles and phenotype rules."""
    from occupancy.evidence.peopletables import GeneTable

    return trust(RECORDS / "genes.toml", GeneTable)


@cache
def interactions() -> "InteractionTable":
    """Perpetrators of interactions and observed exposure ratios."""
    from occupancy.evidence.peopletables import InteractionTable

    return trust(RECORDS / "interactions.toml", InteractionTable)


@cache
def populations() -> "PopulationTable":
    """Reference people and phenotype frequencies."""
    from occupancy.evidence.peopletables import PopulationTable

    return trust(RECORDS / "populations.toml", PopulationTable)


@cache
def priors() -> PriorTable:
    """Labelled generic spreads for figures whose source gives none."""
    return trust(RECORDS / "priors.toml", PriorTable)


@cache
def tapering() -> TaperingTable:
    """Trials of stopping, how long to observe a step, what is not covered."""
    return trust(RECORDS / "tapering.toml", TaperingTable)


@cache
def codes() -> CodeTable:
    """Codes of drugs in public terminologies."""
    return trust(RECORDS / "codes.toml", CodeTable)


@cache
def drug_codes(name: str) -> DrugCodes:
    """The codes of the drug called `name`, its ATC code from its own record where it has one.

    A drug without any code gives empty ones: it can still be named.
    """
    found = next((one for one in codes().code if one.drug == name), DrugCodes(drug=name))
    if name in drug_names() and (atc := drug_record(name).atc):
        return replace(found, atc=atc)
    return found


@cache
def _reference_lines() -> dict[str, str]:
    lines: dict[str, str] = {}
    for path in sorted((RECORDS / "references").glob("*.toml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                key = line.partition("=")[0].strip()
                if key in lines:
                    raise EvidenceError(f"{path.name}: reference {key!r} stands twice")
                lines[key] = line
    return lines


def reference_keys() -> tuple[str, ...]:
    """Keys of all references."""
    return tuple(_reference_lines())


@cache
def reference(key: str) -> Citation:
    """The citation called `key`.

    Raises:
        EvidenceError: unknown key, or a line that is not one valid citation.
    """
    line = _reference_lines().get(key)
    if line is None:
        near = get_close_matches(key, reference_keys(), n=3)
        raise EvidenceError(f"no reference {key!r}; nearest: {', '.join(near) or 'none'}")
    try:
        return construct(Citation, tomllib.loads(line)[key])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise EvidenceError(f"reference {key!r} is not a valid one-line citation: {error}") from (
            error
        )


def reference_problems(key: str) -> tuple[str, ...]:
    """What is wrong with the citation called `key`, validated."""
    from pydantic import ValidationError

    from occupancy.evidence.validated import validated

    try:
        validated(Citation, asdict(reference(key)))
    except (ValidationError, EvidenceError) as error:
        return (str(error),)
    return ()

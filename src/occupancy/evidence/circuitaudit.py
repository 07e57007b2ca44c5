"""The audit of the circuits' parameters: types, sources, signs."""

from collections.abc import Iterator

from occupancy.evidence import loader
from occupancy.evidence.circuitrecord import CircuitParameter, CircuitRecord


def circuit_problems(name: str) -> Iterator[tuple[str, str]]:
    """(where, what is wrong) in the record of the circuit called `name`, validated."""
    try:
        record = loader.read(loader.RECORDS / "circuits" / f"{name}.toml", CircuitRecord)
    except loader.EvidenceError as error:
        yield "record", str(error)
        return
    if record.name != name:
        yield "name", f"is {record.name!r} in a file called {name}.toml; they must agree"
    for one in (*record.parameter, *record.figure):
        yield from _parameter(record, one)


def _parameter(record: CircuitRecord, one: CircuitParameter) -> Iterator[tuple[str, str]]:
    try:
        loader.reference(one.cite)
    except loader.EvidenceError as error:
        yield one.name, str(error)
    if one.name in record.positive and one.value <= 0:
        yield one.name, f"is {one.value:g}, must be above zero"
    if one.name in record.zero_or_more and one.value < 0:
        yield one.name, f"is {one.value:g}, must not be negative"
    if one.name in record.at_most_one and one.value > 1:
        yield one.name, f"is {one.value:g}, must be at most 1"
    if one.status in ("recalled", "assumed", "hypothesis") and not one.note:
        yield one.name, f"is {one.status}: say in `note` why this value"

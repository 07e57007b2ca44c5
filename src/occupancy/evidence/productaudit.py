"""The audit of products and devices: what must hold for every record, beside its types.

A problem is a pair: where in the record, and what is wrong with what to do.
"""

from collections.abc import Iterator
from typing import Final, TypeAlias

from occupancy.evidence import loader
from occupancy.evidence.productrecord import (
    SLOW,
    DeviceTable,
    ProductRecord,
    SoldProduct,
)

Problem: TypeAlias = tuple[str, str]

#: Allowances that code asks for by name, with the unit each must have.
ALLOWANCES: Final[dict[str, str]] = {
    "drop": "share",
    "part of a scored tablet": "share",
    "part of an unscored tablet": "share",
    "bead": "share",
    "scale": "marks",
    "least weighing": "marks",
    "liquid left behind": "share",
    "dilution vessel": "share",
    "most liquid": "mL",
    "most drops": "drops",
}


def product_problems(drug: str) -> tuple[Problem, ...]:
    """Everything wrong with the products of `drug`, its file validated first."""
    try:
        record = loader.read(loader.RECORDS / "products" / f"{drug}.toml", ProductRecord)
    except loader.EvidenceError as error:
        return (("record", str(error)),)
    return tuple(record_problems(record, drug))


def record_problems(record: ProductRecord, drug: str) -> Iterator[Problem]:
    """What is wrong with a valid record that stands in the file of `drug`.

    Checks: the file's name is the drug's; the drug has a record; citations exist; no product
    stands twice on a market; a form or equivalence that is named exists in the drug's record, and
    the equivalence is a relative bioavailability that is not `recalled`; what releases its drug
    slowly or past the stomach says that it must not be crushed, and if a tablet, not split.
    """
    if record.drug != drug:
        yield "drug", f"{record.drug!r} stands in the file of {drug!r}"
    if record.drug not in loader.drug_names():
        yield "drug", f"{record.drug!r} has no record in drugs/"
        return
    seen: set[tuple[object, ...]] = set()
    for one in record.product:
        where = f"{one.market} {one.form}"
        yield from _citation(where, one.cite)
        yield from _product(record.drug, where, one)
        for size in one.strengths_mg or (one.mg_per_mL,):
            key = (one.market, one.form, one.drug_form, size)
            if key in seen:
                yield where, f"{size:g} stands twice: join its sources in one row"
            seen.add(key)
    for absent in record.not_sold:
        yield from _citation(f"{absent.market} not sold: {absent.what}", absent.cite)


def _product(drug: str, where: str, one: SoldProduct) -> Iterator[Problem]:
    record = loader.drug_record(drug)
    forms = tuple(form.name for form in record.form)
    if one.drug_form and one.drug_form not in forms:
        yield where, f"drug_form {one.drug_form!r} is none of {', '.join(forms) or 'no forms'}"
    if one.equivalence is not None:
        figure = record.figures().get(one.equivalence)
        if figure is None:
            yield where, f"equivalence names {one.equivalence!r}, which is not there"
        elif figure.quantity != "Frel":
            yield where, f"equivalence names {figure.id!r}, a {figure.quantity}; allowed: Frel"
        elif figure.status == "recalled":
            yield where, f"equivalence names {figure.id!r}, which is recalled: never a default"
    if one.form in SLOW and "crush" not in one.must_not:
        yield where, "must not be crushed: add it to `must_not`, and `why`"
    if one.form in SLOW and one.form.endswith("tablet") and "split" not in one.must_not:
        yield where, "must not be split: add it to `must_not`, and `why`"


def device_problems() -> tuple[Problem, ...]:
    """Everything wrong with `devices.toml`, validated first."""
    try:
        table = loader.read(loader.RECORDS / "devices.toml", DeviceTable)
    except loader.EvidenceError as error:
        return (("record", str(error)),)
    return tuple(table_problems(table))


def table_problems(table: DeviceTable) -> Iterator[Problem]:
    """What is wrong with valid devices.

    Checks: citations exist; nothing is `recalled`; syringes ascend and none is finer than a
    smaller one; every syringe has a tolerance; the allowances that are asked for are there.
    """
    before = 0.0
    mark = 0.0
    largest = max(one.below_mL for one in table.syringe_tolerance)
    for one in table.syringe:
        where = f"syringe {one.capacity_mL:g} mL"
        yield from _citation(where, one.cite)
        if one.status == "recalled":
            yield where, "is recalled: never a default"
        if one.capacity_mL <= before or one.mark_mL < mark:
            yield where, "syringes stand in order of capacity, with marks no finer than before"
        if not one.mark_mL <= one.smallest_mL <= one.capacity_mL:
            yield where, "`smallest_mL` lies between one mark and the capacity"
        if one.capacity_mL >= largest:
            yield where, f"has no tolerance: they end below {largest:g} mL"
        before, mark = one.capacity_mL, one.mark_mL
    for tolerance in table.syringe_tolerance:
        yield from _citation(f"tolerance below {tolerance.below_mL:g} mL", tolerance.cite)
    units = {one.name: one.unit for one in table.allowance}
    for name, unit in ALLOWANCES.items():
        if units.get(name) != unit:
            yield f"allowance {name}", f"is {units.get(name)!r}; {unit!r} is needed"
    for allowance in table.allowance:
        where = f"allowance {allowance.name}"
        if allowance.cite:
            yield from _citation(where, allowance.cite)
        elif allowance.status != "assumed":
            yield where, f"is {allowance.status} and has no `cite`"
        if allowance.status == "recalled":
            yield where, "is recalled: never a default"


def _citation(where: str, cite: str) -> Iterator[Problem]:
    try:
        loader.reference(cite)
    except loader.EvidenceError as error:
        yield where, str(error)

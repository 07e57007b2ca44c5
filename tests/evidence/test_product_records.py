"""Products and devices on record: the audit is clean and can fail; quick reading equals strict."""

from dataclasses import replace

import pytest

from occupancy.evidence import devices, drug_names, drugs_with_products, loader, product_record
from occupancy.evidence.audit import audit_tables
from occupancy.evidence.productaudit import (
    device_problems,
    product_problems,
    record_problems,
    table_problems,
)
from occupancy.evidence.productrecord import DeviceTable, ProductRecord, SoldProduct
from occupancy.evidence.validated import validated

#: Drugs of the market tables that have a record as a drug.
LISTED = {
    *("amitriptyline", "aripiprazole", "atomoxetine", "bupropion", "citalopram", "clomipramine"),
    *("desvenlafaxine", "duloxetine", "escitalopram", "fluoxetine", "fluvoxamine", "haloperidol"),
    *("milnacipran", "mirtazapine", "nortriptyline", "olanzapine", "paroxetine", "quetiapine"),
    *("risperidone", "sertraline", "trazodone", "venlafaxine", "vilazodone", "vortioxetine"),
}


def test_every_listed_drug_has_products_and_every_product_a_drug() -> None:
    assert set(drugs_with_products()) >= LISTED
    assert set(drugs_with_products()) <= set(drug_names())


@pytest.mark.parametrize("drug", drugs_with_products())
def test_trusted_reading_of_products_gives_what_validated_reading_gives(drug: str) -> None:
    path = loader.RECORDS / "products" / f"{drug}.toml"
    assert product_record(drug) == loader.read(path, ProductRecord)
    assert product_problems(drug) == ()


def test_devices_are_sound() -> None:
    assert devices() == loader.read(loader.RECORDS / "devices.toml", DeviceTable)
    assert device_problems() == ()


def test_the_audit_of_tables_covers_products_and_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("occupancy.evidence.audit.product_problems", lambda drug: ((drug, "x"),))
    monkeypatch.setattr("occupancy.evidence.audit.device_problems", lambda: (("y", "z"),))
    found = [str(one) for one in audit_tables()]
    assert "products/citalopram: citalopram: x" in found
    assert "devices: y: z" in found


def row(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "market": "UK",
        "form": "tablet",
        "strengths_mg": [10],
        "as_of": "2026-10",
        "cite": "sps-ssri-liquids",
        "status": "secondary",
    }
    return {**base, **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"market": "NZ"}, "'US', 'UK' or 'AU'"),
        ({"form": "pill"}, "tablet"),
        ({"form": "solution"}, "mg_per_mL"),
        ({"strengths_mg": []}, "strengths_mg"),
        ({"strengths_mg": [0]}, "greater than 0"),
        ({"mg_per_mL": 2}, "mg_per_mL"),
        ({"drops_per_mL": 20}, "belongs to drops"),
        ({"form": "XR tablet", "pieces": "halves"}, "must stay whole"),
        ({"pieces": "halves", "must_not": ["split"], "why": "x"}, "must not be split"),
        ({"must_not": ["crush"]}, "needs `why`"),
        ({"as_of": "October"}, "2026-10"),
        ({"surprise": 1}, "Unexpected keyword"),
    ],
)
def test_a_wrong_product_says_what_is_wrong(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validated(SoldProduct, row(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cite": "nobody"}, "no reference"),
        ({"drug_form": "lozenge"}, "is none of tablet"),
        ({"equivalence": "nothing"}, "not there"),
        ({"equivalence": "CL-S-1997"}, "allowed: Frel"),
        ({"form": "XR tablet"}, "must not be crushed"),
        ({"form": "XR tablet", "must_not": ["crush"], "why": "x"}, "must not be split"),
        ({"strengths_mg": [10, 10]}, "stands twice"),
    ],
)
def test_the_audit_finds_a_wrong_product(changes: dict[str, object], message: str) -> None:
    record = ProductRecord(drug="citalopram", product=(validated(SoldProduct, row(**changes)),))
    assert any(message in problem for _, problem in record_problems(record, "citalopram"))


def test_the_audit_finds_a_stray_file() -> None:
    record = ProductRecord(drug="aspirin", product=(validated(SoldProduct, row()),))
    problems = [problem for _, problem in record_problems(record, "citalopram")]
    assert any("file of 'citalopram'" in one for one in problems)
    assert any("no record" in one for one in problems)


def test_the_audit_finds_wrong_devices() -> None:
    table = devices()
    small, *rest = table.syringe
    recalled = replace(small, status="recalled", cite="nobody")
    wide = replace(small, capacity_mL=60.0, smallest_mL=0.001)
    broken = replace(table, syringe=(recalled, *rest, wide), allowance=table.allowance[1:])
    found = " ".join(f"{where}: {problem}" for where, problem in table_problems(broken))
    for expected in ("recalled", "no reference", "no tolerance", "between one mark", "allowance"):
        assert expected in found
    assert "in order of capacity" in " ".join(
        problem for _, problem in table_problems(replace(table, syringe=table.syringe[::-1]))
    )


def test_known_products() -> None:
    record = product_record("citalopram")
    assert record is not None
    drops = next(one for one in record.product if one.form == "drops")
    assert (drops.market, drops.mg_per_mL, drops.drops_per_mL) == ("UK", 40, 20)
    assert drops.equivalence == "Frel-drops"
    paroxetine = product_record("paroxetine")
    assert paroxetine is not None
    assert [one.market for one in paroxetine.product if one.supply == "discontinued"] == ["UK"]
    assert product_record("raclopride") is None

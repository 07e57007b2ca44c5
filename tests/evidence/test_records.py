"""The evidence as a whole: the audit is clean, and its checks can fail."""

from dataclasses import replace

import pytest

from occupancy.evidence import Figure, drug_names, drug_record, reference
from occupancy.evidence.audit import audit_drug
from occupancy.evidence.loader import reference_keys
from occupancy.evidence.validated import validated
from occupancy.evidence.vocabulary import VOCABULARY
from occupancy.units import UNITS, UnitError, convert, measures
from occupancy.validation import audit_document

WANTED = frozenset(
    [
        "citalopram",
        "escitalopram",
        "sertraline",
        "fluoxetine",
        "paroxetine",
        "fluvoxamine",
        "venlafaxine",
        "desvenlafaxine",
        "duloxetine",
        "milnacipran",
        "vortioxetine",
        "vilazodone",
        "clomipramine",
        "amitriptyline",
        "mirtazapine",
        "bupropion",
        "atomoxetine",
        "methylphenidate",
        "trazodone",
        "haloperidol",
        "chlorpromazine",
        "perphenazine",
        "fluphenazine",
        "sulpiride",
        "amisulpride",
        "clozapine",
        "olanzapine",
        "quetiapine",
        "risperidone",
        "paliperidone",
        "ziprasidone",
        "lurasidone",
        "asenapine",
        "iloperidone",
        "aripiprazole",
        "brexpiprazole",
        "cariprazine",
        "lumateperone",
        "pimavanserin",
        "xanomeline",
        "tetrabenazine",
        "deutetrabenazine",
        "valbenazine",
        "reserpine",
        "raclopride",
    ]
)


def test_every_drug_of_the_plan_has_a_record() -> None:
    assert set(drug_names()) >= WANTED


def test_the_audit_is_clean() -> None:
    assert audit_document().findings == []


def test_every_reference_is_one_valid_line_and_is_used() -> None:
    for key in reference_keys():
        assert reference(key).text()


def figure(**changes: object) -> dict[str, object]:
    base: dict[str, object] = {
        "id": "x",
        "quantity": "CL/F",
        "analyte": "citalopram",
        "value": 10,
        "unit": "L/h",
        "cite": "hiemke2000",
        "status": "primary",
    }
    return {**base, **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantity": "clearance"}, "not in the vocabulary"),
        ({"unit": "ng/mL"}, "CL/F needs L/h"),
        ({"unit": "furlong"}, "not known"),
        ({"value": None}, "give `value`"),
        ({"value": -1}, "above zero"),
        ({"low": 3, "high": 2}, "above high"),
        ({"distribution": "lognormal"}, "lognormal needs"),
        ({"distribution": "normal"}, "normal needs"),
        ({"distribution": "interval"}, "interval needs"),
        ({"quantity": "EC50", "unit": "ng/mL"}, "medium"),
        ({"surprise": 1}, "Unexpected keyword"),
    ],
)
def test_a_wrong_figure_says_what_is_wrong(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        validated(Figure, figure(**changes))


def test_the_audit_finds_a_recalled_default_and_a_lonely_ed50() -> None:
    record = drug_record("citalopram")
    default = record.kinetics[0].species[0].CL
    half = record.occupancy[0].ED50
    figures = tuple(
        replace(one, status="recalled")
        if one.id == default
        else replace(one, paired_with=())
        if one.id == half
        else one
        for one in record.figure
    )
    found = [str(one) for one in audit_drug(replace(record, figure=figures))]
    assert any("never a default" in one for one in found)
    assert any("no Emax beside it" in one for one in found)


def test_unit_factors_are_pints() -> None:
    import pint

    registry = pint.UnitRegistry()
    names = {"1": "dimensionless", "fraction": "dimensionless", "%": "percent", "nM": "nmol/L"}

    def as_pint(unit: str) -> str:
        text = names.get(unit, unit)
        for ours, theirs in (("uM", "umol/L"), ("pM", "pmol/L"), ("nM", "nmol/L")):
            text = text.replace(ours, f"({theirs})")
        return text

    for unit in UNITS - {"mg/day"}:
        ours = convert(1.0, unit, measures(unit))
        theirs = registry.Quantity(1.0, as_pint(unit)).to(as_pint(measures(unit))).magnitude
        assert ours == pytest.approx(theirs, rel=1e-12), unit


def test_a_unit_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(UnitError, match="measures L, but h is wanted"):
        convert(1.0, "L", "h")


def test_the_vocabulary_uses_known_units() -> None:
    for entry in VOCABULARY.values():
        assert entry.unit in UNITS


def test_trusted_reading_gives_what_validated_reading_gives() -> None:
    from occupancy.evidence import genes, interactions, loader, populations, priors, targets

    for name in drug_names():
        path = loader.RECORDS / "drugs" / f"{name}.toml"
        assert drug_record(name) == loader.read(path, type(drug_record(name)))
    for table in (targets(), genes(), interactions(), populations(), priors()):
        name = type(table).__name__.removesuffix("Table").lower() + "s"
        assert table == loader.read(loader.RECORDS / f"{name}.toml", type(table))
    for key in reference_keys():
        assert loader.reference_problems(key) == ()

"""Diplotypes become phenotypes as CPIC's tables say."""

import csv
from itertools import product

import pytest

from beside import reference
from occupancy.evidence import genes
from occupancy.person import Person, PersonError, known_but_off, phenotype

SHORT = {
    "Poor Metabolizer": "PM",
    "Intermediate Metabolizer": "IM",
    "Normal Metabolizer": "NM",
    "Rapid Metabolizer": "RM",
    "Ultrarapid Metabolizer": "UM",
    "Indeterminate": "indeterminate",
}


def rows(name: str) -> list[dict[str, str]]:
    with reference(f"evidence/{name}").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def alleles(gene: str) -> list[str]:
    return [one.name for table in genes().gene if table.name == gene for one in table.allele]


@pytest.mark.parametrize(
    ("diplotype", "score", "expected"),
    [
        ("*4/*4", 0.0, "PM"),
        ("*4/*5", 0.0, "PM"),
        ("*1/*4", 1.0, "IM"),
        ("*10/*10", 0.5, "IM"),
        ("*4/*41", 0.25, "IM"),
        ("*1/*41", 1.25, "NM"),
        ("*1/*1", 2.0, "NM"),
        ("*1x2/*41", 2.25, "NM"),
        ("*1x2/*9", 2.25, "NM"),
        ("*1x2/*17", 2.5, "UM"),
        ("*1x2/*4", 2.0, "NM"),
        ("*2x3/*1", 4.0, "UM"),
        ("*4x2/*4", 0.0, "PM"),
        ("*36+*10/*1", 1.25, "NM"),
        ("*68+*4/*4", 0.0, "PM"),
        ("*1xN/*1", 3.0, "UM"),
    ],
)
def test_cyp2d6_score_and_band(diplotype: str, score: float, expected: str) -> None:
    found = phenotype("CYP2D6", diplotype)
    assert found.activity_score == pytest.approx(score)
    assert found.phenotype == expected


@pytest.mark.parametrize(
    ("diplotype", "expected", "likely"),
    [
        ("*1/*1", "NM", False),
        ("*1/*2", "IM", False),
        ("*2/*2", "PM", False),
        ("*2/*3", "PM", False),
        ("*2/*17", "IM", False),
        ("*1/*17", "RM", False),
        ("*17/*17", "UM", False),
        ("*2/*9", "PM", True),
        ("*1/*9", "IM", True),
        ("*1/*12", "indeterminate", False),
    ],
)
def test_cyp2c19_pairs(diplotype: str, expected: str, likely: bool) -> None:
    found = phenotype("CYP2C19", diplotype)
    assert (found.phenotype, found.likely) == (expected, likely)


@pytest.mark.parametrize("gene", ["CYP2D6", "CYP2C19"])
def test_order_of_alleles_does_not_matter(gene: str) -> None:
    names = alleles(gene)[:24]
    for first, second in product(names, names):
        one, other = phenotype(gene, f"{first}/{second}"), phenotype(gene, f"{second}/{first}")
        assert one.phenotype == other.phenotype
        assert one.activity_score == other.activity_score
        assert one.activity == other.activity


def test_more_activity_never_lowers_the_phenotype() -> None:
    rank = {"PM": 0, "IM": 1, "NM": 2, "UM": 3}
    bands = next(one for one in genes().gene if one.name == "CYP2D6").score
    codes = [
        next(band.phenotype for band in bands if band.holds(quarters / 4)) for quarters in range(25)
    ]
    assert [rank[code] for code in codes] == sorted(rank[code] for code in codes)
    assert set(codes) == set(rank)


@pytest.mark.reference
def test_every_cyp2d6_allele_translates_as_in_the_cpic_table() -> None:
    table = rows("cpic_cyp2d6_activity.csv")
    assert sorted(alleles("CYP2D6")) == sorted(row["allele"] for row in table)
    for row in table:
        found = phenotype("CYP2D6", f"*1/{row['allele']}")
        if row["activity_value"] == "n/a":
            assert found.phenotype == "indeterminate"
        else:
            assert found.activity_score == pytest.approx(1.0 + float(row["activity_value"]))


@pytest.mark.reference
def test_every_cyp2c19_diplotype_translates_as_in_the_cpic_tables() -> None:
    function = {row["allele"]: row["function"] for row in rows("cpic_cyp2c19_function.csv")}
    pairs = {
        frozenset((row["function1"], row["function2"])): row["phenotype"]
        for row in rows("cpic_cyp2c19_function_pairs.csv")
    }
    assert len(pairs) == 15
    assert sorted(alleles("CYP2C19")) == sorted(function)
    for first, second in product(function, function):
        expected = pairs[frozenset((function[first], function[second]))]
        found = phenotype("CYP2C19", f"{first}/{second}")
        assert found.phenotype == SHORT[expected.removeprefix("Likely ")]
        assert found.likely == expected.startswith("Likely ")


@pytest.mark.parametrize(
    ("word", "code"),
    [("PM", "PM"), ("poor metabolizer", "PM"), ("Normal metaboliser", "NM"), ("em", "NM")],
)
def test_words_for_phenotypes(word: str, code: str) -> None:
    assert phenotype("CYP2D6", word).phenotype == code


@pytest.mark.parametrize(
    ("gene", "text", "said"),
    [
        ("CYP2D6", "*1/*400", "nearest: *4"),
        ("CYP2D6", "*1", "give two alleles"),
        ("CYP2D6", "*1/*2/*4", "give two alleles"),
        ("CYP2D6", "1/4", "write a star"),
        ("CYP2D6", "*1x0/*1", "copies must be 1 or more"),
        ("CYP2D6", "RM", "no phenotype RM"),
        ("CYP2C19", "*17x2/*1", "copies are counted for CYP2D6 only"),
        ("CYP2B6", "*1/*6", "no gene"),
        ("ABCB1", "T/T", "do not act"),
    ],
)
def test_errors_say_what_to_do(gene: str, text: str, said: str) -> None:
    with pytest.raises(PersonError, match=said.replace("*", r"\*")):
        phenotype(gene, text)


def test_genes_that_are_off_are_explained() -> None:
    everything = known_but_off()
    for gene in ("ABCB1", "SLC18A2", "DRD2", "SLC6A4", "HTR2A"):
        assert sum(line.startswith(gene + " ") for line in everything) == 1
    given = known_but_off(Person(other_genotypes=(("slc6a4", "L/S"),)))
    assert len(given) == 1
    assert given[0].startswith("SLC6A4")
    assert known_but_off(Person()) == ()

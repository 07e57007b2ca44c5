"""Every row of the market tables stands in the records, or its absence is explained here."""

import csv
import re

import pytest

from beside import reference
from occupancy.evidence import drug_names, product_record

#: Rows that are not products on record, and why.
EXPLAINED = {
    ("UK", "mirtazapine", "oral solution"): "concentration printed is doubted",
}


def rows() -> list[tuple[str, str, str, set[float]]]:
    folder = reference("evidence/taper")
    found: list[tuple[str, str, str, set[float]]] = []
    for name in ("formulations.csv", "formulations_more.csv"):
        with (folder / name).open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                sizes = f"{row['strengths_mg']};{row['conc_mg_per_mL']}"
                plain = re.sub(r"\([^)]*\)", "", sizes)
                numbers = {float(one) for one in re.findall(r"\d+(?:\.\d+)?", plain)}
                found.append((row["market"], row["drug"], row["form"], numbers))
    return found


@pytest.mark.reference
def test_every_row_of_the_market_tables_is_on_record() -> None:
    missing: list[str] = []
    explained: set[tuple[str, str, str]] = set()
    seen = 0
    for market, drug, form, numbers in rows():
        if drug not in drug_names() or market not in ("US", "UK", "AU"):
            continue
        if (market, drug, form) in EXPLAINED:
            explained.add((market, drug, form))
            continue
        record = product_record(drug)
        assert record is not None, drug
        sizes = {
            size
            for one in record.product
            if one.market == market
            for size in (*one.strengths_mg, one.mg_per_mL)
        }
        seen += 1
        if not numbers <= sizes:
            missing.append(f"{market} {drug} {form}: {sorted(numbers - sizes)}")
    assert missing == []
    assert explained == set(EXPLAINED)
    assert seen > 60

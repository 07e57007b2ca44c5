"""The report as FHIR and as a table: what stands in the document, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy")

from occupancy.diary import ReportDocument, Store, add_example, report_document
from occupancy.interop import report_bundle, report_csv, report_json

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportDocument:
    with Store.open(tmp_path_factory.mktemp("diary") / "diary.db") as store:
        diary = add_example(store, today=TODAY, zone="Europe/Berlin")
        return report_document(diary, today=TODAY, first_day=date(2026, 10, 1), draws=20)


def test_a_statement_for_each_run_and_an_observation_for_each_value(
    report: ReportDocument,
) -> None:
    bundle = report_bundle(report)
    resources = [one["resource"] for one in bundle["entry"]]
    taken = [one for one in resources if one["resourceType"] == "MedicationStatement"]
    runs = [one for one in report.taken if one.dose_mg > 0]
    assert [one["effectivePeriod"]["start"] for one in taken] == [one.first_day for one in runs]
    assert [one["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"] for one in taken] == [
        one.dose_mg for one in runs
    ]
    felt = [one for one in resources if one["resourceType"] == "Observation"]
    assert len(felt) == sum(len(one.values) for one in report.followed) > 0
    assert len({one["fullUrl"] for one in bundle["entry"]}) == len(resources)
    assert all(one["subject"] == {"display": "Invented example"} for one in resources)
    referred = report_bundle(report, subject="Patient/7")["entry"][0]["resource"]["subject"]
    assert referred == {"reference": "Patient/7"}


def test_the_models_of_r4_accept_it_and_it_is_the_same_again(report: ReportDocument) -> None:
    Bundle = pytest.importorskip("fhir.resources.R4B.bundle").Bundle
    text = report_json(report)
    again = json.loads(Bundle.model_validate_json(text).model_dump_json())
    assert len(again["entry"]) == len(json.loads(text)["entry"])
    assert report_json(report) == text


def test_what_a_person_wrote_is_no_markup_and_no_formula(report: ReportDocument) -> None:
    from dataclasses import replace

    bad = replace(
        report,
        name="=1+1<script>",
        followed=[replace(report.followed[0], name="<script>x</script>", unit="=cmd")],
    )
    divs = [one["resource"]["text"]["div"] for one in report_bundle(bad)["entry"]]
    assert not any("<script" in one for one in divs)
    cells = [cell for row in csv.reader(io.StringIO(report_csv(bad))) for cell in row]
    assert not any(cell.startswith("=") for cell in cells)


def test_a_table_holds_every_line(report: ReportDocument) -> None:
    rows = list(csv.DictReader(io.StringIO(report_csv(report))))
    of = {what: [row for row in rows if row["what"] == what] for what in {r["what"] for r in rows}}
    assert report.plan is not None
    assert report.predicted is not None
    assert len(of["planned"]) == len(of["planned occupancy"]) == len(report.plan.steps)
    assert [float(row["value"]) for row in of["taken"]] == [one.dose_mg for one in report.taken]
    assert len(of["followed"]) == sum(len(one.values) for one in report.followed)
    last = of["predicted occupancy"][-1]
    assert last["first_day"] == TODAY.isoformat()
    assert float(last["value"]) == pytest.approx(100 * report.predicted.median[-1])
    assert float(last["low"]) <= float(last["value"]) <= float(last["high"])


def test_a_report_without_a_plan_or_a_dose_is_still_a_bundle(tmp_path: Path) -> None:
    from occupancy.diary import Moment, Note

    with Store.open(tmp_path / "a.db") as store:
        diary = store.diary()
        diary.add(Note("nothing taken"), Moment.now("UTC"))
        found = report_document(diary, today=date.today(), drug="citalopram")
    assert "entry" not in report_bundle(found)
    assert report_csv(found).count("\r\n") == 1

"""The report: what it says is what the diary holds, on one page, the same bytes every time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from occupancy.diary import DiaryError, Missed, Moment, Mood, Note, Store, Taken
from occupancy.diary.example import NAME, add_example
from occupancy.diary.report import report_document
from occupancy.diary.report_lines import ReportDocument
from occupancy.figures import report_figure, report_pdf

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("example") / "diary.db") as store:
        add_example(store, today=TODAY, zone="Europe/Berlin")
        yield store


@pytest.fixture(scope="module")
def document(example: Store) -> ReportDocument:
    return report_document(example.diary("example"), today=TODAY, questions=["My own?"], draws=40)


def at(day: date, hour: int = 8) -> Moment:
    return Moment.at(datetime(day.year, day.month, day.day, hour), "UTC")


def test_the_document_fits_its_schema(document: ReportDocument) -> None:
    import jsonschema

    from occupancy.documents import json_schema

    jsonschema.validate(json.loads(document.to_json()), json_schema("report"))


def test_what_was_taken_is_counted_as_the_diary_has_it(
    example: Store, document: ReportDocument
) -> None:
    entries = example.diary("example").entries()
    missed = sum(isinstance(one.content, Missed) for one in entries)
    taken = sum(isinstance(one.content, Taken) for one in entries)
    found = document.adherence
    assert (found.days, found.days_missed, found.days_not_written) == (110, missed, 0)
    assert (found.days_as_planned, found.days_other_dose) == (taken, 0)
    assert sum(one.days for one in document.taken) == 110
    assert sum(one.days for one in document.taken if one.dose_mg == 0) == missed
    assert document.example is True
    assert document.questions[0] == "My own?"


def test_a_missed_day_lowers_the_predicted_occupancy_of_that_day(tmp_path: Path) -> None:
    first = date(2026, 3, 1)
    with Store.open(tmp_path / "diary.db") as store:
        diary = store.diary()
        diary.add_all(
            (Taken("citalopram", 20), at(first + timedelta(days=k))) for k in range(20) if k != 10
        )
        last = first + timedelta(days=19)
        found = report_document(diary, today=last, draws=20).predicted
    assert found is not None
    assert found.target == "SERT"
    assert len(found.days) == 20
    assert found.median[10] < found.median[9] - 0.005
    assert found.median[19] == pytest.approx(found.median[9], abs=0.01)
    assert all(low <= m <= high for low, m, high in
               zip(found.low, found.median, found.high, strict=True))  # fmt: skip


def test_without_a_plan_or_a_known_drug_it_says_what_it_cannot(tmp_path: Path) -> None:
    with Store.open(tmp_path / "diary.db") as store:
        diary = store.diary()
        with pytest.raises(DiaryError, match="is empty"):
            report_document(diary, today=TODAY)
        diary.add(Note("words"), at(TODAY))
        with pytest.raises(DiaryError, match="names no drug"):
            report_document(diary, today=TODAY)
        diary.add(Taken("moonshine", 5), at(TODAY))
        diary.add(Mood(5), at(TODAY))
        found = report_document(diary, today=TODAY)
        assert found.plan is None
        assert found.predicted is None
        assert any("No occupancy is predicted" in one for one in found.warnings)
        with pytest.raises(DiaryError, match="is not possible"):
            report_document(diary, today=TODAY, first_day=date(2027, 1, 1))
        assert _pages(report_pdf(found)) == 1


def _pages(pdf: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


def test_one_page_the_same_bytes_and_a_second_of_data(document: ReportDocument) -> None:
    from pypdf import PdfReader

    pdf = report_pdf(document)
    assert report_pdf(document) == pdf
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)
    text = " ".join(reader.pages[0].extract_text().split())
    for words in (
        "Example with invented data",
        "Current plan",
        "agreed with Dr Example (invented)",
        "Adherence",
        "Around each step",
        "at most 5% of months",
        "Questions to discuss",
        "My own?",
        "Sources: ",
        f"occupancy {document.version}",
        "does not prescribe",
    ):
        assert words in text, words
    assert _pages(report_pdf(document, data=True)) == 2


def test_a_page_stays_one_page_whatever_was_written(document: ReportDocument) -> None:
    from dataclasses import replace

    crowded = replace(
        document,
        questions=["<b>&amp; long</b> " + "word " * 80] * 12,
        warnings=["careful " * 40] * 6,
        sources=document.sources * 6,
    )
    assert _pages(report_pdf(crowded)) == 1


def test_the_picture_holds_what_the_document_holds(document: ReportDocument) -> None:
    specification = json.dumps(report_figure(document).to_dict())
    for words in ("planned, taken and felt", NAME, "SERT (%)", "mood", "mg a day"):
        assert words in specification
    for day in document.steps:
        assert day in specification


def test_the_page_advises_nothing(document: ReportDocument) -> None:
    said = " ".join(
        [*document.questions, *(one.text for one in document.watches), document.false_alarms]
    ).lower()
    for word in ("you should", "we recommend", "take ", "increase", "reduce"):
        assert word not in said

"""The PDF: the words of the page, the same bytes, the foot on every page."""

import io
from dataclasses import replace
from datetime import date

import pytest

from occupancy.interop.pdf_plan import plan_pdf
from occupancy.interop.wording import DISCLAIMER

pytest.importorskip("reportlab")
TODAY = date(2026, 11, 21)


def pages(data: bytes) -> list[str]:
    pypdf = pytest.importorskip("pypdf")
    reader = pypdf.PdfReader(io.BytesIO(data))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_the_same_plan_has_the_same_bytes(plan) -> None:
    first, second = (plan_pdf(plan, made_on=TODAY) for _ in range(2))
    assert first.startswith(b"%PDF-")
    assert first == second
    assert plan_pdf(replace(plan, revision=1), made_on=TODAY) != first


def test_one_page_for_sixteen_steps_with_all_that_must_be_said(builder, steps) -> None:
    plan = builder([steps[3]] * 16 + [(None, [])])
    (text,) = pages(plan_pdf(plan, made_on=TODAY, shopping=["62 mL"], proof=["none is better"]))
    for words in (DISCLAIMER, plan.warnings[0], "62 mL", "none is better", "Signature"):
        assert words in text
    assert text.index(plan.warnings[0]) < text.index("08:00")


def test_the_foot_stands_on_every_page(builder, steps) -> None:
    found = pages(plan_pdf(builder([steps[3]] * 40 + [(None, [])]), made_on=TODAY))
    assert len(found) > 1
    for text in found:
        assert DISCLAIMER in text
        assert "occupancy 0.1.0, 21 Nov 2026" in text
        assert "Product label, 2025" in text


def test_markup_and_other_scripts_do_not_break_it(builder, steps) -> None:
    (text,) = pages(plan_pdf(builder(steps, drug="<b>x & y", version="Ж"), made_on=TODAY))
    assert "<b>x & y: planned doses" in text

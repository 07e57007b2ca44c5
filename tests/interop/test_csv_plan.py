"""CSV: what spreadsheets and csv readers make of it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.interop.csv_plan import COLUMNS, plan_csv, table_csv
from occupancy.interop.saving import ExportError


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_one_row_for_each_stage_and_intake(plan) -> None:
    rows = read(plan_csv(plan))
    assert len(rows) == sum(max(len(one.intakes), 1) for one in plan.stages)
    assert [row["step"] for row in rows] == ["0", "1", "2", "2", "3", "4", "5"]
    assert rows[2]["hour"] == "08:00"
    assert rows[3]["hour"] == "20:00"


def test_what_was_planned_is_read_back(plan) -> None:
    rows = read(plan_csv(plan))
    for stage in plan.stages:
        mine = [row for row in rows if int(row["step"]) == stage.step]
        assert {row["first_day"] for row in mine} == {stage.start.isoformat()}
        assert float(mine[0]["planned_dose_mg_per_day"]) == pytest.approx(stage.dose_mg)
        made = [row["made_of"] for row in mine if row["made_of"]]
        assert made == [one.recipe.text for one in stage.intakes]
        assert float(mine[0]["occupancy_median_percent"]) == pytest.approx(
            100 * stage.occupancy.median
        )
        total = sum(float(row["planned_intake_mg"] or 0) for row in mine)
        assert total == pytest.approx(stage.dose_mg)


def test_the_last_stage_has_no_end_and_the_others_end_the_day_before_the_next(plan) -> None:
    rows = read(plan_csv(plan))
    assert (rows[-1]["last_day"], rows[-1]["days"], rows[-1]["made_of"]) == ("", "", "")
    assert rows[0]["last_day"] == "2026-12-14"


def test_rfc_4180(plan) -> None:
    text = plan_csv(plan)
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert "\n" not in text.replace("\r\n", "")
    assert lines[0] == ",".join(COLUMNS)
    assert all("_mg" in one for one in COLUMNS if "dose" in one or "intake" in one)


def test_the_notice_travels_with_every_row(plan) -> None:
    assert all("does not prescribe" in row["notice"] for row in read(plan_csv(plan)))


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\n=1", "＝1"])
def test_text_is_never_a_formula(builder, steps, bad: str) -> None:
    rows = read(plan_csv(builder(steps, drug=bad)))
    assert rows[0]["drug"].startswith("'")


def test_a_step_back_up_stays_a_negative_number() -> None:
    assert read(table_csv(["drop_points"], [[-3.25]]))[0]["drop_points"] == "-3.25"


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=4))
def test_any_text_keeps_its_cell(rows: list[list[str]]) -> None:
    again = list(csv.reader(io.StringIO(table_csv(["a", "b"], rows), newline=""), strict=True))
    assert len(again) == len(rows) + 1
    assert all(len(row) == 2 for row in again)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in again for cell in row)


def test_a_shopping_list_of_the_callers_own() -> None:
    text = table_csv(["product", "packs"], [["citalopram tablet 10 mg", 3]])
    assert text == "product,packs\r\ncitalopram tablet 10 mg,3\r\n"
    with pytest.raises(ExportError, match="row 1 has 1 cells"):
        table_csv(["product", "packs"], [["citalopram"]])

"""Event tables: what is read, what is refused, and tables written by others."""

import io
from pathlib import Path

import numpy as np
import pytest

from occupancy.regimen import (
    EventTableError,
    doses,
    parse,
    read_event_table,
    write_event_table,
)

HEADER = "ID,TIME,AMT,RATE,EVID,CMT,ADDL,II,SS,DV,MDV\n"


def table_file(folder: Path, text: str) -> Path:
    file = folder / "events.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_additional_doses_are_laid_out_and_kept_apart_from_observations(tmp_path: Path) -> None:
    file = table_file(
        tmp_path,
        HEADER + "1,0,100,0,1,1,3,24,0,.,1\n1,30,.,.,0,2,.,.,.,12.5,0\n2,0,50,25,1,1,0,0,0,.,1\n",
    )
    table = read_event_table(file)
    assert table.problems == ()
    one, two = table.subjects
    assert one.doses.time_h.tolist() == [0, 24, 48, 72]
    assert one.doses.amount_mg.tolist() == [100] * 4
    assert [event.time_h for event in one.events] == [0, 24, 30, 48, 72]
    assert [(event.dv, event.cmt) for event in one.observations] == [(12.5, 2)]
    assert two.doses.duration_h.tolist() == [2]
    assert table.subject("2") is two
    with pytest.raises(KeyError, match="no ID '3'"):
        table.subject("3")


def test_steady_state_flags_and_their_interval_are_kept(tmp_path: Path) -> None:
    file = table_file(tmp_path, HEADER + "1,0,100,0,1,1,2,12,1,.,1\n1,40,50,0,4,1,0,8,2,.,1\n")
    given = read_event_table(file, strict=True).subjects[0].doses
    assert given.time_h.tolist() == [0, 12, 24, 40]
    assert given.ss.tolist() == [1, 0, 0, 2]
    assert given.ii_h.tolist() == [12, 0, 0, 8]


def test_only_time_and_amount_are_needed() -> None:
    table = read_event_table([{"time": 0, "amt": 20}, {"time": 5.0, "amt": None}], strict=True)
    (subject,) = table.subjects
    assert subject.id == "1"
    assert [event.evid for event in subject.events] == [1, 0]


def test_unread_columns_are_named() -> None:
    table = read_event_table([{"TIME": 0, "AMT": 20, "WT": 70, "AGE": 40}])
    assert table.unread_columns == ("WT", "AGE")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_a_byte_order_mark(tmp_path: Path, separator: str) -> None:
    text = "\ufeff" + "id,time,amt\nA,0,20\n\nA,24,20\n".replace(",", separator)
    table = read_event_table(table_file(tmp_path, text), strict=True)
    assert table.subject("A").doses.time_h.tolist() == [0, 24]


BAD = [
    ("1,x,100,0,1,1,0,0,0,.,1", "TIME"),
    ("1,08:30,100,0,1,1,0,0,0,.,1", "TIME"),
    ("1,,100,0,1,1,0,0,0,.,1", "TIME"),
    ("1,inf,100,0,1,1,0,0,0,.,1", "TIME"),
    ("1,1_0,100,0,1,1,0,0,0,.,1", "TIME"),
    ("1,50,-5,0,1,1,0,0,0,.,1", "AMT"),
    ("1,50,0,0,1,1,0,0,0,.,1", "AMT"),
    ("1,50,100,-2,1,1,0,0,0,.,1", "RATE"),
    ("1,50,100,0,7,1,0,0,0,.,1", "EVID"),
    ("1,50,100,0,0,1,0,0,0,.,1", "AMT"),
    ("1,50,100,0,1,-1,0,0,0,.,1", "CMT"),
    ("1,50,100,0,1,1,2,0,0,.,1", "II"),
    ("1,50,100,0,1,1,2.5,24,0,.,1", "ADDL"),
    ("1,50,100,0,1,1,-1,24,0,.,1", "ADDL"),
    ("1,50,100,0,1,1,0,0,1,.,1", "II"),
    ("1,50,100,0,1,1,0,12,3,.,1", "SS"),
    ("1,50,.,.,0,1,.,.,.,low,0", "DV"),
    ("1,50,.,.,0,1,.,.,.,1,5", "MDV"),
    ("1,10,100,0,1,1,0,0,0,.,1", "TIME"),
    (".,50,100,0,1,1,0,0,0,.,1", "ID"),
    ("#1,50,100,0,1,1,0,0,0,.,1", "ID"),
    ("1,50,100", "(whole row)"),
    ("1,50,100,0,1,1,0,0,0,.,1,extra", "(whole row)"),
]


@pytest.mark.parametrize(("bad", "column"), BAD)
def test_a_bad_row_is_named_and_the_good_ones_are_kept(
    tmp_path: Path, bad: str, column: str
) -> None:
    good = "1,20,100,0,1,1,0,0,0,.,1\n"
    file = table_file(tmp_path, HEADER + good + bad + "\n" + good.replace("20", "60", 1))
    table = read_event_table(file)
    assert [(problem.row, problem.column) for problem in table.problems] == [(3, column)]
    (problem,) = table.problems
    assert problem.allowed
    assert problem.fix
    assert problem.value in bad
    assert table.subject("1").doses.time_h.tolist() == [20, 60]
    with pytest.raises(EventTableError, match=r"row 3"):
        read_event_table(file, strict=True)


def test_every_problem_of_every_row_is_listed(tmp_path: Path) -> None:
    rows = [bad for bad, _ in BAD] + ["1,x,y,z,1,1,0,0,0,.,1"]
    file = table_file(tmp_path, HEADER + "1,20,100,0,1,1,0,0,0,.,1\n" + "\n".join(rows) + "\n")
    with pytest.raises(EventTableError) as caught:
        read_event_table(file, strict=True)
    problems = caught.value.problems
    assert {problem.row for problem in problems} == set(range(3, 3 + len(rows)))
    assert {p.column for p in problems if p.row == 2 + len(rows)} == {"TIME", "AMT", "RATE"}
    assert "more (see .problems)" in str(caught.value)


def test_an_id_that_comes_back_is_refused() -> None:
    rows = [{"ID": i, "TIME": 0, "AMT": 5} for i in (1, 2, 1)]
    table = read_event_table(rows)
    assert [(p.row, p.column, p.value) for p in table.problems] == [(3, "ID", "1")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column TIME and no AMT"),
        ("ID,TIME,DOSE\n1,0,20\n", "no column AMT"),
        ("TIME,AMT,amt\n0,20,20\n", "AMT twice"),
        ("TIME,AMT,DATE\n0,20,2026-01-01\n", "calendar dates"),
    ],
)
def test_a_table_that_is_not_one_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(EventTableError, match=said):
        read_event_table(table_file(tmp_path, text))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_bytes(b"\xff\xfe\x00T\x00I")
    with pytest.raises(EventTableError, match="not a CSV file"):
        read_event_table(file)


def test_rate_and_duration_have_to_agree() -> None:
    row = {"TIME": 0, "AMT": 100, "RATE": 50, "DUR": 3}
    assert [p.column for p in read_event_table([row]).problems] == ["DUR"]
    agreeing = read_event_table([row | {"DUR": 2}], strict=True)
    assert agreeing.subjects[0].doses.duration_h.tolist() == [2]


def test_equal_doses_are_written_as_one_row() -> None:
    out = io.StringIO()
    write_event_table(parse("20 mg at 08:00 and 10 mg at 20:00"), out, 240)
    assert out.getvalue() == (
        "ID,TIME,AMT,RATE,DUR,EVID,CMT,ADDL,II,SS,DV,MDV\n"
        "1,0,20,0,0,1,1,9,24,0,.,1\n"
        "1,12,10,0,0,1,1,9,24,0,.,1\n"
    )


def test_a_steady_state_start_is_written_as_ss() -> None:
    out = io.StringIO()
    write_event_table(parse("20 mg twice daily at steady state"), out, 24, subject_id="A", cmt=2)
    assert out.getvalue().splitlines()[1:] == ["A,0,20,0,0,1,2,1,12,1,.,1"]


@pytest.mark.parametrize(
    "text",
    [
        "20 mg at 08:00 and 10 mg at 20:00, at steady state",
        "20 mg daily, missed day 1, at steady state",
        "20 mg daily, late doses by 2 h on day 1, at steady state",
    ],
)
def test_a_steady_state_that_no_row_can_say_is_refused(text: str) -> None:
    with pytest.raises(EventTableError, match="run-in"):
        write_event_table(parse(text), io.StringIO(), 240)


def test_a_regimen_is_not_written_without_a_horizon() -> None:
    with pytest.raises(EventTableError, match="horizon_h"):
        write_event_table(parse("20 mg daily"), io.StringIO())


def test_a_table_reads_back_event_by_event(tmp_path: Path) -> None:
    rows = (
        "a,0,100,0,1,1,3,24,1,.,1\na,30,.,.,0,2,.,.,.,12.5,0\na,90,.,.,3,1,.,.,.,.,.\n"
        "b,-1.5,0.1,0.3,1,1,0,0,0,.,1\nb,2,5,0,4,2,0,0,0,.,1\nb,2,.,.,2,1,.,.,.,.,1\n"
    )
    table = read_event_table(table_file(tmp_path, HEADER + rows), strict=True)
    again = tmp_path / "again.csv"
    write_event_table(table, again)
    assert read_event_table(again, strict=True) == table


def test_a_long_course_reads_back_as_the_same_doses(tmp_path: Path) -> None:
    regimen = parse(
        "5 mg iv over 20 min every 8 hours for 10 days then 3.3 mg every 100 min for 3 days "
        "then nothing for 2 days then 1 mg daily, missed days 2 and 17, late doses by 45 min"
    )
    file = tmp_path / "course.csv"
    write_event_table(regimen, file, 1000)
    given, meant = read_event_table(file, strict=True).subjects[0].doses, doses(regimen, 1000)
    np.testing.assert_array_equal(given.time_h, meant.time_h)
    np.testing.assert_array_equal(given.amount_mg, meant.amount_mg)
    np.testing.assert_array_equal(given.duration_h, meant.duration_h)


def test_a_text_is_read_as_the_file_that_holds_it(tmp_path: Path) -> None:
    text = "TIME;AMT;ADDL;II\n0;10;2;24\n72;x;.;.\n"
    path = tmp_path / "doses.csv"
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert read_event_table(text) == read_event_table(path)


def test_more_events_than_are_allowed_are_refused_before_they_are_kept() -> None:
    text = "TIME,AMT,ADDL,II\n0,1,4,24\n200,1,4,24\n"
    assert len(read_event_table(text, most=10).only().events) == 10
    with pytest.raises(EventTableError, match="more than 9 events by row 3"):
        read_event_table(text, most=9)


def test_the_only_subject_carries_what_was_refused() -> None:
    one = read_event_table("TIME,AMT\n0,1\n1,x\n").only()
    assert [problem.row for problem in one.refused] == [3]
    two = read_event_table("ID,TIME,AMT\na,0,1\nb,0,1\n")
    assert two.only("b").id == "b"
    for wanted, said in ((None, "choose one"), ("c", "no ID 'c'")):
        with pytest.raises(EventTableError, match=said):
            two.only(wanted)
    with pytest.raises(EventTableError, match="no good row"):
        read_event_table("TIME,AMT\n0,x\n").only()

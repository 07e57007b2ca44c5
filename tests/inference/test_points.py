"""Tables of published occupancies: good rows read, every bad one named by row and column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.inference import Point, PointsError, read_points

HEADER = "drug,target,dose_mg,occupancy,sd,n,study,tracer,region,repeated\n"


def table(*rows: str) -> str:
    return HEADER + "\n".join(rows) + "\n"


def problems(text: str, **options: object) -> list[tuple[int, str]]:
    with pytest.raises(PointsError) as caught:
        read_points(text, **options)  # type: ignore[arg-type]
    return [(one.row, one.column) for one in caught.value.problems]


def test_percentages_and_fractions_are_the_same_table() -> None:
    percent = read_points(table("a,SERT,10,80,6,5,Klein,ADAM,midbrain,no"))
    fraction = read_points(table("a,SERT,10,0.8,0.06,5,Klein,ADAM,midbrain,no"))
    assert percent.points == fraction.points
    one = percent.points[0]
    assert (one.occupancy, one.sd, one.n, one.repeated) == (0.8, 0.06, 5, False)


def test_both_scales_in_one_table_are_named() -> None:
    rows = ["a,SERT,10,80,6,5,K,,,", "a,SERT,20,0.9,4,5,K,,,", "a,SERT,5,60,6,5,K,,,"]
    assert problems(table(*rows)) == [(3, "occupancy")]


def test_a_percent_sign_settles_the_scale() -> None:
    read = read_points(table("a,SERT,10,80,6,5,K,,,", "a,SERT,1,0.9%,4,5,K,,,"))
    assert read.points[1].occupancy == pytest.approx(0.009)


def test_every_bad_cell_is_listed_and_good_rows_are_kept_on_demand() -> None:
    text = table(
        "a,SERT,10,80,0,5,K,,,",
        "a,SERT,10,80,,5,K,,,",
        "a,SERT,-10,80,5,5,K,,,",
        "a,SERT,10,-8,5,5,K,,,",
        "a,SERT,10,80,5,5,K,,,",
        "a,SERT,10,80,5,5,K,,,",
        "a,,ten,80,5,0.5,K,,,perhaps",
        "a,SERT,10,nan,5,5,K,,,",
    )
    assert set(problems(text)) == {
        (2, "sd"),
        (3, "sd"),
        (3, "drug"),
        (4, "dose_mg"),
        (5, "occupancy"),
        (6, "drug"),
        (7, "drug"),
        (8, "target"),
        (8, "dose_mg"),
        (8, "n"),
        (8, "repeated"),
        (9, "occupancy"),
    }
    kept = read_points(table("a,SERT,10,80,0,5,K,,,", "a,SERT,20,85,5,5,K,,,"), keep_good=True)
    assert [one.dose_mg for one in kept.points] == [20.0]
    assert [(one.row, one.column) for one in kept.problems] == [(2, "sd")]


def test_missing_sd_may_be_estimated() -> None:
    text = table("a,SERT,10,80,,5,K,,,")
    assert problems(text) == [(2, "sd")]
    assert read_points(text, missing_sd="estimate").points[0].spread is None


def test_an_sd_on_the_other_scale_and_spare_cells_are_named() -> None:
    assert problems(table("a,SERT,10,80,0.06,5,K,,,")) == [(2, "sd")]
    assert problems(table("a,SERT,10,80,6,5,K,,,yes,7")) == [(2, "repeated")]


def test_intervals_and_ranges() -> None:
    header = "drug,target,concentration,occupancy,low,high,n\n"
    read = read_points(header + "a,D2,5,65,45,75,12\na,D2,5,,53,74,7\na,D2,5,,95,,7\n")
    mean, interval, censored = read.points
    assert mean.spread == pytest.approx(0.30 / 3.258)
    assert interval.censored
    assert (interval.low, interval.high) == (0.53, 0.74)
    assert censored.high is None


def test_unknown_and_missing_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown columns dosis"):
        read_points("drug,target,dosis,dose_mg,occupancy\n")
    with pytest.raises(ValueError, match="dose_mg or concentration"):
        read_points("drug,target,occupancy\n")
    with pytest.raises(ValueError, match="the table, row 1: field larger"):
        read_points("x" * 200_000 + "\n")


def test_a_point_says_one_thing() -> None:
    with pytest.raises(ValueError, match="not both"):
        Point(drug="a", target="b", dose_mg=1.0, concentration=1.0, occupancy=0.5)
    with pytest.raises(ValueError, match="above 0"):
        Point(drug="a", target="b", dose_mg=0.0, occupancy=0.5)
    with pytest.raises(ValueError, match="interval"):
        Point(drug="a", target="b", dose_mg=1.0, occupancy=None)


@given(st.text(alphabet='ab1.,-% \n"', max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read = read_points(HEADER + text, keep_good=True)
    except ValueError:
        return
    assert all(one.exposure > 0 for one in read.points)

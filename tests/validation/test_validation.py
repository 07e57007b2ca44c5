"""The published observations: the table is sound, every row computes, and most rows hold."""

from collections import Counter
from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import pytest
from pydantic import ValidationError

from occupancy.evidence import reference
from occupancy.evidence.validated import validated
from occupancy.validation import Outcome, Row, load_rows, recompute, validation_document

ROWS = load_rows()
#: What a tolerance may be at most: points of occupancy, and factor on anything else.
MOST_POINTS = 15.0
MOST_FACTOR = 2.5
#: The gate of a release: at least this share of rows must lie within their bounds.
GATE = 0.85


@pytest.fixture(scope="module")
def outcomes() -> tuple[Outcome, ...]:
    return tuple(recompute(row) for row in ROWS)


def test_table_is_large_and_ids_are_unique() -> None:
    assert len(ROWS) >= 60
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_every_group_has_rows() -> None:
    counts = Counter(row.group for row in ROWS)
    groups = set(get_args(get_type_hints(Row)["group"]))
    assert set(counts) == groups
    for group in ("D2", "SERT", "PK", "genotype", "interaction", "article"):
        assert counts[group] >= 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row_is_cited_and_bounded(row: Row) -> None:
    assert reference(row.cite).short()
    low, high = row.bounds()
    assert low < high
    if row.tolerance is not None and row.unit in {"%", "points"}:
        assert row.tolerance <= MOST_POINTS
    if row.relative is not None:
        assert row.relative + 1.0 <= MOST_FACTOR
    if row.expected is None:
        assert row.relative is None


@pytest.mark.parametrize("row", [r for r in ROWS if r.expected is not None], ids=lambda r: r.id)
def test_bounds_hold_the_published_value(row: Row) -> None:
    low, high = row.bounds()
    assert row.expected is not None
    assert low <= row.expected <= high


def test_every_row_computes(outcomes: tuple[Outcome, ...]) -> None:
    assert [one.row.id for one in outcomes if not np.isfinite(one.predicted)] == []


def test_occupancies_are_percentages(outcomes: tuple[Outcome, ...]) -> None:
    for one in outcomes:
        if one.row.unit == "%":
            assert 0.0 <= one.predicted <= 100.0, one.row.id


def test_most_rows_pass(outcomes: tuple[Outcome, ...]) -> None:
    missed = [
        f"{one.row.id}: published {one.row.published()} ({one.row.allowed()}), "
        f"predicted {one.predicted:.4g} {one.row.unit}"
        for one in outcomes
        if not one.passed
    ]
    share = 1.0 - len(missed) / len(outcomes)
    assert share >= GATE, f"{share:.1%} of rows pass\n" + "\n".join(missed)


@pytest.mark.parametrize("kind", sorted({row.kind for row in ROWS}))
def test_prediction_is_deterministic(kind: str) -> None:
    row = next(one for one in ROWS if one.kind == kind)
    assert recompute(row).predicted == recompute(row).predicted


def test_error_is_the_distance_from_the_published_value() -> None:
    row = _row(expected=66.0, tolerance=5.0)
    assert Outcome(row, 70.0).error == pytest.approx(4.0)
    assert Outcome(row, 70.0).passed
    assert not Outcome(row, 71.5).passed
    inside = _row(low=53.0, high=74.0)
    assert Outcome(inside, 60.0).error == 0.0
    assert Outcome(inside, 75.0).error == pytest.approx(1.0)
    assert Outcome(inside, 50.0).error == pytest.approx(-3.0)


def test_factor_is_symmetric_on_the_log_scale() -> None:
    low, high = _row(expected=3.0, relative=0.5).bounds()
    assert (low, high) == pytest.approx((2.0, 4.5))


def test_ratio_reads_the_second_regimen_and_time() -> None:
    same = _pair(kind="exposure-ratio", of="haloperidol")
    assert recompute(same).predicted == pytest.approx(1.0)
    half = _pair(kind="exposure-ratio", of="haloperidol", against="haloperidol 4 mg daily")
    assert recompute(half).predicted == pytest.approx(0.5, rel=1e-9)
    times = _pair(kind="exposure-ratio", of="haloperidol", at=20.0, against_at=20.0)
    assert recompute(times).predicted == pytest.approx(1.0)


def test_difference_and_ratio_of_occupancy_agree_with_single_reads() -> None:
    low = recompute(_course("haloperidol 1 mg daily")).predicted
    high = recompute(_course("haloperidol 3 mg daily")).predicted
    regimens = {"regimen": "haloperidol 3 mg daily", "against": "haloperidol 1 mg daily"}
    difference = _pair(kind="occupancy-difference", of="D2", **regimens)
    quotient = _pair(kind="occupancy-ratio", of="D2", **regimens)
    assert recompute(difference).predicted == pytest.approx(high - low)
    assert recompute(quotient).predicted == pytest.approx(high / low)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"of": "no such thing", "read": "concentration"}, "no analyte"),
        ({"at": "time of peak"}, "reads a concentration"),
        ({"regimen": "haloperidol daily"}, ""),
    ],
)
def test_a_row_that_cannot_be_computed_names_itself(changes: dict[str, str], said: str) -> None:
    row = replace(_course("haloperidol 2 mg daily"), **changes)
    with pytest.raises(ValueError, match="row test-row") as caught:
        recompute(row)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"expected": None},
        {"tolerance": None},
        {"relative": 0.5},
        {"regimen": None},
        {"group": "elsewhere"},
        {"id": "With Spaces"},
    ],
)
def test_a_bad_row_is_refused(changes: dict[str, object]) -> None:
    good = {
        "id": "test-row",
        "group": "D2",
        "what": "a test",
        "kind": "course",
        "regimen": "haloperidol 2 mg daily",
        "of": "D2",
        "expected": 60.0,
        "tolerance": 8.0,
        "cite": "kapur1996",
    }
    validated(Row, good)
    with pytest.raises(ValidationError):
        validated(Row, {**good, **changes})


def test_document_counts_what_passes(outcomes: tuple[Outcome, ...]) -> None:
    document = validation_document(outcomes)
    assert len(document.rows) == len(outcomes)
    assert document.passed == sum(one.passed for one in outcomes)
    assert {line.target for line in document.errors} >= {"D2", "SERT"}


def _row(**published: float) -> Row:
    return Row(
        id="test-row",
        group="D2",
        what="a test",
        kind="course",
        regimen="haloperidol 2 mg daily",
        of="D2",
        cite="kapur1996",
        **published,  # pyright: ignore[reportArgumentType]
    )


def _course(regimen: str) -> Row:
    return replace(_row(expected=60.0, tolerance=8.0), regimen=regimen)


def _pair(**changes: object) -> Row:
    return replace(_row(expected=1.0, relative=0.5), **changes)

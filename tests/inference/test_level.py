"""Levels as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.inference import Level, LevelError, parse_level


@pytest.mark.parametrize(
    ("text", "value", "unit", "anchor", "hours", "day", "analyte", "below"),
    [
        ("45 ng/mL at 14 h after dose", 45, "ng/mL", "last dose", 14, None, None, False),
        ("45ng/ml at 14 hours after last dose", 45, "ng/mL", "last dose", 14, None, None, False),
        ("0.1 mg/L at trough", 0.1, "mg/L", "last dose", None, None, None, False),
        ("150 nmol/L at 2 days after first dose", 150, "nM", "start", 48, None, None, False),
        ("45 µg/L at 90 min after dose on day 10", 45, "ug/L", "day", 1.5, 10, None, False),
        ("below 5 ng/mL at 20 h after dose", 5, "ng/mL", "last dose", 20, None, None, True),
        ("norfluoxetine <5 ng/mL at day 3 4 h", 5, "ng/mL", "day", 4, 3, "norfluoxetine", True),
        ("9-hydroxyrisperidone 12 ng/mL at trough", 12, "ng/mL", "last dose", None, None,
         "9-hydroxyrisperidone", False),
        ("risperidone + 9-hydroxyrisperidone: 25 ng/mL @ 24 h after dose", 25, "ng/mL",
         "last dose", 24, None, "risperidone + 9-hydroxyrisperidone", False),
    ],
)  # fmt: skip
def test_forms(
    text: str,
    value: float,
    unit: str,
    anchor: str,
    hours: float | None,
    day: int | None,
    analyte: str | None,
    below: bool,
) -> None:
    level = parse_level(text)
    assert (level.value, level.unit, level.anchor, level.day) == (value, unit, anchor, day)
    assert (level.hours, level.analyte, level.below) == (hours, analyte, below)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-45 ng/mL at 14 h after dose", "a concentration is above 0"),
        ("0 ng/mL at 14 h after dose", "below 5 ng/mL"),
        ("nan ng/mL at 14 h after dose", "above 0"),
        ("45 ng/mL at -14 h after dose", "lies before it"),
        ("45 ng/mL at 2 h before dose", "at trough"),
        ("45 ng/mL at 2 h after dose on day 0", "before the first dose"),
        ("45 mg at 2 h after dose", "not a concentration"),
        ("45 ng/mL", "is not a level"),
        ("hello", "is not a level"),
        ("45 ng/mL at noon", "not a time of a level"),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    with pytest.raises(LevelError, match=message):
        parse_level(text)


@given(
    st.floats(0.01, 1e4),
    st.sampled_from(["ng/mL", "nM", "mg/L"]),
    st.one_of(st.none(), st.floats(0, 400)),
    st.one_of(st.none(), st.integers(1, 99)),
    st.booleans(),
)
def test_round_trip(
    value: float, unit: str, hours: float | None, day: int | None, below: bool
) -> None:
    value = float(f"{value:g}")
    hours = None if hours is None else float(f"{hours:g}")
    if day is not None and hours is None:
        hours = 0.0
    anchor = "last dose" if day is None else "day"
    level = Level(value=value, unit=unit, hours=hours, day=day, anchor=anchor, below=below)
    assert parse_level(level.text()) == level


def test_molar_levels_need_a_mass() -> None:
    level = parse_level("100 nmol/L at trough")
    assert level.ng_per_mL(324.4) == pytest.approx(32.44)

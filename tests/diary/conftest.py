"""Stores to test on: SQLite in a temporary file, and the tests' PostgreSQL server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")
pytest.importorskip("cryptography")
from occupancy.diary import (
    Answers,
    Content,
    Missed,
    Moment,
    Mood,
    Note,
    Sleep,
    Store,
    Taken,
    scales,
)

if TYPE_CHECKING:
    from members import Clock


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty place for a store, in each database."""
    if request.param == "sqlite":
        return str(tmp_path / "diary.db")
    return request.getfixturevalue("postgresql_url")


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    with Store.open(where) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    pytest.importorskip("argon2")
    from members import Clock

    return Clock()


@pytest.fixture
def team(where: str, clock: Clock) -> Iterator[Store]:
    """Two persons and two clinicians; anna's diary is shared with dr.b."""
    from members import opened_team

    with opened_team(where, clock) as store:
        yield store


ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
)


def storable(longest: int) -> st.SearchStrategy[str]:
    """Text that may be stored: no control characters but line ends and tabs, no half characters."""
    letters = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t")
    return st.text(letters, max_size=longest)


names = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=30)
notes = storable(80)
doses = st.floats(0.001, 10_000, allow_nan=False)
instants = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())
moments = st.builds(Moment.of, instants, st.sampled_from(ZONES))


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    form = draw(st.sampled_from(scales()))
    given = [draw(st.none() | st.integers(0, len(one.options) - 1)) for one in form.items]
    if all(one is None for one in given):
        given[0] = 0
    return Answers(form.name, tuple(given), rater=draw(storable(20)), note=draw(notes))


contents: st.SearchStrategy[Content] = st.one_of(
    st.builds(Taken, names, doses, notes),
    st.builds(Missed, names, st.none() | doses, notes),
    st.builds(
        Sleep,
        st.floats(0, 24),
        quality=st.none() | st.integers(0, 10),
        awakenings=st.none() | st.integers(0, 99),
        note=notes,
    ),
    st.builds(Mood, st.integers(0, 10), notes),
    st.builds(Note, storable(200).filter(lambda text: text.strip() != "")),
    answers(),
)

# So that a test can say `from_type(Content)`.
st.register_type_strategy(Content, contents)
st.register_type_strategy(Moment, moments)


@pytest.fixture(scope="session")
def taper() -> dict[str, Any]:
    """A small taper's document, as `occupancy taper --json` prints it."""
    from occupancy.course import Sampling
    from occupancy.taper import TaperRequest, products_at_hand, propose, start_of
    from occupancy.taper.writing import taper_document

    regimen = "citalopram 20 mg daily"
    start = start_of(regimen)
    products, _ = products_at_hand(start, ["tablet 10 mg, halves", "solution 2 mg/mL, 0.1 mL"], "")
    request = TaperRequest(
        start=start, products=products, steps=4, hold_days=14, sampling=Sampling(20, 0)
    )
    return json.loads(taper_document(propose(request), 0.9, regimen=regimen).to_json())

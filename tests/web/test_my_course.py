"""My course and the report: one prediction, whatever stretch of it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sqlalchemy")

from occupancy.diary import (
    Diary,
    Moment,
    Note,
    Store,
    Taken,
    add_example,
    local_zone,
    report_document,
)
from occupancy.diary.predicted import AFTER_DAYS, _simulated
from occupancy.web.diaries import zone_of
from occupancy.web.my_course import my_course

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def diary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diary]:
    """The invented diary: going down from 20 mg for some weeks."""
    with Store.open(tmp_path_factory.mktemp("diary") / "diary.db") as store:
        yield add_example(store, today=TODAY, zone="Europe/Berlin")


def by_day(rows: list[dict[str, object]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(str(row["at"])[:10], []).append(float(str(row["median"])))
    return found


def test_a_shorter_stretch_shows_the_same_prediction(diary: Diary) -> None:
    """What was taken before the stretch that is shown is in the brain all the same."""
    long, short = (my_course(diary, TODAY, days) for days in (90, 14))
    rows = {row["at"]: row for row in long.rows["predicted"]}
    assert 14 * 24 <= len(short.rows["predicted"]) < len(rows)
    assert all(rows[row["at"]] == row for row in short.rows["predicted"])
    assert long.target == short.target == "SERT"


def test_the_report_predicts_the_same(diary: Diary) -> None:
    document = report_document(diary, today=TODAY, first_day=date(2026, 11, 1))
    assert document.predicted is not None
    days = by_day(my_course(diary, TODAY, 30).rows["predicted"])
    for day, median in zip(document.predicted.days, document.predicted.median, strict=True):
        # The median of a day's means and the mean of its medians differ by little.
        assert np.mean(days[day]) == pytest.approx(100 * median, abs=0.5)


def test_the_pages_and_the_report_compute_it_once(diary: Diary) -> None:
    _simulated.cache_clear()
    for days in (14, 30, 90):
        my_course(diary, TODAY, days)
        report_document(diary, today=TODAY)
    assert _simulated.cache_info().misses == 1


def test_the_prediction_ends_after_the_last_dose_that_was_written_down(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as store:
        diary = store.diary()
        for day in (1, 2):
            at = Moment.of(datetime(2026, 11, day, 7, tzinfo=UTC), "UTC")
            diary.add(Taken("citalopram", 20.0), at)
        made = my_course(diary, TODAY, 30)
    last = datetime.fromisoformat(made.rows["predicted"][-1]["at"])
    end = datetime(2026, 11, 2 + AFTER_DAYS, 7)
    assert timedelta(0) < end - last <= timedelta(hours=2)
    assert "20 mg daily for 60 days" in made.assumed


def test_the_day_is_theirs_and_not_the_servers(tmp_path: Path) -> None:
    """Else what they write after their midnight is missing until the server's."""
    with Store.open(tmp_path / "diary.db") as store:
        for owner, zone in (("anna", ""), ("carl", "Europe/Berlin")):
            store.add_owner(owner, zone=zone)
            assert store.diary(owner).zone == (zone or local_zone())
            store.diary(owner).add(Note("well"), Moment.now("Pacific/Kiritimati"))
        assert store.diary("anna").zone == "Pacific/Kiritimati"
        assert zone_of(store.diary("anna"), "Asia/Tokyo") == "Asia/Tokyo"
        assert store.diary("carl").zone == "Europe/Berlin"

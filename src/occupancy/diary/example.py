"""An invented diary, for looking around; its owner is marked as an example."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from occupancy.diary.content import Answers, Content, Missed, Mood, Note, Sleep, Taken
from occupancy.diary.diary import Diary
from occupancy.diary.moment import Moment
from occupancy.diary.store import Store

OWNER: Final = "example"
NAME: Final = "Invented example"
#: Daily doses of the invented plan, and the days between its changes.
HOLD_DAYS: Final = 21
BEFORE_DAYS: Final = 42
_PRODUCTS: Final = ("tablet 10 mg, halves", "solution 2 mg/mL, 0.1 mL")


def add_example(
    store: Store, *, today: date, zone: str = "UTC", days: int = 110, seed: int = 0
) -> Diary:
    """Write an invented diary of citalopram going down, ending on `today`.

    Raises:
        EntryError: the store has an example.
        StoreError: it was not written.
    """
    store.add_owner(OWNER, name=NAME, zone=zone, example=True)
    diary = store.diary(OWNER)
    rng = np.random.default_rng(seed)
    begin = today - timedelta(days=days - 1)
    first = begin + timedelta(days=BEFORE_DAYS)
    document = _plan()
    diary.add_plan(document, first, agreed_by="Dr Example (invented)")
    changes = [first + timedelta(days=int(one["start_day"])) for one in document["steps"]]
    doses = [float(one["dose_mg"]) for one in [document["start"], *document["steps"]]]
    found: list[tuple[Content, Moment]] = []
    state = rng.standard_normal(3)
    for k in range(days):
        day = begin + timedelta(days=k)
        step = sum(day >= one for one in changes)
        since = (day - changes[step - 1]).days if step else 99
        felt = 1.8 * step * np.exp(-since / 9) if step else 0.0
        state = 0.4 * state + np.sqrt(1 - 0.4**2) * rng.standard_normal(3)
        found += _day(day, zone, doses[step], float(felt), state, rng)
    found.append((Note("Started walking in the mornings."), _at(first, 18, 0, zone)))
    diary.add_all(found)
    return diary


def _day(
    day: date, zone: str, dose: float, felt: float, state: np.ndarray, rng: np.random.Generator
) -> list[tuple[Content, Moment]]:
    found: list[tuple[Content, Moment]] = []
    morning = _at(day, 8, int(rng.integers(0, 40)), zone)
    if dose > 0 and rng.random() < 0.04:
        found.append((Missed("citalopram", dose), morning))
    elif dose > 0:
        found.append((Taken("citalopram", dose), morning))
    hours = float(np.clip(np.round(2 * (7.3 - 0.25 * felt + 0.7 * state[0])) / 2, 3, 11))
    found.append((Sleep(hours), _at(day, 7, 30, zone)))
    mood = int(np.clip(np.round(6.3 - 0.4 * felt + 1.1 * state[1]), 0, 10))
    evening = _at(day, 21, 15, zone)
    found.append((Mood(mood), evening))
    level = max(0.0, 0.25 + 0.18 * felt + 0.1 * state[2])
    answers = tuple(int(one) for one in np.clip(rng.poisson(level, 18), 0, 3))
    found.append((Answers("withdrawal checklist", answers), evening))
    if day.weekday() == 6:
        low = max(0.1, 0.55 + 0.12 * felt)
        for name, items in (("PHQ-9", 8), ("GAD-7", 7)):
            given = tuple(int(one) for one in np.clip(rng.poisson(low, items), 0, 3))
            found.append((Answers(name, given + (0,) * (name == "PHQ-9")), evening))
    return found


def _at(day: date, hour: int, minute: int, zone: str) -> Moment:
    return Moment.at(datetime(day.year, day.month, day.day, hour, minute), zone, "first")


def _plan() -> dict:
    import json

    from occupancy.course import Sampling
    from occupancy.taper import TaperRequest, products_at_hand, propose, start_of
    from occupancy.taper.writing import taper_document

    regimen = "citalopram 20 mg daily"
    start = start_of(regimen)
    products, _ = products_at_hand(start, list(_PRODUCTS), "")
    request = TaperRequest(
        start=start, products=products, steps=6, hold_days=HOLD_DAYS, sampling=Sampling(100, 0)
    )
    return json.loads(taper_document(propose(request), 0.9, regimen=regimen).to_json())

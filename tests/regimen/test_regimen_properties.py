"""Laws over generated regimens and over arbitrary text."""

import contextlib
import datetime as dt
import math
import re
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from occupancy.regimen import (
    Dose,
    Late,
    Phase,
    Regimen,
    RegimenError,
    Route,
    doses,
    epochs,
    format_regimen,
    parse,
    read_event_table,
    write_event_table,
)

DAY_MIN = 1440

amounts = st.one_of(
    st.sampled_from([0.25, 0.5, 1, 2.5, 10, 20, 37.5, 75, 405]),
    st.floats(min_value=1e-9, max_value=1e6, allow_nan=False),
    st.floats(min_value=0, max_value=1e6, exclude_min=True),
)
times = st.one_of(
    st.sampled_from(["morning", "noon", "evening", "night"]),
    st.builds(dt.time, st.integers(0, 23), st.integers(0, 59)),
)
lengths_min = st.one_of(
    st.integers(1, 40).map(lambda n: n * DAY_MIN),
    st.integers(1, 10).map(lambda n: n * 60),
    st.integers(1, 40 * DAY_MIN),
)
names = st.one_of(
    st.sampled_from(["citalopram", "quetiapine XR", "MK-801", "St John's wort", "(R)-ketamine"]),
    st.text("abcXYZéµ薬0-/. 'ed", min_size=1, max_size=12),
)


@st.composite
def dosing_phases(draw: st.DrawFn, *, last: bool) -> Phase:
    duration = draw(st.none() | lengths_min) if last else draw(lengths_min)
    duration_h = None if duration is None else duration / 60
    if draw(st.booleans()):
        return Phase((Dose(draw(amounts)),), draw(lengths_min) / 60, duration_h)
    found = {
        dose.clock_min or 0: dose
        for dose in draw(st.lists(st.builds(Dose, amounts, times), min_size=1, max_size=3))
    }
    cycle = tuple(dose for _, dose in sorted(found.items()))
    return Phase(cycle, draw(st.integers(1, 30)) * 24, duration_h)


@st.composite
def regimens(draw: st.DrawFn) -> Regimen:
    count = draw(st.integers(1, 4))
    phases = [draw(dosing_phases(last=count == 1))]
    for number in range(2, count + 1):
        if draw(st.integers(0, 3)) == 0:
            length = draw(lengths_min if number < count else st.none() | lengths_min)
            phases.append(Phase((), 24, None if length is None else length / 60))
        else:
            phases.append(draw(dosing_phases(last=number == count)))
    route: Route | None = draw(
        st.sampled_from([None, "oral", "sublingual", "im", "sc", "iv", "transdermal"])
    )
    drug = None
    with contextlib.suppress(RegimenError):
        drug = Regimen(phases=tuple(phases), drug=draw(st.none() | names)).drug
    regimen = Regimen(phases=tuple(phases), drug=drug, route=route)
    days = [day for day in draw(st.sets(st.integers(1, 60), max_size=8)) if regimen.dosed_on(day)]
    missed = tuple(sorted(day for day in days if day % 2))
    gap = min(phase.shortest_gap_min for phase in phases if phase.doses)
    late = None
    if gap > 1 and draw(st.booleans()):
        by = draw(st.none() | st.integers(1, gap - 1))
        late = Late(
            None if by is None else by / 60, tuple(sorted(day for day in days if not day % 2))
        )
    infusion = None
    if route in ("iv", "sc", "transdermal"):
        infusion = draw(st.none() | st.floats(1 / 3600, gap / 60))
    return Regimen(
        phases=tuple(phases),
        drug=drug,
        route=route,
        infusion_h=infusion,
        missed=missed,
        late=late,
        steady_state=draw(st.booleans()),
    )


def delay(regimen: Regimen) -> float | None:
    """Return a delay for a regimen that says `late doses` alone."""
    return 1 / 60 if regimen.late is not None and regimen.late.by_h is None else None


@given(regimens())
@settings(max_examples=300, deadline=None)
def test_what_is_printed_reads_back_as_the_same_regimen(regimen: Regimen) -> None:
    assert parse(format_regimen(regimen)) == regimen


def by_minute(regimen: Regimen, horizon_min: int) -> dict[int, list[float]]:
    """Return the scheduled doses, found by looking at every minute of every phase."""
    clocks = [d.clock_min for p in regimen.phases for d in p.doses if d.clock_min is not None]
    start, found = 0, dict[int, list[float]]()
    for phase in regimen.phases:
        end = horizon_min if phase.duration_h is None else start + round(phase.duration_h * 60)
        minutes = np.arange(start, min(end, horizon_min))
        every = round(phase.interval_h * 60)
        for dose in phase.doses:
            since = 0 if dose.clock_min is None else (dose.clock_min - clocks[0]) % DAY_MIN
            age = minutes - start - since
            for minute in minutes[(age >= 0) & (age % every == 0)].tolist():
                found.setdefault(minute, []).append(dose.amount_mg)
        start = end
    return found


@given(regimens())
@settings(max_examples=60, deadline=None)
def test_doses_are_those_found_minute_by_minute(regimen: Regimen) -> None:
    horizon_min = 70 * DAY_MIN
    expected = dict[int, float]()
    late = regimen.late
    by = 0 if late is None else round((late.by_h or 1 / 60) * 60)
    for minute, given_mg in by_minute(regimen, horizon_min).items():
        day = minute // DAY_MIN + 1
        moved = late is not None and (day in late.days or (not late.days and minute > 0))
        at = minute + (by if moved else 0)
        if day not in regimen.missed and at < horizon_min:
            expected[at] = expected.get(at, 0.0) + math.fsum(given_mg)
    table = doses(regimen, horizon_min / 60, late_by_h=delay(regimen))
    assert np.all(np.diff(table.time_h) > 0)
    assert table.time_h.tolist() == [minute / 60 for minute in sorted(expected)]
    np.testing.assert_allclose(table.amount_mg, [expected[m] for m in sorted(expected)], rtol=1e-14)


@given(regimens(), st.integers(1, 100 * DAY_MIN))
@settings(max_examples=100, deadline=None)
def test_epochs_are_contiguous_and_hold_the_dose_in_force(regimen: Regimen, horizon: int) -> None:
    horizon_h = horizon / 60
    found = epochs(regimen, horizon_h)
    assert found[0].start_h == 0
    assert found[-1].end_h == horizon_h
    for one, other in pairwise(found):
        assert one.end_h == other.start_h
        assert (one.daily_dose_mg, one.interval_h) != (other.daily_dose_mg, other.interval_h)
    if regimen.late is None:
        table = doses(regimen, horizon_h)
        where = np.searchsorted([e.start_h for e in found], table.time_h, side="right") - 1
        assert [found[i].daily_dose_mg for i in where] == table.daily_dose_mg.tolist()
        assert [found[i].interval_h for i in where] == table.interval_h.tolist()


@given(regimens())
@settings(max_examples=60, deadline=None)
def test_an_event_table_gives_back_the_same_doses(regimen: Regimen) -> None:
    meant = doses(regimen, 1000, late_by_h=delay(regimen))
    if delay(regimen) is not None and regimen.late is not None:
        regimen = parse(format_regimen(regimen).replace("late doses", "late doses by 1 minute"))
    cyclic = len(regimen.phases[0].doses) > 1
    if regimen.steady_state and (cyclic or not len(meant) or meant.time_h[0] > 0):
        return  # refused: its own test says so
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.csv"
        write_event_table(regimen, file, 1000)
        table = read_event_table(file, strict=True)
    if not len(meant):
        assert table.subjects == ()
        return
    given_doses = table.subjects[0].doses
    np.testing.assert_array_equal(given_doses.time_h, meant.time_h)
    np.testing.assert_array_equal(given_doses.amount_mg, meant.amount_mg)
    np.testing.assert_array_equal(given_doses.duration_h, meant.duration_h)
    assert given_doses.ss.any() == regimen.steady_state


@given(st.text())
@example("20 mg daily\x00")
@example("²0 mg daily")
@example("٣ mg daily")
@settings(max_examples=300, deadline=None)
def test_arbitrary_text_raises_nothing_but_the_regimen_error(text: str) -> None:
    with contextlib.suppress(RegimenError):
        regimen = parse(text)
        assert parse(format_regimen(regimen)) == regimen


WORDS = re.split(
    r"\s+",
    """20 mg 0 1.5 3 g ml daily twice three times a day every 4 12 weeks hours h night morning at
    08:00 20:00 25:61 pm and then for until day days nothing stop over iv im po missed late doses by
    on alternate steady state once single dose , , . - / kg per prn as needed weekly q12h each other
    citalopram ( ) the in x 9999999 36500 00 -5 month""",
)


@given(
    st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(["", "20 mg daily ", "5 mg "])
)
@settings(max_examples=1500, deadline=None)
def test_near_grammar_raises_nothing_but_the_regimen_error(words: list[str], start: str) -> None:
    text = start + " ".join(words)
    regimen = error = None
    try:
        regimen = parse(text)
    except RegimenError as raised:
        error = raised
    if error is not None:
        assert error.text == text
        assert 0 <= error.start <= error.end <= len(text)
        assert error.problem
    if regimen is None:
        return
    assert parse(format_regimen(regimen)) == regimen
    if delay(regimen) is None:
        with contextlib.suppress(RegimenError):
            assert np.all(np.diff(doses(regimen, 2000).time_h) > 0)


@given(regimens(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_regimen_with_one_letter_changed_never_fails_otherwise(
    regimen: Regimen, data: st.DataObject
) -> None:
    text = format_regimen(regimen)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("xz09 .,-/:(e"))
    with contextlib.suppress(RegimenError):
        parse(text[:place] + letter + text[place + 1 :])

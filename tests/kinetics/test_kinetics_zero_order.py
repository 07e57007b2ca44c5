"""Inputs at a constant rate that last and start differently in every draw."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from occupancy.kinetics import Doses, EffectSite, Formation, Input, Species, System, simulate
from occupancy.kinetics.distinct import ROUNDINGS, SHARE, distinct
from occupancy.kinetics.doses import arrivals
from occupancy.kinetics.generator import generator
from occupancy.kinetics.timeline import timeline

DRAWS = 3


def spread(seed: int, typical: float) -> np.ndarray:
    return typical * np.exp(0.3 * np.random.default_rng(seed).normal(size=DRAWS))


CL, V, Q, V2, CLM, VM, KA, KEO = (
    spread(i, x) for i, x in enumerate((5.0, 60.0, 10.0, 90.0, 3.0, 40.0, 0.7, 0.3))
)


def system(duration: np.ndarray, lag: np.ndarray, oral: bool) -> System:
    return System(
        (
            Species("x", CL, V, Q=Q, V2=V2, dosed=1.0),
            Species("met", CLM, VM, formed_from=(Formation("x", 0.4),)),
        ),
        (Input(ka=KA if oral else None, lag_h=lag, duration_h=duration),),
        (EffectSite("brain", "x", keo=KEO, Kp=2.0),),
    )


def dense(draw: int, oral: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrix, entry and output rows of one draw: depot, centre, side, metabolite, brain."""
    cl, v, q, v2, clm, vm, ka, keo = (x[draw] for x in (CL, V, Q, V2, CLM, VM, KA, KEO))
    a = np.zeros((5, 5))
    a[0, 0], a[1, 0] = -ka, ka
    a[1, 1], a[2, 1], a[1, 2], a[2, 2] = -(cl + q) / v, q / v, q / v2, -q / v2
    a[3, 1], a[3, 3] = 0.4 * cl / v, -clm / vm
    a[4, 1], a[4, 4] = 2000 * keo / v, -keo
    rows = np.zeros((3, 5))
    rows[0, 1], rows[1, 3], rows[2, 4] = 1000 / v, 1000 / vm, 1
    return a, np.eye(5)[0 if oral else 1], rows


def exponentials(a: np.ndarray, hours: np.ndarray) -> np.ndarray:
    unique, which = np.unique(hours, return_inverse=True)
    return expm(a * unique[:, None, None])[which]


def response(draw: int, oral: bool, duration: float, since: np.ndarray) -> np.ndarray:
    """Outputs (3, times) of one mg that enters evenly over `duration`, by SciPy's expm."""
    a, entry, rows = dense(draw, oral)
    fed = np.zeros((6, 6))
    fed[:5, :5], fed[:5, 5] = a, entry / duration
    within = exponentials(fed, np.clip(since, 0.0, duration))[:, :5, 5]
    after = exponentials(a, np.maximum(since - duration, 0.0))
    return np.where(since >= 0, rows @ (after @ within[..., None])[..., 0].T, 0.0)


def superposed(
    oral: bool, duration: np.ndarray, lag: np.ndarray, doses: Doses, times: np.ndarray
) -> np.ndarray:
    total = np.zeros((DRAWS, 3, times.size))
    for draw in range(DRAWS):
        for time, amount in zip(doses.time_h, doses.amount_mg, strict=True):
            since = (times - time) - lag[draw]
            total[draw] += amount * response(draw, oral, float(duration[draw]), since)
    return total


several = st.lists(st.floats(0.02, 1.0), min_size=DRAWS, max_size=DRAWS).map(np.asarray)


@settings(max_examples=20, deadline=None)
@given(
    several,
    st.sampled_from([1.0, 24.0, 60.0]),
    several,
    st.sampled_from([0.0, 3.0]),
    st.sampled_from([8.0, 12.0, 24.0]),
    st.sets(st.integers(1, 8), max_size=4),
    st.booleans(),
    st.sampled_from([1.0, 0.25, 0.7, 5.0]),
)
def test_a_course_agrees_with_expm(share, longest, late, most_late, interval, missed, oral, step):
    duration, lag = longest * share, most_late * late
    given_at = interval * np.delete(np.arange(10.0), sorted(missed))
    doses = Doses(given_at, 5.0 + np.arange(given_at.size) % 3)
    times = np.union1d(np.arange(0.0, 10 * interval, step)[-60:], [0.3, 10 * interval + 100])
    ours = simulate(system(duration, lag, oral), doses, times).values
    theirs = superposed(oral, duration, lag, doses, times)
    np.testing.assert_allclose(
        ours, theirs, rtol=1e-12, atol=1e-13 * theirs.max(axis=-1).max(axis=0).min()
    )


def slope(_: float, x: np.ndarray, a: np.ndarray, entering: np.ndarray) -> np.ndarray:
    return a @ x + entering


def test_a_course_agrees_with_an_integrator():
    duration, lag = np.array([1.6, 31.0, 5.5]), np.array([0.5, 0.0, 2.25])
    doses, times = Doses([0.0, 24.0, 72.0], [10.0, 20.0, 5.0]), np.arange(0.0, 121.0, 4.0)
    ours = simulate(system(duration, lag, True), doses, times).values
    for draw in range(DRAWS):
        a, entry, rows = dense(draw, True)
        start = doses.time_h + lag[draw]
        rate = doses.amount_mg / duration[draw]
        edges = np.unique([0.0, *start, *(start + duration[draw]), times[-1]])
        x, found = np.zeros(5), {0.0: np.zeros(5)}
        for begin, end in pairwise(edges.tolist()):
            on = rate[(start <= begin) & (begin < start + duration[draw])].sum()
            wanted = np.append(times[(times > begin) & (times < end)], end)
            path = solve_ivp(
                slope,
                (begin, end),
                x,
                "Radau",
                wanted,
                args=(a, on * entry),
                rtol=1e-11,
                atol=1e-13,
            )
            x = path.y[:, -1]
            found |= dict(zip(wanted.tolist(), path.y.T, strict=True))
        theirs = rows @ np.stack([found[t] for t in times.tolist()], axis=-1)
        np.testing.assert_allclose(ours[draw], theirs, rtol=1e-8, atol=1e-9 * float(theirs.max()))


@pytest.mark.parametrize("lag", [0.0, 0.9])
def test_a_time_reads_the_same_alone_and_in_company(lag):
    one = system(np.array([1.6, 0.9, 2.7]), np.full(DRAWS, lag), True)
    doses, times = Doses(24.0 * np.arange(84), 10.0), np.arange(0.0, 84 * 24, 1.0)
    together = simulate(one, doses, times).values
    for k in (1, 25, 500, 1003, 2015):
        alone = simulate(one, doses, times[k : k + 1]).values
        np.testing.assert_allclose(together[..., k : k + 1], alone, rtol=1e-12)


def test_short_infusions_late_in_a_year_bring_in_their_whole_amount():
    duration = np.geomspace(1e-4, 40.0, 50)
    one = System((Species("x", 5.0, 60.0, dosed=1.0),), (Input(duration_h=duration),))
    final = simulate(one, Doses(24.0 * np.arange(366), 10.0), [365 * 24 + 50.0]).final
    total = final.amounts.sum(axis=1) + final.eliminated_mg.sum(axis=1)
    np.testing.assert_allclose(total, 3660.0, rtol=1e-14)


def test_a_daily_dose_needs_three_stretches_however_many_days_and_draws():
    duration = 1.2 * np.exp(0.3 * np.random.default_rng(1).normal(size=200))
    one = System((Species("x", 5.0, 60.0, dosed=1.0),), (Input(ka=0.7, duration_h=duration),))
    doses = Doses(24.0 * np.arange(56), 10.0)
    breaks = timeline(generator(one, (0,)), arrivals(one, doses), 0.0, 56 * 24.0).breaks_h
    used, which = distinct(np.diff(breaks, axis=1).T, breaks[:, 1:].max(axis=0))
    assert used.size == 3  # none, while a dose enters, until the next
    assert which.size > 100


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 3)), max_size=30),
    st.floats(0, 1e5),
)
def test_rows_stand_only_for_rows_their_clock_cannot_tell_apart(values, copies, latest):
    rows = [(v, v + 1) for v in values]
    step = float(np.spacing(latest))
    for at, off in copies:
        v = values[at % len(values)]
        rows.append((max(v + off * step, 0.0), v + 1))
    hours, clock = np.array(rows), np.linspace(0, latest, len(rows))
    used, which = distinct(hours, clock)
    stands = used[which]
    assert (stands <= np.arange(len(rows))).all()
    assert (stands[used] == used).all()
    allowed = np.minimum(ROUNDINGS * np.spacing(clock), SHARE * hours.min(axis=1))
    assert (np.abs(hours - hours[stands]).max(axis=1) <= allowed).all()


@settings(deadline=None)
@given(st.lists(st.integers(0, 800), min_size=1, max_size=40), st.floats(0, 1e5))
def test_equal_rows_are_one(eighths, latest):
    hours = np.array([(k / 8, k / 8 + 1) for k in eighths])
    used, which = distinct(hours, np.full(len(eighths), latest))
    assert used.tolist() == sorted(eighths.index(k) for k in set(eighths))
    np.testing.assert_array_equal(hours[used][which], hours)


def test_times_a_hair_apart_are_told_apart():
    one = System((Species("x", 1000.0, np.array([50.0, 60.0]), dosed=1.0),), (Input(),))
    times = 5.0 + 1e-13 * np.arange(-50, 50)
    ours = simulate(one, Doses([0.0], [10.0]), times).values[:, 0]
    v = np.array([[50.0], [60.0]])
    theirs = 1e4 / v * np.exp(-1000.0 / v * 5.0) * np.exp(-1000.0 / v * (times - 5.0))
    np.testing.assert_allclose(ours / ours[:, 50:51], theirs / theirs[:, 50:51], rtol=5e-14)


def test_no_rows_at_all():
    used, which = distinct(np.zeros((0, 3)), np.zeros(0))
    assert used.size == which.size == 0

"""The simulation against dense matrix exponentials: SciPy's, and sixty-digit decimals."""

from __future__ import annotations

import math
from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.special import gammainc

from occupancy.kinetics import (
    DeepSite,
    Doses,
    EffectSite,
    Formation,
    Input,
    Species,
    System,
    simulate,
)

getcontext().prec = 60

rate = st.floats(-2.5, 1.0).map(lambda e: 10.0**e)
volume = st.floats(0.0, 3.0).map(lambda e: 10.0**e)
clearance = st.floats(-0.5, 2.0).map(lambda e: 10.0**e)


@st.composite
def models(draw: st.DrawFn) -> tuple[System, np.ndarray, np.ndarray, np.ndarray]:
    """A random system with its dense matrix, dose vector and output rows, written out by hand."""
    compartments = draw(st.integers(1, 3))
    cl, v = draw(clearance), draw(volume)
    q, v2, q3, v3 = draw(clearance), draw(volume), draw(clearance), draw(volume)
    n_transit, ktr, ka = draw(st.integers(0, 4)), draw(rate), draw(rate)
    oral = n_transit > 0 or draw(st.booleans())
    formed = st.just(0.0) | st.floats(1e-9, 2.0)  # subnormal numbers hold no digits to compare
    fraction, clm, vm = draw(formed), draw(clearance), draw(volume)
    presystemic = draw(st.sampled_from([0.0, 0.3]))
    keo, kp, kt, kd = draw(rate), draw(st.floats(0.1, 5.0)), draw(rate), draw(rate)
    two = {"Q": q, "V2": v2} if compartments > 1 else {}
    three = {"Q3": q3, "V3": v3} if compartments > 2 else {}
    system = System(
        (
            Species("met", clm, vm, dosed=presystemic, formed_from=(Formation("x", fraction),)),
            Species("x", cl, v, dosed=0.7, **two, **three),
        ),
        (Input(ka=ka if oral else None, ktr=ktr if n_transit else None, n_transit=n_transit),),
        (EffectSite("brain", "x", keo=keo, Kp=kp, deep=DeepSite("deep", kt, kd)),),
    )
    chain = [ktr] * n_transit + ([ka] if oral else [])
    m, n = len(chain), len(chain) + compartments + 3
    c, met, e, d = m, m + compartments, n - 2, n - 1
    a = np.zeros((n, n))
    for i, k in enumerate(chain):
        a[i, i] -= k
        if i + 1 < m:
            a[i + 1, i] += k
        else:
            a[c, i] += 0.7 * k
            a[met, i] += presystemic * k
    a[c, c] -= cl / v
    for j, (flow, side) in enumerate(((q, v2), (q3, v3))[: compartments - 1], start=1):
        a[c, c] -= flow / v
        a[c + j, c] += flow / v
        a[c, c + j] += flow / side
        a[c + j, c + j] -= flow / side
    a[met, c] += fraction * cl / v
    a[met, met] -= clm / vm
    a[e, c] += keo * kp * 1000 / v
    a[e, e] -= keo + kt
    a[d, e] += kt
    a[d, d] -= kd
    entry = np.zeros(n)
    if chain:
        entry[0] = 1.0
    else:
        entry[c], entry[met] = 0.7, presystemic
    rows = np.zeros((4, n))
    rows[0, met], rows[1, c], rows[2, e], rows[3, d] = 1000 / vm, 1000 / v, 1, 1
    return system, a, entry, rows


@settings(max_examples=50, deadline=None)
@given(
    models(),
    st.lists(st.floats(0, 60), min_size=1, max_size=3),
    st.lists(st.floats(0, 200), min_size=1, max_size=5),
)
def test_agrees_with_expm(model, dose_times, times):
    system, a, entry, rows = model
    times = np.sort(np.asarray(times))
    amounts = 1.0 + np.arange(len(dose_times))
    ours = simulate(system, Doses(dose_times, amounts), times).values[0]
    since = times[None, :] - np.asarray(dose_times)[:, None]
    after = np.append(np.maximum(since, 0.0), np.geomspace(0.02, 100, 10))
    # SciPy treats triangular matrices apart and then loses up to seven digits where two rates
    # nearly agree; in another order of the states it is accurate.
    a, entry, rows = np.roll(a, 1, (0, 1)), np.roll(entry, 1), np.roll(rows, 1, 1)
    response = rows @ (expm(a * after[:, None, None]) @ entry).T  # (outputs, times after a dose)
    taken = response[:, : since.size].reshape(4, *since.shape) * (since >= 0)
    theirs = np.einsum("odt,d->ot", taken, amounts)
    peak = response.max(axis=-1) * amounts.sum()
    assert np.all(np.abs(ours - theirs) <= 1e-12 * peak[:, None])


Matrix = list[list[Decimal]]


def product(x: Matrix, y: Matrix) -> Matrix:
    columns = list(zip(*y, strict=True))
    return [
        [sum((p * q for p, q in zip(row, c, strict=True)), Decimal(0)) for c in columns]
        for row in x
    ]


def decimal_expm(a: Matrix, t: Decimal) -> Matrix:
    size = range(len(a))
    norm = max(sum((abs(x) for x in row), Decimal(0)) for row in a) * t
    squarings = max(0, math.ceil(math.log2(float(norm) + 1)) + 4)
    b = [[x * t / 2**squarings for x in row] for row in a]
    term = [[Decimal(int(i == j)) for j in size] for i in size]
    total = term
    for m in range(1, 30):
        term = [[x / m for x in row] for row in product(term, b)]
        total = [[total[i][j] + term[i][j] for j in size] for i in size]
    for _ in range(squarings):
        total = product(total, total)
    return total


def exact_two_compartment(cl, v, q, v2, ka, t, column=0):
    cl, v, q, v2, ka, t = (Decimal(float(x)) for x in (cl, v, q, v2, ka, t))
    zero = Decimal(0)
    a = [[-ka, zero, zero], [ka, -(cl + q) / v, q / v2], [zero, q / v, -q / v2]]
    return [row[column] for row in decimal_expm(a, t)]


NEAR = [0.0, *(sign * 10.0**-e for e in range(2, 17) for sign in (1, -1))]


@pytest.mark.parametrize("slow", [False, True])
def test_absorption_as_fast_as_a_disposition_rate(slow):
    cl, v, q, v2 = 10.0, 50.0, 15.0, 120.0
    total, product = (cl + q) / v + q / v2, cl / v * q / v2
    fast = (total + math.sqrt(total**2 - 4 * product)) / 2
    eigenvalue = product / fast if slow else fast
    ka = eigenvalue * (1 + np.asarray(NEAR))
    times = [0.5, 3.0, 24.0, 71.3]
    system = System((Species("x", cl, v, Q=q, V2=v2, dosed=1.0),), (Input(ka=ka),))
    ours = simulate(system, Doses(0.0, 10.0), times)["x"]
    for i, k in enumerate(ka):
        exact = [float(exact_two_compartment(cl, v, q, v2, k, t)[1] * 200) for t in times]
        np.testing.assert_allclose(ours[i], exact, rtol=1e-12)


@pytest.mark.parametrize("relative", NEAR)
def test_bateman_and_its_limit(relative):
    cl, v = 3.7, 41.0
    k = Decimal(cl) / Decimal(v)
    ka = cl / v * (1 + relative)
    times = np.array([0.01, 1.0, 7.7, 100.0, 700.0])
    system = System((Species("x", cl, v, dosed=1.0),), (Input(ka=ka),))
    ours = simulate(system, Doses(0.0, 10.0), times)["x"][0]
    gap = Decimal(ka) - k
    for value, t in zip(ours, times, strict=True):
        t = Decimal(float(t))
        # (e^{-kt} - e^{-ka t}) / (ka - k), with its limit t e^{-kt}
        shape = ((-k * t).exp() - (-Decimal(ka) * t).exp()) / gap if gap else t * (-k * t).exp()
        exact = Decimal(10_000) / Decimal(v) * Decimal(ka) * shape
        assert value == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_transit_chain_is_a_gamma_density(n):
    ktr, v, cl = 1.3, 20.0, 1e-9
    times = np.array([1e-3, 0.1, 1.0, 5.0, 20.0, 60.0])
    system = System((Species("x", cl, v, dosed=1.0),), (Input(ktr=ktr, n_transit=n, ka=ktr),))
    # with ka = ktr and nothing eliminated, the amount absorbed is the Erlang(n + 1) distribution
    ours = simulate(system, Doses(0.0, 1.0), times)["x"][0] * v / 1000
    np.testing.assert_allclose(ours, gammainc(n + 1, ktr * times), rtol=1e-7)
    fast = System((Species("x", ktr * v, v, dosed=1.0),), (Input(ktr=ktr, n_transit=n),))
    ours = simulate(fast, Doses(0.0, 1.0), times)["x"][0] * v / 1000
    exact = [
        float(Decimal(ktr * t) ** n * (-Decimal(ktr * t)).exp()) / math.factorial(n) for t in times
    ]
    np.testing.assert_allclose(ours, exact, rtol=1e-12)


def test_stiff_two_years_of_monthly_injections():
    """ka 20 /h over a terminal rate of 1e-5 /h: relative accuracy, not relative to the peak."""
    cl, v, q, v2, ka = 0.002, 10.0, 50.0, 190.0, 20.0
    doses = 28 * 24.0 * np.arange(26)
    times = np.array([0.02, 5.0, 700.0, 9000.25, 17000.5, 17520.0, 40000.0])
    system = System((Species("x", cl, v, Q=q, V2=v2, dosed=1.0),), (Input(ka=ka),))
    ours = simulate(system, Doses(doses, 100.0), times)["x"][0]
    for value, t in zip(ours, times, strict=True):
        parts = [exact_two_compartment(cl, v, q, v2, ka, t - d)[1] for d in doses if d <= t]
        assert value == pytest.approx(float(sum(parts) * 10_000), rel=2e-13)


def test_rates_a_billion_times_the_interval_do_not_overflow():
    system = System(
        (Species("x", 5.0, 50.0, dosed=1.0),),
        (Input(ka=1e9),),
        (EffectSite("brain", "x", keo=1e12, Kp=2.0),),
    )
    result = simulate(system, Doses([0.0, 24.0], 5.0), [1.0, 24.0, 8760.0])
    exact = 100.0 * np.array([np.exp(-0.1), np.exp(-2.4), np.exp(-876.0) + np.exp(-873.6)])
    np.testing.assert_allclose(result["x"][0][:1], exact[:1], rtol=1e-9)
    np.testing.assert_allclose(result["brain"][0][0], 2 * exact[0], rtol=1e-9)
    assert result["x"][0][1] == pytest.approx(exact[1])  # the dose is still in its depot
    assert result["x"][0][2] < 1e-290

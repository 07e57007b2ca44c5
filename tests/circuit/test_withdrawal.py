"""Withdrawal drive: the circuit's set-point and the closed form of a plan are one thing."""

import numpy as np
import pytest

from occupancy.circuit import run, steady
from occupancy.circuit.serotonin import serotonin
from occupancy.engine import InputCourse
from occupancy.taper.drive import drive_figures, plan_drive, signal

DOSE_MG = np.array([20.0, 10.0, 5.0, 2.5, 0.0])
HELD_DAYS = [21.0, 21.0, 21.0]
HALF_LIFE = 1.5


def curve(dose):
    """Citalopram-like: Emax 0.93, ED50 3.4 mg."""
    return 0.93 * dose / (dose + 3.4)


def occupancy_of_plan(days):
    """Occupancy while the level relaxes with the half-life after every step."""
    starts = np.concatenate([[0.0], np.cumsum(HELD_DAYS)])
    level = np.full(days.size, DOSE_MG[0])
    value = DOSE_MG[0]
    for k, start in enumerate(starts):
        after = days >= start
        since = np.maximum(days - start, 0.0)
        level = np.where(
            after, DOSE_MG[k + 1] + (value - DOSE_MG[k + 1]) * 0.5 ** (since / HALF_LIFE), level
        )
        if k + 1 < starts.size:
            length = starts[k + 1] - start
            value = DOSE_MG[k + 1] + (value - DOSE_MG[k + 1]) * 0.5 ** (length / HALF_LIFE)
    return curve(level)


@pytest.fixture(scope="module")
def both():
    """The same plan through the circuit and through the closed form."""
    days = np.unique(np.concatenate([np.arange(0.0, 84.0, 0.25), np.arange(84.0, 161.0, 1.0)]))
    theta = occupancy_of_plan(days)
    before = steady(serotonin(), {"sert": theta[0]})
    course = InputCourse(24 * days, {"sert": theta[:, None]})
    read = np.arange(0.0, 160.0, 0.25)
    out = run(serotonin(), course, 24 * read, y0=before.y)
    return read, out, plan_drive(DOSE_MG, HELD_DAYS, curve, HALF_LIFE)


def test_S7_drive_of_a_plan_is_that_of_the_circuit(both):
    days, out, plan = both
    closed = plan.occupancy.at(days)[0]
    np.testing.assert_allclose(out["withdrawal_occupancy"][:, 0], closed, atol=2e-3)
    assert closed.max() == pytest.approx(out["withdrawal_occupancy"].max(), abs=5e-4)


def test_firing_that_overshoots_lowers_the_drive_on_serotonin(both):
    # A plan keeps firing at rest; in the circuit it rises above rest as the drug leaves.
    days, out, plan = both
    held = plan.signal.at(days)[0]
    assert (out["firing"][days > 1.0, 0] > 1.0).all()
    np.testing.assert_allclose(
        out["open_loop_serotonin"][:, 0],
        signal(occupancy_of_plan(days), drive_figures().uptake_share),
        rtol=2e-3,
    )
    assert 0.5 * held.max() < out["withdrawal_serotonin"].max() < held.max()


def test_both_take_their_numbers_from_one_record():
    parameters = serotonin().parameters
    figures = drive_figures()
    assert figures.tau_days == pytest.approx(parameters["tau_setpoint"].value)
    assert figures.uptake_share == parameters["other_terminal"].value

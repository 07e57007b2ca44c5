"""A certificate holds for what it says and for nothing else."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.taper.certificate import Certificate
from occupancy.taper.check import check
from occupancy.taper.ladder import ladder
from occupancy.taper.minimax import fewest_steps, minimax
from occupancy.taper.plan import Plan


def proof(plan: Plan) -> Certificate:
    assert plan.certificate is not None
    return plan.certificate


def citalopram(dose_mg: Any) -> Any:
    """Sorensen et al. 2022, as used in public calculators: Vm 83.98 %, K 2.33 mg."""
    return 0.8398 * dose_mg / (2.33 + dose_mg)


#: 0 to 20 mg in steps of 0.1 mg.
GRID_MG = np.arange(201) / 10


@pytest.fixture(name="certificate")
def _certificate() -> Certificate:
    return proof(minimax(ladder(GRID_MG, citalopram(GRID_MG)), 200, steps=12))


def test_it_reads_as_a_table(certificate: Certificate) -> None:
    lines = certificate.text().splitlines()
    assert lines[0] == (
        "No plan of at most 12 steps from 20 mg to 0 mg on these doses has a worst drop below "
        "6.68 points."
    )
    # From 20 mg, 75.22 %: 10.4 mg gives 68.61, and 10.3 mg 68.49.
    assert lines[3].split() == ["1", "20", "10.4", "6.61", "10.3", "6.73"]
    assert lines[-1] == "After 12 steps the lowest is 0.1 mg, not 0 mg."
    assert len(lines) == 3 + 12 + 1


def test_each_line_can_be_found_by_hand(certificate: Certificate) -> None:
    for line in certificate.lines:
        assert line.drop == citalopram(line.from_mg) - citalopram(line.reached_mg)
        assert line.drop < certificate.lower_bound <= line.next_drop


def test_tampering_is_found(certificate: Certificate) -> None:
    theta = citalopram(GRID_MG)
    assert check(certificate, GRID_MG, theta)
    first, *rest = certificate.lines
    better = replace(certificate, lower_bound=certificate.lower_bound + 1e-4)
    wrong = {
        "differ": better,
        "nearer than the bound": replace(better, attained=better.lower_bound),
        "is misstated": replace(certificate, lines=(replace(first, drop=0.05), *rest)),
        "not the next dose": replace(certificate, lines=(replace(first, next_mg=10.2), *rest)),
        "does not go on": replace(certificate, lines=(first, *rest[1:])),
        "does not begin": replace(certificate, lines=tuple(rest)),
        "11 lines": replace(certificate, lines=certificate.lines[:11]),
        "for 13": replace(certificate, steps=13),
        "any number": replace(certificate, steps=None),
        "not one of the doses": replace(certificate, attained_mg=(20.0, 3.33, 0.0)),
        "does not lead": replace(certificate, attained_mg=certificate.attained_mg[:-1]),
        "does not go down": replace(certificate, attained_mg=(20.0, 5.0, 5.0, 0.0)),
        "worst drop of its plan": replace(certificate, attained_mg=(20.0, 5.0, 0.0)),
        "is about": replace(certificate, weights=(("D2", 1.0),)),
    }
    for reason, one in wrong.items():
        verdict = check(one, GRID_MG, theta)
        assert not verdict
        assert any(reason in fault for fault in verdict.faults), (reason, verdict.faults)


def test_other_doses_or_another_curve_do_not_pass(certificate: Certificate) -> None:
    fine = np.round(np.arange(401) / 20, 6)
    assert not check(certificate, fine, citalopram(fine))
    assert not check(certificate, GRID_MG, 0.9 * GRID_MG / (3.4 + GRID_MG))
    assert not check(certificate, GRID_MG, np.tile(citalopram(GRID_MG), (3, 1)))
    bumpy = citalopram(GRID_MG)
    bumpy[150] = 0.9
    assert any("rises" in fault for fault in check(certificate, GRID_MG, bumpy).faults)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 7), st.sampled_from([1, 9]))
def test_layers_hold_for_curves_that_do_not_fall(seed: int, steps: int, draws: int) -> None:
    rng = np.random.default_rng(seed)
    dose = np.arange(12.0)
    theta = dose / (3 + dose) + rng.normal(0, 0.1, (draws, 12))
    theta[0, 5] = 1.2  # above all that follow, so that it never falls throughout
    certificate = proof(minimax(ladder(dose, theta), 11, steps=steps))
    assert certificate.method == "layers"
    assert check(certificate, dose, theta)
    assert certificate.text().startswith("No plan")
    above = replace(certificate, lower_bound=certificate.lower_bound + 0.01)
    assert not check(above, dose, theta)
    assert not check(replace(above, attained=above.lower_bound), dose, theta)
    if len(certificate.layers) > 1 and len(certificate.layers[1]) > 1:
        first, second, *rest = certificate.layers
        assert not check(replace(certificate, layers=(first, second[1:], *rest)), dose, theta)


def test_the_fewest_steps_are_certified() -> None:
    theta = citalopram(GRID_MG)
    plan = fewest_steps(ladder(GRID_MG, theta), 200, largest_drop=0.05)
    certificate = proof(plan)
    assert plan.steps == 18
    assert plan.worst_drop <= 0.05 < certificate.lower_bound
    assert certificate.steps == 17
    assert check(certificate, GRID_MG, theta)
    assert not check(replace(certificate, steps=18), GRID_MG, theta)

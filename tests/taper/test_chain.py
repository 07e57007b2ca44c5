"""The whole chain, from the words for a dose and its products to a plan, on the records' curves."""

import numpy as np
import pytest

import occupancy
from occupancy.course import Sampling
from occupancy.taper import TaperRequest, products_at_hand, propose, start_of
from occupancy.taper.proposal import Proposal
from occupancy.taper.writing import taper_document

TYPICAL = Sampling(20, 0, variability=False)


def proposal(regimen: str, *phrases: str, market: str = "", **wanted: object) -> Proposal:
    start = start_of(regimen)
    products, candidates = products_at_hand(start, phrases, market)
    return propose(
        TaperRequest(
            start=start,
            products=products,
            candidates=candidates,
            sampling=TYPICAL,
            **wanted,  # type: ignore[arg-type]
        )
    )


@pytest.mark.parametrize(("steps", "points"), [(12, 6.68), (8, 9.82)])
def test_citalopram_in_tenths_of_a_milligram(steps: int, points: float) -> None:
    """Worst drops that exhaustive search gave on Sørensen's curve (rounded there to 6.7, 9.8)."""
    found = proposal(
        "citalopram 20 mg daily", "solution 2 mg/mL, 0.05 mL", steps=steps, model="sorensen2022"
    )
    assert 100 * found.plan.worst_drop == pytest.approx(points, abs=0.02)
    proof = found.plan.certificate
    assert proof is not None
    assert 100 * proof.lower_bound == pytest.approx(points, abs=0.02)


@pytest.mark.parametrize("steps", [3, 4, 40])
def test_tablets_and_halves_cannot_beat_their_lowest_dose(steps: int) -> None:
    """5 mg is the lowest dose they make; the fall from there is f(5 mg) = 83.98 x 5 / 7.33."""
    found = proposal(
        "citalopram 20 mg daily",
        "tablet 10 mg, halves",
        "tablet 20 mg, halves",
        steps=steps,
        model="sorensen2022",
    )
    assert 100 * found.plan.worst_drop == pytest.approx(83.98 * 5 / (2.33 + 5), abs=0.01)


def test_olanzapine_on_kapurs_curve() -> None:
    """10 to 7.5 mg: 92 x 10 / 13.2 - 92 x 7.5 / 10.7 = 5.2 points (Kapur 1999)."""
    found = proposal(
        "olanzapine 10 mg daily",
        "tablet 2.5 mg",
        schedule=(7.5, 5, 2.5, 0),
        method="typed",
        targets=("D2",),
        model="kapur1999-dose",
    )
    assert 100 * found.plan.drop[0] == pytest.approx(5.2, abs=0.1)


def test_sertraline_is_measured_as_finely_as_the_syringe_allows() -> None:
    """Rounding 20 mg/mL to whole millilitres makes a grid of 20 mg; a 0.01 mL mark makes 0.2 mg."""
    found = proposal("sertraline 50 mg daily", "solution 20 mg/mL, 0.01 mL", steps=10)
    volumes = np.array(found.plan.dose_mg) / 20
    assert np.allclose(volumes * 100, np.round(volumes * 100), atol=1e-9)
    assert min(mg for mg in found.plan.dose_mg if mg > 0) < 5


def test_a_cap_is_kept_by_the_fewest_steps_and_said_when_it_cannot_be() -> None:
    fine = proposal("citalopram 20 mg daily", "solution 2 mg/mL, 0.05 mL", largest_drop=0.10)
    assert fine.plan.worst_drop <= 0.10
    one_less = proposal(
        "citalopram 20 mg daily", "solution 2 mg/mL, 0.05 mL", steps=fine.plan.steps - 1
    )
    assert one_less.plan.worst_drop > 0.10
    coarse = proposal(
        "citalopram 20 mg daily", "tablet 10 mg, halves", largest_drop=0.05, model="sorensen2022"
    )
    document = taper_document(coarse, 0.9, regimen="citalopram 20 mg daily")
    assert coarse.plan.worst_drop == pytest.approx(0.5729, abs=1e-3)
    assert any("5 points" in note for note in document.notes)


def test_the_next_product_is_worth_what_it_says() -> None:
    mine = "tablet 10 mg, halves"
    document = taper_document(
        proposal("citalopram 20 mg daily", mine, market="US", steps=8),
        0.9,
        regimen="citalopram 20 mg daily",
    )
    best = document.next_product[0]
    again = proposal("citalopram 20 mg daily", mine, best.product, steps=8)
    assert again.plan.worst_drop == pytest.approx(best.worst_drop, abs=1e-6)
    assert again.plan.steps == best.steps
    assert document.worst_drop - best.worst_drop == pytest.approx(best.gain, abs=2e-6)


def test_a_market_gives_products_of_the_same_release_only() -> None:
    """A plan for XR venlafaxine is not made of quick-release tablets of the same strengths."""
    start = start_of("venlafaxine XR 75 mg daily")
    products, _ = products_at_hand(start, (), "US")
    assert products
    assert all("XR" in one.name or "extended" in one.name.lower() for one in products)


def test_two_targets_count_the_larger_fall() -> None:
    found = proposal("risperidone 4 mg daily", "tablet 1 mg, halves", steps=6, targets=("D2",))
    both = proposal(
        "risperidone 4 mg daily", "tablet 1 mg, halves", steps=6, targets=("D2", "5-HT2A")
    )
    assert both.plan.worst_drop >= found.plan.worst_drop - 1e-12


def test_taken_twice_a_day_is_made_twice_a_day() -> None:
    found = proposal("quetiapine 100 mg twice daily", "tablet 25 mg", steps=4)
    document = taper_document(found, 0.9, regimen="quetiapine 100 mg twice daily")
    assert document.start.dose_mg == 200
    assert all(len(step.at) == 2 for step in document.steps if step.dose_mg)


def test_a_robust_plan_has_the_smaller_95th_percentile() -> None:
    plain = proposal("citalopram 20 mg daily", "solution 2 mg/mL, 0.05 mL", steps=8)
    robust = proposal("citalopram 20 mg daily", "solution 2 mg/mL, 0.05 mL", steps=8, robust=True)

    def high(one: Proposal) -> float:
        theta = one.spread.targets[0].occupancy[:, list(one.plan.rung)]
        return float(np.quantile(-np.diff(theta, axis=1), 0.95, axis=0, method="higher").max())

    assert high(robust) <= high(plain) + 1e-12


def test_the_dataset_holds_the_plan() -> None:
    data = occupancy.plan_taper(
        "citalopram 20 mg daily", ["tablet 10 mg, halves"], steps=4, draws=20
    )
    assert list(data.dose.values) == [20, 15, 10, 5, 0]
    assert data.occupancy.dims == ("draw", "target", "step")
    assert data.attrs["certificate_checked"] == 1
    assert float(data.occupancy_drop.max()) == pytest.approx(data.attrs["worst_drop"])
    drop = -data.occupancy.sel(target="SERT").diff("step")
    assert bool((drop > 0).all())

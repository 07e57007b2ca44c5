"""Trials: the same whatever the chunks and executors, and what one person's course says."""

import math
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from occupancy.course import Sampling, trajectory
from occupancy.evidence.draws import sigma_of_cv
from occupancy.population import Bands, Population, PopulationError, Trial, trial
from occupancy.population.block import ArmSpec, prepared, simulate_block
from occupancy.population.sampler import PeopleSampler
from occupancy.population.streams import BLOCK
from occupancy.regimen import parse

ARMS = ["risperidone 4 mg daily for 4 days", "olanzapine 10 mg daily for 4 days"]
PEOPLE = Population(900, seed=2, ancestry="european")


def everything(result: Trial) -> list[np.ndarray]:
    """Every number of a result, to be compared bit by bit."""
    found: list[np.ndarray] = []
    for arm in result.arms.values():
        for one in arm.targets.values():
            found += [one.bands, *one.cycle.values()]
            found += [
                x for x in (one.below, one.inside, one.above, one.time_in_window) if x is not None
            ]
    return found


def identical(first: Trial, second: Trial) -> bool:
    return all(map(np.array_equal, everything(first), everything(second)))


@pytest.fixture(scope="module")
def reference() -> Trial:
    return trial(ARMS, PEOPLE, executor="serial", chunk=256, draws=2)


@pytest.mark.parametrize("chunk", [1, 300, 512, 10_000])
def test_chunks_change_nothing(reference: Trial, chunk: int) -> None:
    assert identical(trial(ARMS, PEOPLE, chunk=chunk, draws=2), reference)


@pytest.mark.parametrize("where", ["threads", "processes"])
def test_executors_change_nothing(reference: Trial, where: str) -> None:
    assert identical(trial(ARMS, PEOPLE, executor=where, chunk=256, draws=2), reference)


def test_arms_beside_it_change_nothing(reference: Trial) -> None:
    alone = trial(ARMS[1:], PEOPLE, draws=2)
    for field in ("bands", "inside"):
        both = getattr(reference.arms[ARMS[1]].targets["D2"], field)
        assert np.array_equal(getattr(alone.arms[ARMS[1]].targets["D2"], field), both)


def test_seeds_change_everything(reference: Trial) -> None:
    other = trial(ARMS, replace(PEOPLE, seed=3), draws=2)
    assert not identical(other, reference)
    assert identical(trial(ARMS, PEOPLE, draws=2), reference)


def test_a_person_is_computed_the_same_whatever_the_size(everybody) -> None:
    few = trial(ARMS[:1], replace(PEOPLE, size=300), reducers=[everybody])
    more = trial(ARMS[:1], PEOPLE, reducers=[everybody])
    first = few.arms[ARMS[0]].reduced["everybody"][0]
    second = more.arms[ARMS[0]].reduced["everybody"][0]
    assert first["occupancy"].shape[0] == 300
    for name, values in first.items():
        assert np.array_equal(values, second[name][:300]), name


def test_reducers_give_numpys_quantiles_and_shares(everybody) -> None:
    result = trial(ARMS, PEOPLE, reducers=[everybody])
    for arm in result.arms.values():
        kept, one = arm.reduced["everybody"][0], arm.targets["D2"]
        exact = np.quantile(kept["occupancy"], result.levels, axis=0)
        assert np.abs(one.bands[0] - exact).max() <= result.error * (1 + 1e-9)
        for name in ("trough", "average", "peak"):
            exact = np.quantile(kept[name], result.levels)
            assert np.abs(one.cycle[name][0] - exact).max() <= 5.0001e-5
        assert one.window is not None
        assert one.inside is not None
        assert one.above is not None
        assert one.below is not None
        assert one.time_in_window is not None
        average = kept["average"]
        assert one.above[0] == np.mean(average > one.window.high)
        assert one.below[0] == np.mean(average < one.window.low)
        assert one.above[0] + one.below[0] + one.inside[0] == pytest.approx(1.0, abs=1e-15)
        assert one.time_in_window[0] == pytest.approx(kept["in_window"].mean(), abs=1e-9)


@pytest.mark.parametrize(
    "regimen",
    [
        "citalopram 20 mg daily for 3 days",
        "clozapine 200 mg daily for 3 days",
        "risperidone 4 mg daily for 3 days",
        "aripiprazole 10 mg daily for 3 days",
        "sertraline 100 mg daily at steady state",
    ],
)
def test_without_variability_a_person_is_the_course_of_that_person(
    regimen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traits alone move a person: genes, smoking, age, weight, sex, as `course` computes them."""
    monkeypatch.setattr(PeopleSampler, "person_factor", lambda self, key, cv: np.ones(BLOCK))
    population = Population(BLOCK, seed=8, ancestry="european", smokers=0.5)
    arm = prepared(ArmSpec("a", parse(regimen), 3.0, None, 1, 8))
    block = simulate_block(arm, population.block(0), 0, 0, False, BLOCK)
    for number in (0, 17, 101, 255):
        alone = trajectory(
            parse(regimen),
            person=population.person(number),
            days=3.0,
            sampling=Sampling(1, 8, variability=False),
        )
        for target, course in alone.targets.items():
            assert block.occupancy[target][number] == pytest.approx(
                course.occupancy[0], rel=1e-11, abs=1e-14
            )
            assert block.cycle[target].peak[number] == pytest.approx(course.cycle.peak[0])


def test_people_differ_by_the_recorded_spread() -> None:
    population = Population(20 * BLOCK, seed=1)
    arm = prepared(ArmSpec("a", parse("olanzapine 10 mg daily for 2 days"), 2.0, None, 1, 1))
    record = arm.setting.product.record
    species = arm.setting.subject.model.species[0]
    figure = record.figures()[species.CL]
    assert figure.between_cv is not None

    def multipliers(ref: str, seed: int = 1) -> np.ndarray:
        parts = [
            PeopleSampler(
                record,
                Sampling(BLOCK, seed),
                uncertainty=arm.setting.subject.sampler,
                draw=0,
                block=number,
            ).between(ref)
            for number in range(population.blocks)
        ]
        return np.log(np.concatenate(parts))

    z = multipliers(species.CL)
    sigma = sigma_of_cv(figure.between_cv)
    assert z.mean() == pytest.approx(0.0, abs=4.5 * sigma / math.sqrt(z.size))
    assert z.std() == pytest.approx(sigma, rel=4.5 / math.sqrt(2 * z.size))
    other = multipliers(species.V)
    assert abs(np.corrcoef(z, other)[0, 1]) < 4.5 / math.sqrt(z.size)


def test_uncertainty_moves_everybody_and_people_stay_the_same(everybody) -> None:
    """Each draw is a whole trial: typical values move together, people keep their factors."""
    result = trial(ARMS[:1], replace(PEOPLE, occasions=False), draws=4, reducers=[everybody])
    draws = result.arms[ARMS[0]].reduced["everybody"]
    assert len(draws) == 4
    average = np.stack([one["average"] for one in draws])
    ages = np.stack([one["age"] for one in draws])
    assert np.all(ages == ages[0])
    # The spread between draws of one person is that of the typical values, the same for all;
    # people keep their order, so any two draws are almost perfectly correlated.
    assert np.corrcoef(average).min() > 0.9
    assert np.ptp(average.mean(axis=1)) > 0.01
    one = result.arms[ARMS[0]].targets["D2"]
    assert one.bands.shape == (4, 5, result.arms[ARMS[0]].time_h.size)


def test_one_draw_takes_typical_values_at_their_middle() -> None:
    arm = prepared(ArmSpec("a", parse(ARMS[0]), 4.0, None, 1, 0))
    other = prepared(ArmSpec("a", parse(ARMS[0]), 4.0, None, 1, 99))
    assert arm.links["D2"].Emax == other.links["D2"].Emax


def test_occasions_move_doses_and_not_people(everybody) -> None:
    regimen = ["escitalopram 10 mg daily for 6 days"]
    steady = trial(regimen, replace(PEOPLE, occasions=False), reducers=[everybody])
    moving = trial(regimen, PEOPLE, reducers=[everybody])
    a = steady.arms[regimen[0]].reduced["everybody"][0]["trough"]
    b = moving.arms[regimen[0]].reduced["everybody"][0]["trough"]
    assert np.corrcoef(a, b)[0, 1] > 0.98
    assert 0.0 < np.abs(a - b).max() < 0.3
    assert abs(np.median(a) - np.median(b)) < 0.02


def test_recorded_occasions_of_a_release_are_used_and_others_are_named() -> None:
    text = "aripiprazole lauroxil 882 mg every 4 weeks"
    spec = ArmSpec("a", parse(text), 60.0, None, 1, 0)
    arm = prepared(spec)
    people = Population(BLOCK).block(0)
    still = simulate_block(arm, people, 0, 0, False, 4)
    moving = simulate_block(arm, people, 0, 0, True, 4)
    assert any(one.figure == "duration-hard2017" for one in arm.setting.sources(arm.bindings)), (
        "the depot's model has changed"
    )
    assert not np.allclose(still.occupancy["D2"], moving.occupancy["D2"])
    result = trial(ARMS[1:], replace(PEOPLE, size=10))
    assert any("ka varies between occasions" in w for w in result.arms[ARMS[1]].warnings)


def test_smoking_lowers_clozapine_and_poor_metabolisers_have_more_citalopram(everybody) -> None:
    regimen = ["clozapine 200 mg daily for 5 days"]
    none, all_ = (
        trial(regimen, replace(PEOPLE, smokers=share), reducers=[everybody])
        .arms[regimen[0]]
        .reduced["everybody"][0]["average"]
        for share in (0.0, 1.0)
    )
    assert np.all(all_ < none)
    regimen = ["citalopram 20 mg daily for 5 days"]
    normal, poor = (
        trial(
            regimen,
            replace(PEOPLE, frequency={"CYP2C19": {code: 1.0}}),
            reducers=[everybody],
        )
        .arms[regimen[0]]
        .reduced["everybody"][0]["average"]
        for code in ("NM", "PM")
    )
    assert np.all(poor > normal)


def peak_bytes(size: int) -> int:
    tracemalloc.start()
    trial(ARMS, replace(PEOPLE, size=size), chunk=512)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_people() -> None:
    peak_bytes(512)
    small, large = peak_bytes(2048), peak_bytes(12_288)
    assert large < 1.05 * small, (
        f"{small / 1e6:.1f} MB, {large / 1e6:.1f} MB for six times the people"
    )


def test_progress_counts_people_of_every_draw() -> None:
    seen: list[tuple[int, int]] = []
    trial(ARMS[:1], PEOPLE, chunk=512, draws=2, progress=lambda *one: seen.append(one))
    assert seen == [(0, 1800), (512, 1800), (900, 1800), (1412, 1800), (1800, 1800)]


def test_a_dataset_holds_it_all(reference: Trial) -> None:
    data = reference.dataset()
    assert data.occupancy.dims == ("arm", "draw", "target", "quantile", "time")
    assert data.occupancy.sizes["draw"] == 2
    assert data.sizes["target"] == len({*data.target.values})
    assert data.occupancy.attrs["units"] == "1"
    assert np.nanmax(np.diff(data.occupancy.values, axis=3)) >= 0
    assert float(np.nanmin(np.diff(data.occupancy.values, axis=3))) >= 0.0
    assert data.attrs["people"] == 900


def test_arms_may_be_named_and_of_several_drugs() -> None:
    arms = {"one": "citalopram 20 mg daily for 2 days", "two": parse(ARMS[0])}
    result = trial(arms, replace(PEOPLE, size=20))
    assert list(result.arms) == ["one", "two"]
    assert set(result.arms["one"].targets) == {"SERT"}
    assert np.array_equal(result.arms["one"].time_h, result.arms["two"].time_h)
    assert np.isnan(result.dataset().occupancy.sel(arm="one", target="D2")).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trial([], PEOPLE), "one arm or more"),
        (lambda: trial("risperidone 4 mg daily", PEOPLE), "a list of regimens"),
        (lambda: trial([ARMS[0], ARMS[0]], PEOPLE), "stands twice"),
        (lambda: trial(ARMS, PEOPLE, draws=0), "draws = 0"),
        (lambda: trial(ARMS, PEOPLE, chunk=0), "chunk = 0"),
        (lambda: trial(ARMS, PEOPLE, days=float("nan")), "days = nan"),
        (lambda: trial(ARMS, PEOPLE, levels=(0.5, 1.5)), "between 0 and 1"),
        (lambda: trial(ARMS, PEOPLE, levels=(float("nan"),)), "between 0 and 1"),
        (lambda: trial(ARMS, PEOPLE, targets=["GABA"]), "no figure for 'GABA'"),
        (lambda: trial(ARMS, PEOPLE, executor="moon"), "not a place to compute"),
        (lambda: trial(ARMS, PEOPLE, reducers=[Bands(), Bands()]), "called 'bands'"),
        (lambda: trial(["20 mg daily"], PEOPLE), "names no drug"),
        (lambda: trial(["citalopran 20 mg daily"], PEOPLE), "did you mean"),
    ],
)
def test_what_cannot_be_tried_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_error_of_a_population_is_a_value_error() -> None:
    assert issubclass(PopulationError, ValueError)


@pytest.mark.parametrize(
    "arm",
    [
        "paroxetine 20 mg daily for 5 days then 40 mg daily for 5 days",
        "paliperidone LAI 100 mg every 28 days for 56 days",
    ],
)
def test_a_device_gives_the_same_to_rounding(everybody, arm: str) -> None:
    """Clearance that follows the dose, absorption of every dose its own, durations per person."""
    pytest.importorskip("jax")
    people = Population(300, 5)
    one, other = (
        trial([arm], people, reducers=[everybody], executor=where).arms[arm].reduced["everybody"][0]
        for where in ("serial", "jax")
    )
    for name, values in one.items():
        assert np.abs(other[name] - values).max() <= 1e-11, name

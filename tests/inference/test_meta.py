"""The hierarchical model: its density, published refits, and what it says when it cannot tell."""

import math

import numpy as np
import pytest

from occupancy.inference import MetaModel, Point, fit_dose_occupancy, read_points
from occupancy.inference.least_squares import two_readings
from occupancy.inference.meta_density import expected, log_density, unpack
from occupancy.inference.meta_layout import layout

# Means as published: Nogami 2013, Sekine 2010, Volkow 1998 (with SDs).
MEANS = {
    ("milnacipran", "SERT"): [(50, 0.33), (100, 0.386), (150, 0.60), (200, 0.615)],
    ("milnacipran", "NET"): [(25, 0.253), (100, 0.40), (125, 0.473), (200, 0.499)],
    ("nortriptyline", "NET"): [(10, 0.164), (25, 0.332), (75, 0.411)],
    ("methylphenidate", "DAT"): [
        *((5, 0.12, 0.04), (10, 0.40, 0.12), (20, 0.54, 0.05)),
        *((40, 0.72, 0.03), (60, 0.74, 0.02)),
    ],
}


def points(*curves: tuple[str, str]) -> list[Point]:
    return [
        Point(
            drug=drug,
            target=target,
            dose_mg=row[0],
            occupancy=row[1],
            sd=row[2] if len(row) > 2 else None,
            n=7 if drug == "methylphenidate" else 6,
        )
        for drug, target in curves or MEANS
        for row in MEANS[drug, target]
    ]


@pytest.mark.parametrize(
    ("curve", "published"),
    [
        (("milnacipran", "SERT"), 120.8),
        (("milnacipran", "NET"), 149.9),
        (("nortriptyline", "NET"), 76.8),
        (("methylphenidate", "DAT"), 18.2),
    ],
)
def test_least_squares_gives_published_half_doses(curve: tuple[str, str], published: float) -> None:
    found = two_readings(points(curve))
    assert found is not None
    assert found.fixed == pytest.approx(published, rel=0.02)


def test_a_free_ceiling_moves_milnacipran_at_net() -> None:
    found = two_readings(points(("milnacipran", "NET")))
    assert found is not None
    assert found.free == pytest.approx(33.8, rel=0.02)
    assert found.emax == pytest.approx(0.577, abs=0.005)
    assert 1e4 * found.sse_fixed == pytest.approx(177, abs=1)
    assert 1e4 * found.sse_free == pytest.approx(14, abs=0.5)


def test_density_is_the_written_one() -> None:
    pytest.importorskip("jax")
    from scipy.stats import halfnorm, norm

    rows = [
        Point(drug="a", target="T", dose_mg=10.0, occupancy=0.5, sd=0.1, n=4),
        Point(drug="a", target="T", dose_mg=20.0, occupancy=None, low=0.4, high=0.8),
    ]
    model = MetaModel(emax=0.9)
    place = layout(rows, model)
    q = np.array([0.3, -3.0, 0.5])
    u = unpack(place, model, q, np)
    ed50 = math.exp(0.5 * math.log(200.0) + 2.0 * 0.3)
    theta = 0.9 * np.array([10.0, 20.0]) / (np.array([10.0, 20.0]) + ed50)
    np.testing.assert_allclose(expected(place, u, np), theta, rtol=1e-12)
    misfit, spread = math.exp(-3.0), 0.1 * math.exp(0.4 * 0.5)
    sd = np.sqrt([0.1**2 / 4 + misfit**2, spread**2 + misfit**2])
    wanted = (
        norm.logpdf([0.3, 0.5]).sum()
        + halfnorm.logpdf(misfit, scale=0.05)
        + math.log(misfit)
        + norm.logpdf(0.5, theta[0], sd[0])
        + math.log(norm.cdf(0.8, theta[1], sd[1]) - norm.cdf(0.4, theta[1], sd[1]))
    )
    import jax

    assert float(log_density(place, model)(jax.numpy.asarray(q))) == pytest.approx(
        wanted, rel=1e-10
    )


@pytest.mark.parametrize("scale", ["natural", "logit"])
def test_density_has_a_gradient_everywhere(scale: str) -> None:
    jax = pytest.importorskip("jax")
    rows = [
        *points(),
        Point(drug="milnacipran", target="NET", dose_mg=50.0, occupancy=None, high=0.4),
        Point(drug="milnacipran", target="NET", dose_mg=50.0, occupancy=None, low=0.1),
        Point(drug="milnacipran", target="NET", dose_mg=50.0, occupancy=None, low=0.2, high=0.5),
        Point(drug="milnacipran", target="NET", dose_mg=50.0, occupancy=0.35, study="other", n=3,
              repeated=False),
        Point(drug="milnacipran", target="NET", dose_mg=50.0, occupancy=0.35, study="x", n=3),
    ]  # fmt: skip
    model = MetaModel(scale=scale, hill=None)  # type: ignore[arg-type]
    place = layout(rows, model)
    density = log_density(place, model)
    rng = np.random.default_rng(0)
    for size in (0.1, 1.0, 3.0):
        q = size * rng.standard_normal(place.dim)
        value, slope = jax.value_and_grad(density)(jax.numpy.asarray(q))
        assert np.isfinite(value)
        assert np.isfinite(np.asarray(slope)).all()
        for j in range(place.dim):
            step = np.zeros(place.dim)
            step[j] = 1e-5
            up, down = density(jax.numpy.asarray(q + step)), density(jax.numpy.asarray(q - step))
            assert float(slope[j]) == pytest.approx(
                (float(up) - float(down)) / 2e-5, rel=1e-4, abs=1e-4
            )


def test_effects_enter_only_where_a_curve_shows_two_levels() -> None:
    assert not layout(points(), MetaModel()).factors
    rows = [*points(("milnacipran", "NET"))]
    rows.append(Point(drug="milnacipran", target="NET", dose_mg=50.0, occupancy=0.3, study="A"))
    rows.append(Point(drug="milnacipran", target="NET", dose_mg=50.0, occupancy=0.3, study="B"))
    place = layout(rows, MetaModel())
    assert [one.name for one in place.factors] == ["study"]
    assert place.factors[0].levels == ("A (NET)", "B (NET)")
    assert not layout(rows, MetaModel(effects=())).factors


def test_impossible_requests_are_refused() -> None:
    mixed = [
        Point(drug="a", target="T", dose_mg=1.0, occupancy=0.5),
        Point(drug="a", target="T", concentration=1.0, occupancy=0.5),
    ]
    with pytest.raises(ValueError, match="two tables"):
        layout(mixed, MetaModel())
    with pytest.raises(ValueError, match="no points"):
        layout([], MetaModel())
    with pytest.raises(ValueError, match=r"emax = 1\.2"):
        MetaModel(emax=1.2)
    with pytest.raises(ValueError, match="unknown effects age"):
        MetaModel(effects=("age",))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="draws = 1"):
        fit_dose_occupancy(points(), draws=1)


@pytest.mark.slow
def test_posterior_medians_are_the_published_half_doses() -> None:
    pytest.importorskip("numpyro")
    fit = fit_dose_occupancy(points(), MetaModel(emax=1.0), seed=3)
    assert fit.distrust == ()
    for (drug, target), published in {
        ("milnacipran", "SERT"): 120.8,
        ("milnacipran", "NET"): 149.9,
        ("nortriptyline", "NET"): 76.8,
        ("methylphenidate", "DAT"): 18.5,
    }.items():
        curve = fit.curve(drug, target)
        assert np.median(curve.ed50) == pytest.approx(published, rel=0.02)
        assert curve.identified


@pytest.mark.slow
def test_free_ceilings_are_called_what_they_are() -> None:
    pytest.importorskip("numpyro")
    fit = fit_dose_occupancy(points(), seed=3)
    assert fit.distrust == ()
    net = fit.curve("milnacipran", "NET")
    assert not net.identified
    assert "150 mg with Emax fixed at 100 % and 33.9 mg with it free" in net.why_not_identified
    assert fit.curve("methylphenidate", "DAT").identified


@pytest.mark.slow
def test_intervals_ranges_and_missing_sds_carry_information() -> None:
    pytest.importorskip("numpyro")
    header = "drug,target,dose_mg,occupancy,sd,low,high,n\n"
    text = header + "a,D2,2,50,8,,,6\na,D2,4,,,50,80,9\na,D2,8,,,70,,\na,D2,1,33,,,,6\n"
    fit = fit_dose_occupancy(read_points(text, missing_sd="estimate").points, seed=1)
    without = fit_dose_occupancy(read_points(header + "a,D2,2,50,8,,,6\n").points, seed=1)
    wide, narrow = (np.diff(np.quantile(np.log(f.curve("a", "D2").ed50), [0.05, 0.95]))[0]
                    for f in (without, fit))  # fmt: skip
    assert narrow < 0.7 * wide
    assert fit.distrust == ()

"""What a sampler walks in: its density, and the parameters put back, are those of the model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from occupancy.inference import MetaModel, Point, meta_coordinates
from occupancy.inference.meta_coordinates import restored, sample_meta, walked_density
from occupancy.inference.meta_density import log_density, unpack
from occupancy.inference.meta_layout import Layout, layout
from occupancy.inference.meta_rows import of_rows

MODEL = MetaModel(emax=0.9)


def table() -> Layout:
    """A curve with two studies, one of them pooling three, and one with one study."""
    rows = [
        Point(
            drug=drug, target="T", dose_mg=dose, occupancy=y, sd=0.08, n=6, study=study,
            tracer=tracer, repeated=tracer == "x", studies=3 if study == "two" else 1,
        )
        for drug, study, y, tracer in (
            *(("a", "one", 0.4, "x"), ("a", "two", 0.55, "y"), ("b", "one", 0.5, "x")),
        )
        for dose in (5.0, 20.0)
    ]  # fmt: skip
    return layout(rows, MODEL)


def test_what_is_left_is_the_integral() -> None:
    pytest.importorskip("jax")
    place = table()
    full = log_density(place, MODEL)
    short = walked_density(place, MODEL, full)
    rng = np.random.default_rng(3)
    x, step = np.linspace(-6.0, 6.0, 121, retstep=True)
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    import jax

    whole_of = jax.jit(jax.vmap(full))
    for _ in range(3):
        walked = 0.4 * rng.standard_normal(place.dim - 2)
        walked[place.slices["study_scale"].start - 2] = 0.3
        rest = restored(place, MODEL, walked, seed=0)[2:]
        q = np.concatenate([grid, np.broadcast_to(rest, (len(grid), rest.size))], axis=1)
        values = np.asarray(whole_of(q))
        whole = values.max() + np.log(np.exp(values - values.max()).sum() * step**2)
        # the constant sqrt(2 pi) of each curve's law is left out
        wanted = whole - 2 * 0.5 * np.log(2 * np.pi)
        assert float(short(walked)) == pytest.approx(wanted, abs=1e-6)


def test_draws_put_back_have_the_conditional_law() -> None:
    pytest.importorskip("jax")
    place = table()
    walked = 0.4 * np.random.default_rng(5).standard_normal(place.dim - 2)
    many = restored(place, MODEL, np.broadcast_to(walked, (4000, walked.size)), seed=1)
    assert np.ptp(many[:, 2:], axis=0).max() == 0.0
    import jax

    full = jax.jit(jax.vmap(log_density(place, MODEL)))
    x = np.linspace(-6.0, 6.0, 1201)
    for curve in (0, 1):  # given the rest, curves are independent
        at = np.tile(many[0], (x.size, 1))
        at[:, curve] = x
        values = np.asarray(full(at))
        cdf = np.cumsum(np.exp(values - values.max()))
        p = stats.kstest(many[:, curve], lambda y, c=cdf: np.interp(y, x, c / c[-1])).pvalue
        assert p > 0.001


@pytest.mark.parametrize(("studies", "many"), [(False, 99), (False, 1), (True, 1)])
def test_density_is_that_of_q_times_the_volume(
    studies: bool, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meta_coordinates, "MANY_CURVES", many)
    jax = pytest.importorskip("jax")
    model = MetaModel(effects=MetaModel().effects if studies else ())
    place = layout(table().points, model)
    skip = len(place.curves) if studies else 0
    full, rng = log_density(place, model), np.random.default_rng(2)
    walked_of = walked_density(place, model, full)
    for _ in range(3):
        walked = 0.5 * rng.standard_normal(place.dim - skip)
        q = restored(place, model, walked, seed=4)

        def back(x: np.ndarray) -> np.ndarray:
            return restored(place, model, x, seed=4)[skip:]

        steps = 1e-5 * np.eye(walked.size)
        slopes = np.array([(back(walked + s) - back(walked - s)) / 2e-5 for s in steps])
        wanted = float(full(jax.numpy.asarray(q))) + np.linalg.slogdet(slopes)[1]
        if studies:  # half exposures of curves, drawn from their law given the rest
            drawn = restored(place, model, np.broadcast_to(walked, (20_000, walked.size)), seed=5)
            mean, sd = drawn[:, :skip].mean(axis=0), drawn[:, :skip].std(axis=0)
            wanted += float(np.sum(0.5 * ((q[:skip] - mean) / sd) ** 2 + np.log(sd)))
        assert float(walked_of(jax.numpy.asarray(walked))) == pytest.approx(
            wanted, abs=0.05 if studies else 1e-6
        )


def test_what_rows_of_a_study_share_is_walked_as_one_number() -> None:
    """Scales and effects may move; the half exposure that rows see stays with the study's."""
    place = table()
    walked = 0.4 * np.random.default_rng(7).standard_normal((2, place.dim - 2))
    own = slice(place.slices["study"].start - 2, place.slices["study"].stop - 2)
    walked[1, own] = walked[0, own]
    u = unpack(place, MODEL, restored(place, MODEL, walked, seed=0), np)
    np.testing.assert_allclose(u.log_half[0], u.log_half[1], rtol=1e-12)


@pytest.mark.slow
def test_the_posterior_is_that_of_the_whole_density() -> None:
    pytest.importorskip("numpyro")
    from occupancy.inference.chains import rhat
    from occupancy.inference.nuts import sample

    place = table()
    density = log_density(place, MODEL)
    ours = sample_meta(place, MODEL, density, seed=1, target_accept=(0.95,)).q
    plain = sample(density, place.dim, seed=2, target_accept=(0.99,)).q
    assert rhat(np.concatenate([ours, plain])).max() < 1.02


@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=12),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=25, deadline=None)
def test_rows_pick_their_group_and_hand_its_slope_back(groups: list[int], seed: int) -> None:
    """As a product with the matrix of ones does, groups without rows included."""
    jax = pytest.importorskip("jax")
    from occupancy.engine.jax_runtime import load

    load()
    member = np.equal.outer(groups, np.arange(5)).astype(float)
    rng = np.random.default_rng(seed)
    values, weight = rng.standard_normal(5), rng.standard_normal(len(groups))
    np.testing.assert_array_equal(of_rows(member, values, np), member @ values)
    slope = jax.grad(lambda v: (weight * of_rows(member, v, jax.numpy)).sum())(values)
    np.testing.assert_allclose(slope, weight @ member, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(of_rows(member, values[None], np), (member @ values)[None])

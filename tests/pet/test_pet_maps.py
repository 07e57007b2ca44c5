"""Parametric maps: the regional fits in every voxel, and what is wrong with a voxel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from occupancy.engine.executor_words import executor_of
from occupancy.engine.executors import Threads
from occupancy.pet.arterial_models import OneTissue, TwoTissueIrreversible
from occupancy.pet.convolution import convolve
from occupancy.pet.error import PetError
from occupancy.pet.frames import Frames
from occupancy.pet.input_function import InputFunction
from occupancy.pet.piecewise import Piecewise, curve_of_frames
from occupancy.pet.scan_fit import fit
from occupancy.pet.simulation import simulate
from occupancy.pet.tac import TimeActivity
from occupancy.pet.voxel_maps import STATES, fit_maps

VOXELS = 300


@pytest.fixture
def reference(frames: Frames, plasma: Piecewise) -> np.ndarray:
    return simulate(OneTissue(0.0), {"K1": 0.1, "k2": 0.09}, plasma, frames)


@pytest.fixture
def truth() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    return {
        "BP_ND": rng.uniform(-0.2, 4.0, VOXELS),
        "R1": rng.uniform(0.6, 1.4, VOXELS),
        "k2": rng.uniform(0.05, 0.2, VOXELS),
    }


@pytest.fixture
def image(frames: Frames, reference: np.ndarray, truth: dict[str, np.ndarray]) -> np.ndarray:
    """SRTM without noise, exact, in 300 voxels."""
    source = curve_of_frames(frames, reference, "average")
    k2a = truth["k2"] / (1 + truth["BP_ND"])
    parts = convolve(source, k2a, frames, "average").T
    R1 = truth["R1"][:, None]
    return R1 * reference + (truth["k2"] - truth["R1"] * k2a)[:, None] * parts


def with_noise(image: np.ndarray, share: float = 0.02) -> np.ndarray:
    return image + share * image.mean() * np.random.default_rng(4).standard_normal(image.shape)


def as_regions(frames: Frames, image: np.ndarray, reference: np.ndarray) -> TimeActivity:
    columns = {f"v{i}": curve for i, curve in enumerate(image)} | {"reference": reference}
    return TimeActivity.from_columns(frames, columns, unit="kBq/mL", decay_corrected=True)


@pytest.mark.parametrize("weighted", [False, True])
def test_without_noise_the_maps_are_the_truth(frames, reference, image, truth, weighted):
    weights = frames.duration if weighted else None
    found = fit_maps(image, frames, "srtm", reference=reference, weights=weights)
    assert found.maps["BP_ND"] == pytest.approx(truth["BP_ND"], abs=1e-4)
    assert found.maps["R1"] == pytest.approx(truth["R1"], rel=1e-4)
    assert found.maps["k2"] == pytest.approx(truth["k2"], rel=5e-4)
    assert (found.state == 1).all()
    assert found.notes == ()


def test_refinement_finds_the_minimum_of_the_full_fit(frames, reference, image):
    """Estimates and standard errors are those of `fit` where the reference is without noise."""
    noisy = with_noise(image[:40])
    found = fit_maps(noisy, frames, "srtm", reference=reference)
    full = fit(as_regions(frames, noisy, reference), "srtm", reference="reference")
    for name in ("BP_ND", "R1", "k2"):
        values, se = full.estimates(name)
        assert (np.abs(found.maps[name] - values) < 0.02 * se).all()
        assert found.se[name] == pytest.approx(se, rel=0.03)
    assert found.wrss == pytest.approx([one.wrss for one in full.fits], rel=1e-4)


def test_intervals_of_voxels_cover_the_truth(frames, reference, image, truth):
    noisy = with_noise(np.repeat(image, 8, axis=0))
    found = fit_maps(noisy, frames, "srtm", reference=reference)
    usable = found.state == 1
    z = (found.maps["BP_ND"] - np.repeat(truth["BP_ND"], 8)) / found.se["BP_ND"]
    assert 0.92 < np.mean(np.abs(z[usable]) < 2.05) < 0.98


@pytest.mark.parametrize("weights", [None, "duration"])
@pytest.mark.parametrize(("model", "name"), [("mrtm2", "BP_ND"), ("reference-logan", "BP_ND")])
def test_linear_maps_are_the_regional_fits(frames, reference, image, model, name, weights):
    noisy = with_noise(image[:30])
    t_star = 20.0 if model == "reference-logan" else 0.0
    per_frame = None if weights is None else frames.duration / frames.duration.max()
    found = fit_maps(
        noisy, frames, model, reference=reference, k2prime=0.09, t_star=t_star, weights=per_frame
    )
    full = fit(
        as_regions(frames, noisy, reference), model, reference="reference", k2prime=0.09,
        t_star=t_star, weights=weights,
    )  # fmt: skip
    for what in (name, "R1" if model == "mrtm2" else "DVR"):
        values, se = full.estimates(what)
        assert found.maps[what] == pytest.approx(values, rel=1e-8)
        assert found.se[what] == pytest.approx(se, rel=1e-6)


@pytest.mark.parametrize(("model", "name"), [("logan", "V_T"), ("patlak", "K_i")])
def test_arterial_maps_are_the_regional_fits(frames, plasma, model, name):
    rng = np.random.default_rng(8)
    sets = [(0.1 * (1 + i / 20), 0.12, 0.05) for i in range(12)]
    clean = np.array(
        [
            simulate(TwoTissueIrreversible(0.0), dict(zip(("K1", "k2", "k3"), p, strict=True)),
                     plasma, frames)
            if model == "patlak"
            else simulate(OneTissue(0.0), {"K1": p[0], "k2": 0.05}, plasma, frames)
            for p in sets
        ]
    )  # fmt: skip
    noisy = clean * (1 + 0.01 * rng.standard_normal(clean.shape))
    blood = InputFunction(plasma.times, plasma.values, "kBq/mL", True, True)
    found = fit_maps(noisy, frames, model, blood=blood, unit="kBq/mL", t_star=20.0, delay=0.1)
    tacs = as_regions(frames, noisy, noisy[0])
    full = fit(tacs, model, blood=blood, vB=0.0, t_star=20.0, delay=0.1,
               regions=[f"v{i}" for i in range(12)])  # fmt: skip
    values, se = full.estimates(name)
    assert found.maps[name] == pytest.approx(values, rel=1e-8)
    assert found.se[name] == pytest.approx(se, rel=1e-6)


def test_a_mask_and_an_image_keep_their_shape(frames, reference, image):
    block = image[:60].reshape(3, 4, 5, -1)
    mask = np.zeros((3, 4, 5))
    mask[1, :2, 3] = 1
    told: list[tuple[int, int]] = []
    found = fit_maps(
        block, frames, "srtm", reference=reference, mask=mask, chunk=1,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert found.maps["BP_ND"].shape == (3, 4, 5)
    assert np.isfinite(found.maps["BP_ND"]).sum() == 2
    assert (found.state == mask).all()
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize("model", ["srtm", "mrtm2"])
def test_chunks_threads_and_jax_give_the_same_maps(frames, reference, image, model):
    noisy = with_noise(image)
    common = {"reference": reference, "k2prime": 0.09}
    one = fit_maps(noisy, frames, model, **common)
    for other in (
        fit_maps(noisy, frames, model, chunk=37, executor=Threads(2), **common),
        fit_maps(noisy, frames, model, backend="jax", chunk=128, **common),
    ):
        for name, values in one.maps.items():
            assert other.maps[name] == pytest.approx(values, rel=1e-9, abs=1e-12)
            if name in one.se:
                assert other.se[name] == pytest.approx(one.se[name], rel=1e-7, nan_ok=True)


@pytest.fixture(scope="module")
def dask_address() -> Iterator[str]:
    """A cluster of two workers in this process."""
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", host="127.0.0.1",
        dashboard_address=None, silence_logs="CRITICAL",
    ) as cluster:  # fmt: skip
        yield cluster.scheduler_address


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("model", ["srtm", "mrtm2", "reference-logan"])
def test_a_cluster_gives_the_same_maps_whatever_the_chunks(
    frames, reference, image, model, dask_address
):
    """Bit for bit those of this process in one chunk."""
    noisy = with_noise(image).reshape(15, 20, -1)
    noisy[3, 4, 7] = np.nan
    common = {
        "reference": reference, "k2prime": 0.09, "t_star": 5.0, "weights": frames.duration,
        "mask": np.arange(300).reshape(15, 20) % 7 > 0,
    }  # fmt: skip
    whole = fit_maps(noisy, frames, model, **common)
    for chunk in (100, 64, 7):
        told: list[int] = []
        there = fit_maps(
            noisy, frames, model, chunk=chunk, executor=executor_of(dask_address),
            progress=lambda done, _, told=told: told.append(done), **common,
        )  # fmt: skip
        assert told == sorted(told)
        assert told[-1] == int(common["mask"].sum())
        assert np.array_equal(there.state, whole.state)
        assert there.notes == whole.notes
        for here, far in ((whole.maps, there.maps), (whole.se, there.se)):
            for name, values in here.items():
                assert np.array_equal(values, far[name], equal_nan=True), (name, chunk)


def test_what_is_wrong_with_a_voxel_is_said(frames, reference, image):
    broken = image[:8].copy()
    broken[1, 5] = np.nan
    broken[2] = 0.0
    broken[3, 7] = np.inf
    broken[4] = 1e3 * frames.mid**3  # rises as no tissue does
    found = fit_maps(broken, frames, "srtm", reference=reference)
    assert [STATES[int(found.state[i])] for i in (0, 1, 2, 3, 4)] == [
        "fitted", "a value is not finite", "zero in every frame", "a value is not finite",
        "k2a on its bound",
    ]  # fmt: skip
    assert np.isnan(found.maps["BP_ND"][[1, 2, 3]]).all()
    assert np.isnan(found.se["BP_ND"][4])
    assert np.isfinite(found.maps["BP_ND"][[0, 5, 6, 7]]).all()
    assert "2 voxels: a value is not finite" in found.notes
    linear = fit_maps(broken, frames, "mrtm2", reference=reference, k2prime=0.1)
    assert np.isnan(linear.maps["BP_ND"][[1, 2, 3]]).all()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"model": "2tcm"}, "allowed for maps"),
        ({"reference": None}, "need `reference`"),
        ({"reference": np.zeros(35)}, "one value per frame"),
        ({"mask": np.ones(3)}, "The mask has shape"),
        ({"mask": np.zeros(300)}, "no voxel above zero"),
        ({"model": "mrtm2"}, "needs k2prime"),
        ({"model": "reference-logan", "t_star": 87.0}, "leaves 1 frames"),
        ({"model": "logan"}, "need `blood`"),
        ({"rates": (1.0, 0.1)}, "must be positive and rise"),
        ({"chunk": 0}, "one voxel or more"),
    ],
)
def test_what_cannot_be_is_refused(frames, reference, image, change, word):
    given = {"model": "srtm", "reference": reference} | change
    if isinstance(change.get("reference"), np.ndarray):
        given["reference"] = np.zeros(len(frames) - 1)
    with pytest.raises(PetError, match=word):
        fit_maps(image, frames, given.pop("model"), **given)


def test_a_zero_reference_is_refused(frames, image):
    with pytest.raises(PetError, match="is zero"):
        fit_maps(image, frames, "srtm", reference=np.zeros(len(frames)))
    with pytest.raises(PetError, match="last axis must be time"):
        fit_maps(image[:, :-1], frames, "srtm", reference=np.ones(len(frames)))

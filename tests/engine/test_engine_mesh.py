"""Steps for everybody: cut where asked, and read where every output lies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.engine import Mesh, StiffModel, StiffState, simulate_stiff
from occupancy.engine.mesh import READS_PER_STEP, read_places
from occupancy.engine.stiff_differentiable import stiff_program

lengths = st.lists(st.floats(1e-3, 50.0), min_size=1, max_size=6)
shares = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60)


def mesh_of(steps: list[float]) -> Mesh:
    ends = np.cumsum(steps)
    begins = np.concatenate([[0.0], ends[:-1]])
    return Mesh(begins, ends - begins, np.zeros(ends.size, dtype=np.int32))


@settings(deadline=None)
@given(lengths, shares, st.booleans(), st.integers(0, 20))
def test_every_output_is_read_once_and_where_it_lies(
    steps: list[float], places: list[float], log: bool, neighbours: int
) -> None:
    mesh = mesh_of(steps)
    end = mesh.t_h[-1] + mesh.h[-1]
    x = np.asarray(places)
    times = end * (10.0 ** (-9.0 * x) if log else x)
    # and numbers next to each other: up from the first, down from the end
    up, down = [times.min()], [end]
    for _ in range(neighbours):
        up.append(np.nextafter(up[-1], np.inf))
        down.append(np.nextafter(down[-1], 0.0))
    times = np.unique(np.minimum([*times, *up, *down], end))
    used, reading = read_places(mesh, times)
    assert reading.reads.max() <= READS_PER_STEP
    assert (used.h > 0.0).all()
    assert used.t_h[-1] + used.h[-1] == pytest.approx(end, rel=1e-15)
    np.testing.assert_allclose(used.t_h[1:], (used.t_h + used.h)[:-1], rtol=1e-12)
    read: dict[int, float] = {}
    for step, (first, count) in enumerate(zip(reading.first, reading.reads, strict=True)):
        for r in range(count):
            at = used.t_h[step] + reading.theta[step, r] * used.h[step]
            assert read.setdefault(int(first) + r, at) is at
    assert sorted(read) == list(range(times.size))
    np.testing.assert_allclose([read[k] for k in range(times.size)], times, rtol=1e-13, atol=1e-300)


@settings(deadline=None)
@given(lengths, shares)
def test_a_cut_mesh_is_the_same_mesh_with_more_nodes(
    steps: list[float], places: list[float]
) -> None:
    mesh = mesh_of(steps)
    inside = np.unique((mesh.t_h[-1] + mesh.h[-1]) * np.asarray(places))
    inside = np.setdiff1d(inside, [*mesh.t_h, mesh.t_h[-1] + mesh.h[-1]])
    cut = mesh.cut(inside)
    assert set(mesh.t_h) | set(inside) == set(cut.t_h)
    assert cut.h.sum() == pytest.approx(mesh.h.sum(), rel=1e-12)
    whole = np.isin(cut.t_h, mesh.t_h) & ~np.isin(np.append(cut.t_h[1:], -1.0), inside)
    np.testing.assert_array_equal(cut.h[whole], mesh.h[np.isin(mesh.t_h, cut.t_h[whole])])


#: A person whose state approaches 1 with a day's time constant.
SLOW = StiffModel(lambda t, y, p, f: [(1.0 - y[0]) / p["tau"]], (StiffState("y", 0.0, 1.0),))
#: Many outputs within one long step, crowded at its beginning, some of them twice or five times.
CROWDED = np.sort(np.concatenate([np.geomspace(1e-6, 240.0, 90), [0.0] * 5, [1e-3] * 7, [240.0]]))


@pytest.mark.parametrize("mode", ["auto", "mesh", "adaptive"])
def test_crowded_outputs_are_read_where_they_lie(mode: str) -> None:
    found = simulate_stiff(SLOW, {"tau": 24.0}, CROWDED, y0=[0.0], rtol=1e-8, atol=1e-12, mode=mode)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.times_h, CROWDED)
    np.testing.assert_allclose(found["y"][:, 0], -np.expm1(-CROWDED / 24.0), rtol=1e-7, atol=1e-11)


def test_a_program_reads_them_there_too() -> None:
    run = stiff_program(SLOW, {"tau": 24.0}, CROWDED, y0=[0.0], rtol=1e-8, atol=1e-12)
    y = np.asarray(run({"tau": np.float64(24.0)})["y"])[:, 0]
    np.testing.assert_allclose(y, -np.expm1(-CROWDED / 24.0), rtol=1e-7, atol=1e-11)

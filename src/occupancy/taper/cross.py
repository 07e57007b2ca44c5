"""Cross-taper: one drug down, another up, at one shared target.

Both drugs compete for the same sites. With the scaled concentrations x = C/K of each alone,

    θ(a, b) = (Emax_A x_a + Emax_B x_b) / (1 + x_a + x_b)

(Gaddum), so what one drug gives up is partly taken by the other and occupancies do not add. The
plan of at most n steps whose largest change of θ, up or down, is smallest, is found exactly on
the lattice of both drugs' feasible doses; a step may change either drug or both. The lattice
has N = m_A m_B nodes and m_A (m_A + 1) m_B (m_B + 1) / 4 steps; memory goes with N², time with
N² per cap tried and n N² for the evenest path, so N is limited.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from occupancy.laws import competition, inverse_occupancy
from occupancy.taper.bottleneck import Dense, evenest_path, smallest_cap
from occupancy.taper.ladder import CHUNK, SAME_DOSE, Array, Band, Indices, rank_of

#: Nodes of the lattice; its table of costs takes 8 N² bytes, 50 MB at most.
MOST_NODES = 2500
#: Draws times steps of the lattice whose change is taken: some seconds.
MOST_CHANGES = 400_000_000


@dataclass(frozen=True, eq=False)
class CrossDrug:
    """One drug of the two.

    Attributes:
        dose_mg: (m,), feasible doses, ascending.
        scaled: x = C/K at the shared target, (m,) or (draws, m); see `scaled_of`.
        from_mg: dose now.
        to_mg: dose at the end.
        emax: occupancy at saturation, one value or one per draw.
    """

    dose_mg: ArrayLike
    scaled: ArrayLike
    from_mg: float
    to_mg: float
    emax: ArrayLike = 1.0


@dataclass(frozen=True)
class CrossPlan:
    """Doses of both drugs, step by step.

    Attributes:
        a_mg, b_mg: doses of the drug that goes down and of the one that goes up, (n + 1).
        change: of the combined occupancy, per step (n): Q_q(|Δθ|) over the draws.
        quantile: q; None with one draw.
        occupancy: combined, (n + 1).
        moved: its signed change at every step, (n).
        best_possible: the smallest worst change when any number of steps may be taken.
    """

    a_mg: tuple[float, ...]
    b_mg: tuple[float, ...]
    change: tuple[float, ...]
    quantile: float | None
    occupancy: tuple[Band, ...]
    moved: tuple[Band, ...]
    best_possible: float

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.change)

    @property
    def worst_change(self) -> float:
        """The largest `change`; no plan of as many steps on these doses has a smaller one."""
        return max(self.change)


def scaled_of(occupancy: ArrayLike, emax: ArrayLike = 1.0) -> Array:
    """x = θ / (Emax − θ) of a drug alone, from its own dose curve; shapes broadcast.

    Raises:
        ValueError: an occupancy below 0, or at or above Emax.
    """
    theta, top = np.broadcast_arrays(np.asarray(occupancy, float), np.asarray(emax, float))
    wrong = ~((theta >= 0) & (theta < top))
    if wrong.any():
        raise ValueError(
            f"occupancy = {theta[wrong][0]:g} is not allowed with Emax = {top[wrong][0]:g}; "
            "give fractions from 0 to below Emax."
        )
    return np.asarray(inverse_occupancy(theta, 1.0, top), dtype=np.float64)


def combined_occupancy(
    x_a: ArrayLike, x_b: ArrayLike, emax_a: ArrayLike = 1.0, emax_b: ArrayLike = 1.0
) -> Array:
    """Occupancy of the shared target by both drugs; see the head of this module.

    Shapes broadcast; with x_b = 0 it is Emax_A x_a / (1 + x_a), and the other way round.
    """
    own_a, own_b = _parts(x_a, x_b, emax_a, emax_b)
    return own_a + own_b


def cross_taper(down: CrossDrug, up: CrossDrug, *, steps: int, quantile: float = 0.95) -> CrossPlan:
    """The cross-taper of at most `steps` steps with the smallest worst change of occupancy.

    The drug that goes down never rises again, the other never falls. Where the target is nearly
    full, its occupancy hardly says which drug fills it, so many plans tie; of those, the one in
    which both drugs hand over most evenly (smallest sum of squared changes of each drug's own
    part of the occupancy, at its median), then fewest steps, then the first drug kept longest.

    Raises:
        ValueError: no steps; doses that are not on their grids or go the wrong way; a lattice
            that is too large (thin the doses).
    """
    if steps < 1:
        raise ValueError(f"steps = {steps} is not allowed; give 1 or more.")
    if not 0 < quantile < 1:
        raise ValueError(f"quantile = {quantile:g} is not allowed; give a share between 0 and 1.")
    dose_a, x_a = _range("down", down, falling=True)
    dose_b, x_b = _range("up", up, falling=False)
    # The node of the start is the last one: drug A ascending, drug B descending.
    dose_b, x_b = dose_b[::-1], x_b[:, ::-1]
    if dose_a.size * dose_b.size > MOST_NODES:
        raise ValueError(
            f"{dose_a.size} doses of one drug and {dose_b.size} of the other make "
            f"{dose_a.size * dose_b.size} pairs; {MOST_NODES} is the most. Thin the doses."
        )
    emax_a, emax_b = (np.reshape(np.asarray(one.emax, float), (-1, 1, 1)) for one in (down, up))
    own_a, own_b = _parts(x_a[:, :, None], x_b[:, None, :], emax_a, emax_b)
    theta = (own_a + own_b).reshape(own_a.shape[0], -1)  # (draws, N)
    own = np.median(np.stack([own_a, own_b]), axis=1).reshape(2, -1)
    table = _changes(theta, dose_a.size, dose_b.size, quantile)
    graph = Dense(table, theta.shape[1] - 1, 0, own)
    used = min(steps, dose_a.size + dose_b.size - 2)
    path = evenest_path(graph, smallest_cap(graph, used), used)
    moved = np.diff(theta[:, list(path)], axis=1)
    return CrossPlan(
        a_mg=tuple(float(dose_a[node // dose_b.size]) for node in path),
        b_mg=tuple(float(dose_b[node % dose_b.size]) for node in path),
        change=tuple(float(graph.table[i, j]) for i, j in pairwise(path)),
        quantile=quantile if theta.shape[0] > 1 else None,
        occupancy=tuple(Band.of(theta[:, node]) for node in path),
        moved=tuple(Band.of(column) for column in moved.T),
        best_possible=smallest_cap(graph, dose_a.size + dose_b.size - 2),
    )


def _parts(
    x_a: ArrayLike, x_b: ArrayLike, emax_a: ArrayLike, emax_b: ArrayLike
) -> tuple[Array, Array]:
    """What each drug contributes to the combined occupancy."""
    both = np.stack(np.broadcast_arrays(np.asarray(x_a, float), np.asarray(x_b, float)))
    shares = competition(both)
    return np.asarray(emax_a, float) * shares[0], np.asarray(emax_b, float) * shares[1]


def _range(which: str, drug: CrossDrug, *, falling: bool) -> tuple[Array, Array]:
    """Doses between both ends of a drug's way, ascending, with their scaled concentrations."""
    dose = np.asarray(drug.dose_mg, dtype=np.float64)
    x = np.atleast_2d(np.asarray(drug.scaled, dtype=np.float64))
    if dose.ndim != 1 or not dose.size or (np.diff(dose) <= 0).any():
        raise ValueError(f"{which}: dose_mg must be ascending and without repeats.")
    if x.ndim != 2 or x.shape[1] != dose.size or not (np.isfinite(x) & (x >= 0)).all():
        raise ValueError(
            f"{which}: scaled has shape {x.shape}; give ({dose.size},) or (draws, {dose.size}), "
            "finite and not negative."
        )
    if (drug.from_mg < drug.to_mg) if falling else (drug.from_mg > drug.to_mg):
        way = "down" if falling else "up"
        raise ValueError(
            f"{which}: {drug.from_mg:g} mg to {drug.to_mg:g} mg does not go {way}; "
            "name the drug that goes down first."
        )
    ends = [_rung(which, dose, mg) for mg in (drug.from_mg, drug.to_mg)]
    part = slice(min(ends), max(ends) + 1)
    return dose[part], x[:, part]


def _rung(which: str, dose: Array, mg: float) -> int:
    at = int(np.abs(dose - mg).argmin())
    if abs(dose[at] - mg) > SAME_DOSE * max(mg, 1.0):
        raise ValueError(
            f"{which}: {mg:g} mg is not made by these products; {dose[at]:g} mg is the nearest."
        )
    return at


def _changes(theta: Array, m_a: int, m_b: int, quantile: float) -> Array:
    """Cost of every step of the lattice, (N, N): from a node to one not above it in either."""
    draws, n = theta.shape
    if n == 1:
        raise ValueError("neither drug changes its dose; there is nothing to plan.")
    steps = m_a * (m_a + 1) * m_b * (m_b + 1) // 4
    if draws * steps > MOST_CHANGES:
        raise ValueError(
            f"{draws} draws of {steps} possible steps are too many; thin the doses, or give at "
            f"most {max(MOST_CHANGES // steps, 1)} draws."
        )
    table = np.full((n, n), math.inf)
    rank, turned = rank_of(quantile, draws), np.ascontiguousarray(theta.T)
    size = max(CHUNK // draws, 1)
    for i in range(1, n):
        ends = _ends(i, m_b)
        for first in range(0, ends.size, size):
            part = ends[first : first + size]
            change = np.abs(turned[i] - turned[part])
            if draws > 1:
                change.partition(rank, axis=1)
            table[i, part] = change[:, rank]
    return table


def _ends(node: int, m_b: int) -> Indices:
    """Nodes a step from `node` may end on."""
    a, b = divmod(node, m_b)
    grid = np.arange(a + 1)[:, None] * m_b + np.arange(b + 1)
    return grid.ravel()[:-1]

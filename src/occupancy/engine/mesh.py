"""Time meshes shared by all people: intervals between kinks, steps within them, reading places."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.stiff_inputs import InputCourse
from occupancy.engine.stiff_model import Array, Forcing
from occupancy.kinetics import Doses

READS_PER_STEP = 4
"""A step with more outputs than this is split, so that the reading loop stays short."""

LARGE, MOST = 1.5, 1e5
"""A step is cut when its error exceeds the tolerance by the first; more than the second is cut
as if it were the second."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """The stretches between kinks: `start_h`, `end_h` (intervals,), and the mg of each.

    Per person, (intervals, 1 or people): `at_once` enters the forcing at the start of the
    interval, `rate` runs through it per hour, `into_state` enters a state at its start. With
    given inputs the first two are (intervals, inputs, 1 or people): values and slopes.
    """

    start_h: Array
    end_h: Array
    at_once: Array
    rate: Array
    into_state: Array

    @property
    def count(self) -> int:
        """Number of intervals."""
        return self.start_h.size

    def first(self, count: int) -> Intervals:
        """The first `count` of them."""
        return Intervals(*(getattr(self, field.name)[:count] for field in fields(self)))

    def chosen(self, who: NDArray[np.int64]) -> Intervals:
        """The amounts of some of the people."""

        def some(x: Array) -> Array:
            return x if x.shape[-1] == 1 else x[..., who]

        return replace(
            self,
            at_once=some(self.at_once),
            rate=some(self.rate),
            into_state=some(self.into_state),
        )


def intervals_between(
    start_h: float,
    end_h: float,
    doses: Doses,
    forcing: Forcing | None,
    into_state: bool,
    inputs: InputCourse | None = None,
) -> Intervals:
    """Cut start_h .. end_h at every kink, dose and point of the inputs' grid.

    Doses before `start_h` act through the forcing; into a state they cannot. Inputs stand in
    for what doses give the forcing.

    Raises:
        ValueError: a dose before `start_h` that would enter a state.
    """
    kinks = [np.array([start_h, end_h])]
    if forcing is not None:
        kinks.append(forcing.kinks(doses))
    if into_state:
        kinks.append(doses.time_h)
        if doses.count and doses.time_h.min() < start_h:
            raise ValueError(
                f"a dose at {doses.time_h.min():g} h lies before start_h = {start_h:g}; begin "
                "earlier, or give the state it left behind as y0."
            )
    if inputs is not None:
        kinks.append(inputs.grid_h[inputs.grid_h > start_h])
    nodes = np.unique(np.concatenate(kinks))
    nodes = nodes[nodes <= end_h]
    begins, ends = (nodes[:-1], nodes[1:]) if nodes.size > 1 else (nodes, nodes)
    none = np.zeros((begins.size, doses.count))
    entering = begins[:, None] == doses.time_h[None, :] if into_state else none
    mg = np.atleast_2d(doses.amount_mg).T if doses.count else np.zeros((0, 1))
    if inputs is not None:
        value, slope = inputs.pieces(begins)
        return Intervals(begins, ends, value, slope, entering @ mg)
    at_once, rate = forcing.arrivals(doses, begins) if forcing is not None else (none, none)
    return Intervals(begins, ends, at_once @ mg, rate @ mg, entering @ mg)


@dataclass(frozen=True, eq=False)
class Mesh:
    """Steps for everybody: start `t_h`, length `h` (steps,), and the interval each lies in."""

    t_h: Array
    h: Array
    interval: NDArray[np.int32]

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.h.size

    def split(self, parts: NDArray[np.int64]) -> Mesh:
        """The same mesh with step k cut into `parts[k]` equal pieces."""
        h = np.repeat(self.h / parts, parts)
        piece = np.arange(h.size) - np.repeat(np.cumsum(parts) - parts, parts)
        t = np.repeat(self.t_h, parts) + piece * h
        return Mesh(t, h, np.repeat(self.interval, parts))

    def cut(self, at_h: Array) -> Mesh:
        """The same mesh with its steps cut at hours inside them, increasing."""
        whose = np.searchsorted(self.t_h, at_h, side="right") - 1

        def with_pieces(of_steps: Array, of_pieces: Array) -> Array:
            return np.insert(of_steps, whose + 1, of_pieces)

        t, end = with_pieces(self.t_h, at_h), self.t_h + self.h
        begins_at_cut = with_pieces(np.zeros(self.steps), np.ones(at_h.size)) > 0.0
        ends_at_cut = np.append(begins_at_cut[1:], False)
        whole = with_pieces(self.h, np.zeros(at_h.size))
        h = np.where(ends_at_cut, np.append(t[1:], np.inf), with_pieces(end, end[whose])) - t
        h = np.where(begins_at_cut | ends_at_cut, h, whole)
        return Mesh(t, h, np.insert(self.interval, whose + 1, self.interval[whose]))

    def refined(self, error: Array, order: int) -> Mesh:
        """Cut every step whose `error` (steps,) exceeds LARGE, so that each piece errs at most 1.

        The error of a piece falls with its length to the power `order`.
        """
        pieces = np.ceil(np.clip(error, 1.0, MOST) ** (1.0 / order)).astype(np.int64)
        return self.split(np.where(error > LARGE, pieces, 1))

    def doubled(self) -> Mesh:
        """Every step halved."""
        return self.split(np.full(self.steps, 2))


@dataclass(frozen=True, eq=False)
class Reading:
    """Where each step is read: θ (steps, most reads), first output and number (steps,)."""

    theta: Array
    first: NDArray[np.int32]
    reads: NDArray[np.int32]


def read_places(mesh: Mesh, times_h: Array) -> tuple[Mesh, Reading]:
    """Outputs in [t, t + h) belong to the step at t, the last time also to the last step.

    So at the moment of a dose the value just after it is read. Steps with many outputs are cut
    between them. Returns the mesh used and the places; `times_h` increases strictly.
    """
    first, counts = _outputs_of(mesh, times_h)
    if counts.max(initial=0) > READS_PER_STEP:
        rank = np.arange(times_h.size) - np.repeat(first, counts)
        mesh = mesh.cut(
            _between(times_h, np.flatnonzero((rank > 0) & (rank % READS_PER_STEP == 0)))
        )
        first, counts = _outputs_of(mesh, times_h)
    index = first[:, None] + np.arange(READS_PER_STEP)
    theta = (times_h[np.minimum(index, times_h.size - 1)] - mesh.t_h[:, None]) / mesh.h[:, None]
    theta = np.where(np.arange(READS_PER_STEP) < counts[:, None], np.clip(theta, 0.0, 1.0), 0.0)
    return mesh, Reading(theta, first.astype(np.int32), counts.astype(np.int32))


def _outputs_of(mesh: Mesh, times_h: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first output of every step and how many it has."""
    edges = np.searchsorted(times_h, mesh.t_h, side="left")
    return edges, np.diff(np.append(edges, times_h.size))


def _between(times_h: Array, which: NDArray[np.int64]) -> Array:
    """Hours between some outputs and the ones before them; a last step keeps a length."""
    before, at = times_h[which - 1], times_h[which]
    middle = before + 0.5 * (at - before)
    # of neighbouring numbers the middle is one of the two
    middle = np.where(middle > before, middle, at)
    return np.where(middle < times_h[-1], middle, before)

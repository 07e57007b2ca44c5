"""Fixed points of a circuit: followed from rest, checked, and refused where they do not hold.

    field(y, p, u) = 0

Newton from the drug-free point, the inputs moved from rest to what is asked in steps that halve
where Newton fails. That keeps to the branch that rest belongs to; a circuit with a second,
unphysical fixed point never returns it. Every point is checked: its residual, its ranges, and
that it is stable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit
from occupancy.circuit.parameters import inputs_of, parameters_of, people_of

Values = NDArray[np.float64]
Named = Mapping[str, Values]

RESIDUAL = 1e-10
"""Largest last correction of a state accepted, as a share of its size."""
MOST_NEWTON, MOST_HALVINGS = 60, 30
CLOSE = 1e-7
"""Corrections this small are rounding as much as Newton: taken without a test."""
SMALLEST_STEP = 1.0 / 256
LEAST_SHARE = 1e-3
"""A state is known to RESIDUAL of its size, or of this share of its size at rest."""
NUDGE = 6e-6
"""Cube root of the rounding error: the step of a central difference."""


@dataclass(frozen=True, eq=False)
class CircuitSteady:
    """The fixed point under constant inputs, people on the last axis.

    Attributes:
        circuit: the circuit.
        inputs, parameters: by name () or (people,); parameters in hours.
        y: (states, people).
        outputs: by name (people,).
        residual: largest |J^-1 dy/dt| over states, relative to the state's size, (people,).
        slowest_h, fastest_h: time constants of the slowest and the fastest mode, (people,).
    """

    circuit: Circuit
    inputs: Named
    parameters: Named
    y: Values
    outputs: Named
    residual: Values
    slowest_h: Values
    fastest_h: Values

    def __getitem__(self, name: str) -> Values:
        """A state or an output, (people,). Raises CircuitError naming what there is."""
        if name in self.circuit.state_names:
            return self.y[self.circuit.state_names.index(name)]
        if name in self.outputs:
            return self.outputs[name]
        raise CircuitError(
            f"no {name!r} in circuit {self.circuit.name!r}; it has "
            f"{', '.join((*self.circuit.state_names, *self.outputs))}."
        )


def steady(
    circuit: Circuit,
    inputs: Mapping[str, ArrayLike] | None = None,
    parameters: Mapping[str, ArrayLike] | None = None,
) -> CircuitSteady:
    """The fixed point of `circuit` under constant inputs (resting where not given).

    Args:
        circuit: the circuit.
        inputs: by name a number or (people,).
        parameters: those that differ from the record, in its units, numbers or (people,).

    Raises:
        CircuitError: an unknown or impossible input or parameter; no fixed point found that is
            physical and stable.
    """
    return steady_of(circuit, parameters_of(circuit, parameters), inputs_of(circuit, inputs or {}))


def steady_of(circuit: Circuit, p: Named, u: Named) -> CircuitSteady:
    """`steady` for checked inputs and for parameters in hours."""
    people = people_of(u, p)
    y = rest(circuit, p, people)
    resting = inputs_of(circuit, {})
    resting_y = y
    if any((u[name] != resting[name]).any() for name in u):
        y = _follow(circuit, p, resting, u, y)
    return _checked(circuit, p, u, y, resting_y)


def rest(circuit: Circuit, p: Named, people: int) -> Values:
    """The drug-free fixed point, (states, people), for parameters in hours.

    Raises:
        CircuitError: Newton does not reach one from the circuit's guess.
    """
    start = np.stack(
        [np.broadcast_to(np.asarray(x, dtype=np.float64), (people,)) for x in circuit.guess(p)]
    )
    u = inputs_of(circuit, {})
    y, good = _newton(circuit, p, u, start, _scale(start))
    if not good.all():
        who = int(np.argmax(~good))
        raise CircuitError(
            f"circuit {circuit.name!r} has no drug-free fixed point near "
            f"{_said(circuit, start, who)} for person {who}; check the parameters that differ "
            "from the record."
        )
    return y


def read(
    circuit: Circuit, p: Named, u: Named, y: Sequence[Values], resting: Values
) -> dict[str, Values]:
    """The circuit's outputs, each of the shape of a state; `resting` is (states, people)."""
    at_rest = {f"rest_{n}": x for n, x in zip(circuit.state_names, resting, strict=True)}
    return {
        name: np.broadcast_to(np.asarray(x, dtype=np.float64), np.shape(y[0]))
        for name, x in circuit.outputs(y, {**p, **at_rest}, u).items()
    }


def jacobian(circuit: Circuit, p: Named, u: Named, y: Values, scale: Values) -> Values:
    """d field / d y by central differences, (people, states, states)."""
    n, people = y.shape
    out = np.empty((people, n, n))
    size = _size(y, scale)
    for j in range(n):
        h = NUDGE * size[j]
        up, down = y.copy(), y.copy()
        up[j] += h
        down[j] -= h
        slope = (_field(circuit, p, u, up) - _field(circuit, p, u, down)) / (up[j] - down[j])
        out[:, :, j] = slope.T
    return out


def _follow(circuit: Circuit, p: Named, begin: Named, end: Named, y: Values) -> Values:
    """Move the inputs from `begin` to `end`, halving the way where Newton fails."""
    done, step, scale = 0.0, 1.0, _scale(y)
    while done < 1.0:
        aim = min(done + step, 1.0)
        u = {name: begin[name] + aim * (end[name] - begin[name]) for name in end}
        found, good = _newton(circuit, p, u, y, scale)
        if good.all():
            y, done, step = found, aim, 2.0 * step
            continue
        step /= 2.0
        if step < SMALLEST_STEP:
            who = int(np.argmax(~good))
            raise CircuitError(
                f"circuit {circuit.name!r}: no fixed point can be followed beyond {done:.0%} of "
                f"the way from rest to the inputs asked, person {who}; its states there are "
                f"{_said(circuit, y, who)}."
            )
    return y


def _newton(
    circuit: Circuit, p: Named, u: Named, start: Values, scale: Values
) -> tuple[Values, NDArray[np.bool_]]:
    """Damped Newton for everybody; the point and whether it is one."""
    y = start.copy()
    worst = np.full(y.shape[1], np.inf)
    with np.errstate(all="ignore"):
        for _ in range(MOST_NEWTON):
            J = jacobian(circuit, p, u, y, scale)
            correction = _solve(J, _field(circuit, p, u, y))
            worst = _share(correction, y, scale)
            if not (worst > RESIDUAL).any():
                break
            y = _damped(circuit, p, u, y, J, correction, scale)
    return y, (worst <= RESIDUAL) & _inside(circuit, p, y)


def _damped(
    circuit: Circuit,
    p: Named,
    u: Named,
    y: Values,
    J: Values,
    correction: Values,
    scale: Values,
) -> Values:
    """The longest of the step and its halves that stays in range and leaves less to correct.

    What is left is measured with the same Jacobian, so the units of the states do not matter
    (Deuflhard's natural monotonicity test). Without such a step a person stays.
    """
    before = _share(correction, y, scale)
    factor = np.ones(y.shape[1])
    best = y
    waiting = np.ones(y.shape[1], dtype=bool)
    for _ in range(MOST_HALVINGS):
        trial = y - factor * correction
        left = _share(_solve(J, _field(circuit, p, u, trial)), y, scale)
        better = (left <= (1.0 - 0.1 * factor) * before) | (before < CLOSE)
        taken = waiting & _inside(circuit, p, trial) & better
        best = np.where(taken, trial, best)
        waiting &= ~taken
        if not waiting.any():
            break
        factor = np.where(waiting, factor / 2.0, factor)
    return best


def _share(correction: Values, y: Values, scale: Values) -> Values:
    """The largest correction as a share of its state's size, (people,); nan becomes infinite."""
    share = (np.abs(correction) / _size(y, scale)).max(axis=0)
    return np.where(np.isnan(share), np.inf, share)


def _checked(circuit: Circuit, p: Named, u: Named, y: Values, resting: Values) -> CircuitSteady:
    scale = _scale(resting)
    f = _field(circuit, p, u, y)
    J = jacobian(circuit, p, u, y, scale)
    residual = _share(_solve(J, f), y, scale)
    rates = np.linalg.eigvals(J).real
    unstable = rates.max(axis=1) >= 0.0
    if unstable.any():
        who = int(np.argmax(unstable))
        raise CircuitError(
            f"circuit {circuit.name!r} is unstable for person {who}: a disturbance of its fixed "
            f"point ({_said(circuit, y, who)}) grows at {rates[who].max():.3g} per hour; check "
            "the parameters that differ from the record."
        )
    outputs = read(circuit, p, u, list(y), resting)
    return CircuitSteady(
        circuit, u, p, y, outputs, residual, -1.0 / rates.max(axis=1), -1.0 / rates.min(axis=1)
    )


def _field(circuit: Circuit, p: Named, u: Named, y: Values) -> Values:
    rows = circuit.field(0.0, list(y), p, u)
    return np.stack([np.broadcast_to(np.asarray(row, np.float64), y.shape[1:]) for row in rows])


def _solve(J: Values, f: Values) -> Values:
    """J^-1 f for every person, (states, people); not a number where J cannot be inverted."""
    try:
        return np.asarray(np.linalg.solve(J, f.T[:, :, None])[:, :, 0].T, dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.stack(
            [np.linalg.lstsq(one, g, rcond=None)[0] for one, g in zip(J, f.T, strict=True)], axis=1
        )


def _size(y: Values, scale: Values) -> Values:
    """The size of a state, for relative errors: its own, or a share of that at rest."""
    return np.maximum(np.abs(y), LEAST_SHARE * scale)


def _scale(y: Values) -> Values:
    """The size of a state at rest, 1 where that is zero."""
    return np.where(y == 0.0, 1.0, np.abs(y))


def _inside(circuit: Circuit, p: Named, y: Values) -> NDArray[np.bool_]:
    good = np.asarray(np.isfinite(y).all(axis=0))
    for state, x in zip(circuit.states, y, strict=True):
        for bound, sign in ((state.lower, 1.0), (state.upper, -1.0)):
            if bound is not None:
                limit = p[bound] if isinstance(bound, str) else bound
                slack = 1e-9 * np.maximum(np.abs(limit), 1.0)
                good = good & np.asarray(sign * (x - limit) >= -slack)
    return good


def _said(circuit: Circuit, y: Values, who: int) -> str:
    return ", ".join(
        f"{s.name} {x:.4g} {s.unit}" for s, x in zip(circuit.states, y[:, who], strict=True)
    )

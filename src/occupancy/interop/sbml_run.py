"""An SBML model run from its start, event to event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.engine import simulate_stiff
from occupancy.interop.sbml_library import SbmlError
from occupancy.interop.sbml_math import value
from occupancy.interop.sbml_model import SbmlModel, Values

MOST_EVENTS = 10_000


@dataclass(frozen=True, eq=False)
class SbmlCourse:
    """States, assigned quantities and rates of reactions, each (times,) by id, at `times`."""

    times: Values
    values: Mapping[str, Values]

    def __getitem__(self, name: str) -> Values:
        """A state or an assigned quantity. Raises SbmlError naming what there is."""
        if name not in self.values:
            raise SbmlError(f"no {name!r}; there are {', '.join(self.values)}")
        return self.values[name]


def simulate_sbml(
    model: SbmlModel,
    times: Sequence[float] | Values,
    given: Mapping[str, float] | None = None,
    *,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] = 1e-9,
) -> SbmlCourse:
    """Integrate a model from its start, event to event, and read it at `times` (from 0 on).

    Args:
        model: as read.
        times: not decreasing, in the model's unit.
        given: constants and initial values that differ from the file, by id.
        rtol, atol: as in `simulate_stiff`.

    Raises:
        SbmlError: an unknown id.
        StiffError: the tolerance cannot be met.
    """
    wanted = np.asarray(times, dtype=np.float64)
    p = dict(model.constants)
    y = dict(zip(model.states, model.y0.tolist(), strict=True))
    for name, number in (given or {}).items():
        if name not in p and name not in y:
            raise SbmlError(f"{model.name} has nothing called {name!r} to set")
        (y if name in y else p)[name] = float(number)
    changed = tuple(name for name in given or {} if name in p)
    stiff = model.stiff(changed)
    free = tuple(dict.fromkeys((*changed, *model.switched)))
    rows: list[Values] = []
    spans: list[dict[str, float]] = []
    now, end, done = 0.0, float(wanted[-1]), 0
    fired = [False] * len(model.events)
    for _ in range(MOST_EVENTS):
        due = {
            i: float(value(one.at, model.look(now, y, p, np), np))
            for i, one in enumerate(model.events)
        }
        ready = [i for i, at in due.items() if now >= at and not fired[i]]
        for i in due:
            fired[i] = now >= due[i]
        if ready:
            for i in ready:
                look = model.look(now, dict(y), dict(p), np)
                new = [(name, float(value(body, look, np))) for name, body in
                       model.events[i].assignments]  # fmt: skip
                for name, number in new:
                    (y if name in y else p)[name] = number
                fired[i] = now >= float(value(model.events[i].at, model.look(now, y, p, np), np))
            continue
        stop = min([at for at in due.values() if at > now], default=np.inf)
        last = stop > end
        stop = min(stop, end)
        until = wanted.size if last else int(np.searchsorted(wanted, stop, side="left"))
        read = wanted[done:until]
        grid = np.append(read, stop) if read.size == 0 or read[-1] < stop else read
        if stop > now:
            found = simulate_stiff(
                stiff, {name: p[name] for name in free}, grid,
                y0=np.array([y[name] for name in model.states]), start_h=now, rtol=rtol, atol=atol,
            )  # fmt: skip
            values = found.y[:, :, 0]
        else:
            values = np.tile([y[name] for name in model.states], (grid.size, 1))
        rows.append(values[: read.size])
        spans.extend([{name: p[name] for name in free}] * read.size)
        y = dict(zip(model.states, values[-1].tolist(), strict=True))
        now, done = stop, until
        if last or done == wanted.size:
            break
    states = np.concatenate(rows)
    return SbmlCourse(
        wanted, {**_named(model, states), **_assigned(model, wanted, states, p, spans)}
    )


def _named(model: SbmlModel, states: Values) -> dict[str, Values]:
    return {name: states[:, i] for i, name in enumerate(model.states)}


def _assigned(
    model: SbmlModel, times: Values, states: Values, p: Mapping[str, float],
    spans: Sequence[Mapping[str, float]],
) -> dict[str, Values]:  # fmt: skip
    switched = {
        name: np.array([one[name] for one in spans]) for name in (spans[0] if spans else ())
    }
    look = model.look(times, _named(model, states), {**p, **switched}, np)
    return {
        name: np.broadcast_to(np.asarray(look(name), dtype=np.float64), times.shape)
        for name in model.rules
    }

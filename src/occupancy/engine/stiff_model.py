"""What a stiff model is: a vector field of one person, its states, and what drives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from occupancy.kinetics import Doses

Array = NDArray[np.float64]
VectorField = Callable[[Any, Any, Mapping[str, Any], Any], Any]
Bound = float | str


@dataclass(frozen=True)
class StiffState:
    """One state and its physical range.

    `lower` and `upper` are numbers or the name of a parameter (a bound receptor lies between 0
    and "Rtot"). None leaves that side open.
    """

    name: str
    lower: Bound | None = None
    upper: Bound | None = None


class Forcing(Protocol):
    """What a model is given as a function of time, besides its own states.

    `kinks` are the times at which it or a derivative may jump. `prepare` turns one person's
    parameters and doses into what is constant for that person and a table with one row per
    interval between kinks; `value` evaluates at a time inside one interval, `since` hours after
    its start. Both are written with jax.numpy, for one person. `shape` is that of what one
    interval is given: () for an amount, (inputs,) for values on a grid.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of `at_once` and `rate` of one interval."""
        ...

    def kinks(self, doses: Doses) -> Array:
        """Hours of the kinks, in any order."""
        ...

    def arrivals(self, doses: Doses, starts: Array) -> tuple[Array, Array]:
        """Weights (intervals, doses): entering at once at the start, and per hour during."""
        ...

    def prepare(self, p: Mapping[str, Any], at_once: Any, rate: Any, lengths: Any) -> Any:
        """(constants, table) from what is given (intervals, *shape) and lengths (intervals,)."""
        ...

    def value(self, t: Any, since: Any, constants: Any, row: Any) -> Any:
        """The forcing handed to the vector field."""
        ...


@dataclass(frozen=True)
class FunctionForcing:
    """A forcing given as `function(t, p)` with jax.numpy, smooth except at `kinks_h`."""

    function: Callable[[Any, Mapping[str, Any]], Any]
    kinks_h: tuple[float, ...] = ()
    shape: tuple[int, ...] = field(default=(), init=False)

    def kinks(self, doses: Doses) -> Array:
        """The times given."""
        return np.asarray(self.kinks_h, dtype=np.float64)

    def arrivals(self, doses: Doses, starts: Array) -> tuple[Array, Array]:
        """Doses do not act through this forcing."""
        none = np.zeros((starts.size, doses.count))
        return none, none

    def prepare(self, p: Mapping[str, Any], at_once: Any, rate: Any, lengths: Any) -> Any:
        """The parameters are the constants; the table is empty."""
        return p, {}

    def value(self, t: Any, since: Any, constants: Any, row: Any) -> Any:
        """function(t, p)."""
        return self.function(t, constants)


@dataclass(frozen=True)
class StiffModel:
    """A vector field `f(t, y, p, forcing) -> dy` of one person, and what belongs to it.

    t in hours, y of shape (n_states,), p the parameters by name, forcing what `forcing` yields
    (None without one); written with jax.numpy. Doses act through the forcing, or enter the
    state `doses_into` at once, each mg adding `per_mg` to it.

    Raises:
        ValueError: no states, a repeated state, or `doses_into` that is not a state.
    """

    field: VectorField
    states: tuple[StiffState, ...]
    forcing: Forcing | None = None
    doses_into: str | None = None
    per_mg: float = 1.0

    def __post_init__(self) -> None:
        """Check the names."""
        object.__setattr__(self, "states", tuple(self.states))
        names = self.names
        if not names:
            raise ValueError("StiffModel: states is empty; give at least one StiffState.")
        repeated = sorted({n for n in names if names.count(n) > 1})
        if repeated:
            raise ValueError(
                f"StiffModel: state {repeated[0]!r} is given twice; names must differ."
            )
        if self.doses_into is not None and self.doses_into not in names:
            raise ValueError(
                f"StiffModel: doses_into = {self.doses_into!r} is not a state; choose one of "
                f"{list(names)}, or None."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states, in the order of y."""
        return tuple(state.name for state in self.states)

    def bounds(self) -> list[tuple[int, str, Bound]]:
        """(index of the state, "lower" or "upper", bound) for every side that is closed."""
        return [
            (index, side, bound)
            for index, state in enumerate(self.states)
            for side, bound in (("lower", state.lower), ("upper", state.upper))
            if bound is not None
        ]


def checked_parameters(
    parameters: Mapping[str, Any], people: int | None = None
) -> tuple[dict[str, Array], int]:
    """Parameters as float64 numbers or (people,) arrays, and the number of people.

    Raises:
        ValueError: naming the parameter, for a value that is not finite or lengths that differ.
    """
    out: dict[str, Array] = {}
    first = "people" if people is not None else ""
    for name, value in parameters.items():
        array = np.asarray(value, dtype=np.float64)
        if array.ndim > 1 or array.size == 0:
            raise ValueError(
                f"parameter {name!r} has shape {array.shape}; give a number or one value per "
                "person, shape (people,)."
            )
        wrong = ~np.isfinite(array)
        if wrong.any():
            at = f" of person {int(np.argmax(wrong))}" if array.ndim else ""
            raise ValueError(
                f"parameter {name!r}{at} is {array[wrong].ravel()[0]}; it must be finite."
            )
        if array.ndim:
            if people is not None and array.size != people:
                raise ValueError(
                    f"parameter {name!r} has {array.size} values but {first} has {people}; give "
                    "a number or one value per person."
                )
            people, first = array.size, name
        out[name] = array
    return out, 1 if people is None else people


def checked_times(times_h: Sequence[float] | Array, start_h: float) -> Array:
    """Output times as a sorted array. Raises ValueError when they are not usable."""
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    if times.ndim != 1 or times.size == 0 or not np.isfinite(times).all():
        raise ValueError("times_h must be a list of finite hours with at least one entry.")
    if (np.diff(times) < 0).any() or times[0] < start_h:
        raise ValueError(
            f"times_h must not decrease and not begin before start_h = {start_h:g}; its first "
            f"value is {times[0]:g}."
        )
    return times

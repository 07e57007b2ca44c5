"""An SBML model as it was read: formulas by name, and the same as a model of the stiff driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine import StiffModel, StiffState
from occupancy.engine.stiff_model import FunctionForcing
from occupancy.interop.sbml_library import SbmlError
from occupancy.interop.sbml_math import TIME, Formula, comparisons, symbols, value

Values = NDArray[np.float64]


@dataclass(frozen=True)
class SbmlEvent:
    """Assignments made when `left` (time alone) reaches `right`, which no state enters."""

    at: Formula
    assignments: tuple[tuple[str, Formula], ...]


@dataclass(frozen=True, eq=False)
class SbmlModel:
    """A model as it was read.

    Attributes:
        name: its id.
        states: ids of what is integrated.
        y0: their values at the start, from the file.
        constants: everything else that has a value of its own, by id.
        rules: assignment rules and rates of reactions by id, `initial` initial assignments of
            what is not a state.
        rates: per state a formula of its change.
        events: those set off by time; what they assign to besides states is `switched`.
    """

    name: str
    states: tuple[str, ...]
    y0: Values
    constants: Mapping[str, float]
    rules: Mapping[str, Formula]
    initial: Mapping[str, Formula]
    rates: tuple[Formula, ...]
    events: tuple[SbmlEvent, ...]

    @property
    def switched(self) -> tuple[str, ...]:
        """Constants that events change."""
        assigned = {name for one in self.events for name, _ in one.assignments}
        return tuple(sorted(assigned - set(self.states)))

    @cached_property
    def kinks(self) -> tuple[float, ...]:
        """Times at which a formula compares time with a constant."""
        found: set[float] = set()
        for body in (*self.rules.values(), *self.rates):
            for _, left, right in comparisons(body):
                other = right if left == TIME else left if right == TIME else None
                if other is not None and not self._moves(other):
                    at = float(self.at_rest(other))
                    if np.isfinite(at):
                        found.add(at)
        return tuple(sorted(found))

    def _moves(self, body: Formula) -> bool:
        """Whether a formula follows time or a state."""
        return any(
            name == TIME
            or name in self.states
            or (name in self.rules and self._moves(self.rules[name]))
            for name in symbols(body)
        )

    def at_rest(self, body: Formula) -> Any:
        """The value of a formula at the start of the file."""
        look = self.look(0.0, dict(zip(self.states, self.y0.tolist(), strict=True)), {}, np)
        return value(body, look, np)

    def look(
        self, t: Any, y: Mapping[str, Any], p: Mapping[str, Any], xp: Any
    ) -> Callable[[str], Any]:
        """A function that finds the value of any symbol at time t and states y."""
        known: dict[str, Any] = {}

        def look(name: str) -> Any:
            if name == TIME:
                return t
            if name in y:
                return y[name]
            if name in p:
                return p[name]
            if name not in known:
                body = self.rules.get(name, self.initial.get(name))
                if body is not None:
                    known[name] = value(body, look, xp)
                elif name in self.constants:
                    known[name] = self.constants[name]
                else:
                    raise SbmlError(f"{self.name}: symbol {name!r} has no value")
            return known[name]

        return look

    def stiff(self, free: Sequence[str] = ()) -> StiffModel:
        """The model for the stiff driver; `free` constants become its parameters.

        Kept, so that a second run of the same model starts at once.

        Raises:
            SbmlError: a name in `free` that is not a constant of the model.
        """
        for name in free:
            if name not in self.constants:
                raise SbmlError(f"{self.name} has no constant {name!r}")

        names = tuple(dict.fromkeys((*free, *self.switched)))
        return _stiff(self, names)


@lru_cache(maxsize=32)
def _stiff(model: SbmlModel, names: tuple[str, ...]) -> StiffModel:
    def field(t: Any, y: Any, p: Mapping[str, Any], _: Any) -> list[Any]:
        import jax.numpy as jnp

        states = {name: y[i] for i, name in enumerate(model.states)}
        look = model.look(t, states, {name: p[name] for name in names}, jnp)
        return [value(body, look, jnp) + 0.0 * y[0] for body in model.rates]

    states = tuple(StiffState(name, None, None) for name in model.states)
    forcing = FunctionForcing(lambda t, p: 0.0 * t, model.kinks) if model.kinks else None
    return StiffModel(field, states, forcing=forcing)

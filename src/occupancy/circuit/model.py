"""What a circuit is: a vector field between inputs and outputs, with its states and numbers.

    dy/dt = field(t, y, p, u),    outputs(y, p and rest, u)

t in hours, y a sequence of one array per state, p and u mappings of name to array. Fields are
written with arithmetic and the helpers of this module alone, so the same function answers NumPy
and JAX; people or draws are on the last axis of every array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from occupancy.circuit.error import CircuitError
from occupancy.engine import InputForcing, StiffModel, StiffState
from occupancy.evidence import circuit_record
from occupancy.evidence.circuitrecord import CircuitParameter, CircuitRecord

Array = Any
States = Sequence[Array]
Named = Mapping[str, Array]
Field = Callable[[Array, States, Named, Named], States]
Outputs = Callable[[States, Named, Named], Mapping[str, Array]]
Guess = Callable[[Named], States]


@dataclass(frozen=True)
class Input:
    """What drives a circuit from outside: `resting` is its value without a drug."""

    name: str
    unit: str
    resting: float
    lower: float
    upper: float
    text: str


@dataclass(frozen=True)
class State:
    """One state with its physical range; None leaves a side open, a name is a parameter."""

    name: str
    unit: str
    lower: float | str | None
    upper: float | str | None
    text: str


@dataclass(frozen=True)
class Output:
    """A quantity that follows from the states at once."""

    name: str
    unit: str
    text: str


@dataclass(frozen=True, eq=False)
class Circuit:
    """A circuit by name, its parameters from the evidence record of the same name.

    Attributes:
        name: that of the evidence record.
        inputs, states, read: what goes in, what is integrated, what is read from it.
        field: dy/dt per hour, one array per state.
        outputs: what is read, by the names in `read`; its p also holds the drug-free fixed point
            as `rest_NAME` for every state.
        guess: near the drug-free fixed point, one array per state; sharpened before use.
        record: the evidence record, or its name; that of the circuit unless variants share one.
        exponents: parameters that are powers. A power known only when it runs costs an exponential
            and a logarithm of every person at every stage; a whole number is multiplied out.
    """

    name: str
    inputs: tuple[Input, ...]
    states: tuple[State, ...]
    read: tuple[Output, ...]
    field: Field
    outputs: Outputs
    guess: Guess
    record: CircuitRecord | str = ""
    exponents: tuple[str, ...] = ()

    @cached_property
    def evidence(self) -> CircuitRecord:
        """The record behind the numbers."""
        if isinstance(self.record, CircuitRecord):
            return self.record
        return circuit_record(self.record or self.name)

    @cached_property
    def parameters(self) -> dict[str, CircuitParameter]:
        """The parameters by name, each with value, unit, range, status and source."""
        return self.evidence.parameters()

    @property
    def title(self) -> str:
        """What the circuit is, for people."""
        return self.evidence.title

    @property
    def caveats(self) -> tuple[str, ...]:
        """What travels with every answer."""
        return self.evidence.caveat

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(one.name for one in self.inputs)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states, in order."""
        return tuple(one.name for one in self.states)

    def input(self, name: str) -> Input:
        """The input called `name`. Raises CircuitError naming what there is."""
        for one in self.inputs:
            if one.name == name:
                return one
        raise CircuitError(
            f"circuit {self.name!r} has no input {name!r}; it takes {', '.join(self.input_names)}."
        )

    def stiff(self, p: Named | None = None) -> StiffModel:
        """The circuit as the engine integrates it, driven by inputs on a time grid.

        With `p`, as `parameters_of` gives it, its whole exponents are part of the model, which
        is kept for the next call.
        """
        return _on_inputs(self, _whole(self, p))

    def driven_by(
        self, forcing: Any, inputs: Callable[[Any, Named], Named], p: Named | None = None
    ) -> StiffModel:
        """The circuit driven by any forcing, such as plasma in closed form.

        `inputs(value, p)` turns the forcing's value into the inputs by name, with jax.numpy.
        With `p`, as `parameters_of` gives it, its whole exponents are part of the model: run it
        with the same.
        Keep the model: each new one is compiled anew.
        """
        return _driven(self, forcing, inputs, dict(_whole(self, p)))


Whole = tuple[tuple[str, int], ...]
MOST_WHOLE = 16
"""Larger exponents are left to the general power."""


def _whole(circuit: Circuit, p: Named | None) -> Whole:
    """The exponents among `p` that are one small whole number for everybody."""
    found = {name: p[name] for name in circuit.exponents} if p is not None else {}
    return tuple(
        (name, int(value))
        for name, value in found.items()
        if value.ndim == 0 and value == int(value) and 0 < value <= MOST_WHOLE
    )


@lru_cache(maxsize=64)
def _on_inputs(circuit: Circuit, whole: Whole) -> StiffModel:
    return _driven(circuit, InputForcing(circuit.input_names), lambda u, p: u, dict(whole))


def _driven(
    circuit: Circuit,
    forcing: Any,
    inputs: Callable[[Any, Named], Named],
    whole: Mapping[str, int],
) -> StiffModel:
    def field(t: Any, y: Any, p: Named, value: Any) -> list[Any]:
        given = inputs(value, p)
        return list(circuit.field(t, [y[i] for i in range(n)], {**p, **whole}, given))

    n = len(circuit.states)
    states = tuple(StiffState(one.name, one.lower, one.upper) for one in circuit.states)
    return StiffModel(field, states, forcing=forcing)


def positive_part(x: Array) -> Array:
    """max(0, x), for any kind of array."""
    return 0.5 * (x + abs(x))

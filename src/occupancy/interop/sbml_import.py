"""SBML models into the stiff driver: species, parameters, rules, reactions, events set by time.

The value of a state is what formulas see: a concentration unless the species counts substance
only. A reaction moves amounts, so its rate is divided by the compartment's size where the value
is a concentration. Times are in the model's own unit, whatever it is.

Refused by name: delays, algebraic rules, compartments that change, stoichiometry that is computed,
and events that wait for a state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine import StiffModel, StiffState, simulate_stiff
from occupancy.engine.stiff_model import FunctionForcing
from occupancy.interop.sbml_library import SbmlError, libsbml
from occupancy.interop.sbml_math import (
    ORDER,
    TIME,
    Formula,
    comparisons,
    formula,
    symbols,
    value,
)

Values = NDArray[np.float64]
MOST_EVENTS = 10_000


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
        rules: assignment rules by id, `initial` initial assignments of what is not a state.
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

        Raises:
            SbmlError: a name in `free` that is not a constant of the model.
        """
        for name in free:
            if name not in self.constants:
                raise SbmlError(f"{self.name} has no constant {name!r}")

        def field(t: Any, y: Any, p: Mapping[str, Any], _: Any) -> list[Any]:
            import jax.numpy as jnp

            states = {name: y[i] for i, name in enumerate(self.states)}
            look = self.look(t, states, {name: p[name] for name in names}, jnp)
            return [value(body, look, jnp) + 0.0 * y[0] for body in self.rates]

        names = tuple(dict.fromkeys((*free, *self.switched)))
        states = tuple(StiffState(name, None, None) for name in self.states)
        forcing = FunctionForcing(lambda t, p: 0.0 * t, self.kinks) if self.kinks else None
        return StiffModel(field, states, forcing=forcing)


@dataclass(frozen=True, eq=False)
class SbmlCourse:
    """States and assigned quantities of a model, each (times,) by id, at `times`."""

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


def read_sbml(file: str | Path) -> SbmlModel:
    """Read an SBML model of any level that the library knows.

    Raises:
        SbmlError: a file that is not SBML, or what the module refuses; naming it.
        NoSbmlLibraryError: python-libsbml is not installed.
    """
    library = libsbml()
    document = library.readSBMLFromFile(str(file))
    model = document.getModel()
    severe = document.getNumErrors(library.LIBSBML_SEV_ERROR)
    fatal = document.getNumErrors(library.LIBSBML_SEV_FATAL)
    if model is None or severe or fatal:
        text = document.getError(0).getMessage().strip() if document.getNumErrors() else "no model"
        raise SbmlError(f"{Path(file).name}: {text}")
    return _Reader(library, model).read()


class _Reader:
    """One model of the library, taken apart."""

    def __init__(self, library: Any, model: Any) -> None:
        self.library, self.model = library, model
        self.functions = {
            one.getId(): (
                [one.getArgument(i).getName() for i in range(one.getNumArguments())],
                formula(one.getBody(), {}),
            )
            for one in model.getListOfFunctionDefinitions()
        }

    def read(self) -> SbmlModel:
        model, library = self.model, self.library
        rules: dict[str, Formula] = {}
        rate_rules: dict[str, Formula] = {}
        for rule in model.getListOfRules():
            if rule.getTypeCode() == library.SBML_ALGEBRAIC_RULE:
                raise SbmlError(f"{model.getId()}: algebraic rules are not read")
            into = rate_rules if rule.getTypeCode() == library.SBML_RATE_RULE else rules
            into[rule.getVariable()] = self._formula(rule)
        sizes = {one.getId(): float(one.getSize()) for one in model.getListOfCompartments()}
        for name in sizes:
            if name in rules or name in rate_rules:
                raise SbmlError(f"{model.getId()}: compartment {name!r} changes its size")
        change = self._reactions(sizes)
        moved = [
            one.getId()
            for one in model.getListOfSpecies()
            if one.getId() in change and not one.getBoundaryCondition() and not one.getConstant()
        ]
        states = tuple(dict.fromkeys((*rate_rules, *moved)))
        start = {**sizes, **self._parameters(), **self._species(sizes)}
        initial = {
            one.getSymbol(): self._formula(one) for one in model.getListOfInitialAssignments()
        }
        constants = {k: v for k, v in start.items() if k not in states and k not in rules}
        made = SbmlModel(
            name=model.getId() or model.getName(),
            states=states,
            y0=np.array([start.get(name, np.nan) for name in states]),
            constants=constants,
            rules=rules,
            initial={k: v for k, v in initial.items() if k not in states},
            rates=tuple(
                rate_rules[name] if name in rate_rules else ("+", *change[name]) for name in states
            ),
            events=tuple(self._event(one, states) for one in model.getListOfEvents()),
        )
        begun = made.y0.copy()
        for i, name in enumerate(states):
            if name in initial:
                begun[i] = float(made.at_rest(initial[name]))
        if not np.isfinite(begun).all():
            bad = states[int(np.argmax(~np.isfinite(begun)))]
            raise SbmlError(f"{made.name}: {bad!r} has no initial value")
        return SbmlModel(**{**vars(made), "y0": begun})

    def _formula(self, holder: Any) -> Formula:
        return formula(holder.getMath(), self.functions)

    def _parameters(self) -> dict[str, float]:
        return {one.getId(): float(one.getValue()) for one in self.model.getListOfParameters()}

    def _species(self, sizes: Mapping[str, float]) -> dict[str, float]:
        """Initial values as formulas see them."""
        out: dict[str, float] = {}
        for one in self.model.getListOfSpecies():
            size = sizes[one.getCompartment()]
            amounts = one.getHasOnlySubstanceUnits()
            if one.isSetInitialAmount():
                out[one.getId()] = one.getInitialAmount() / (1.0 if amounts else size)
            elif one.isSetInitialConcentration():
                out[one.getId()] = one.getInitialConcentration() * (size if amounts else 1.0)
        return out

    def _reactions(self, sizes: Mapping[str, float]) -> dict[str, list[Formula]]:
        """By species the terms of its change."""
        change: dict[str, list[Formula]] = {}
        for one in self.model.getListOfReactions():
            law = one.getKineticLaw()
            if law is None:
                raise SbmlError(f"reaction {one.getId()!r} has no kinetic law")
            own = {p.getId(): float(p.getValue()) for p in law.getListOfParameters()}
            own |= {p.getId(): float(p.getValue()) for p in law.getListOfLocalParameters()}
            body = self._formula(law)
            rate = _with_numbers(body, own)
            for sign, side in ((-1.0, one.getListOfReactants()), (1.0, one.getListOfProducts())):
                for reference in side:
                    name = reference.getSpecies()
                    species = self.model.getSpecies(name)
                    amounts = species.getHasOnlySubstanceUnits()
                    size = 1.0 if amounts else sizes[species.getCompartment()]
                    if reference.isSetStoichiometryMath():
                        raise SbmlError(f"reaction {one.getId()!r} computes its stoichiometry")
                    # a level 3 reference without a number stands for one
                    times = reference.getStoichiometry()
                    times = 1.0 if np.isnan(times) else float(times)
                    change.setdefault(name, []).append(("*", sign * times / size, rate))
        return change

    def _event(self, event: Any, states: Sequence[str]) -> SbmlEvent:
        name = event.getId() or event.getName()
        if event.isSetDelay() or event.isSetPriority():
            raise SbmlError(f"event {name!r} has a delay or a priority")
        trigger = self._formula(event.getTrigger())
        at = None
        if isinstance(trigger, tuple) and trigger[0] in ORDER:
            operation, left, right = trigger
            later = operation in (">", ">=")
            at = right if later and left == TIME else left if not later and right == TIME else None
        if at is None or set(symbols(at)) & {*states, TIME}:
            raise SbmlError(f"event {name!r} waits for {trigger}; only times are read")
        assignments = tuple(
            (one.getVariable(), self._formula(one)) for one in event.getListOfEventAssignments()
        )
        return SbmlEvent(at, assignments)


def _with_numbers(body: Formula, own: Mapping[str, float]) -> Formula:
    if isinstance(body, str):
        return own.get(body, body)
    if isinstance(body, tuple):
        return (body[0], *(_with_numbers(one, own) for one in body[1:]))
    return body

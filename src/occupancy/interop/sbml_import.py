"""SBML models into the stiff driver: species, parameters, rules, reactions, events set by time.

The value of a state is what formulas see: a concentration unless the species counts substance
only. A reaction moves amounts, so its rate is divided by the compartment's size where the value
is a concentration. Times are in the model's own unit, whatever it is.

Refused by name: delays, algebraic rules, compartments that change, stoichiometry that is computed,
and events that wait for a state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from occupancy.interop.sbml_library import SbmlError, libsbml
from occupancy.interop.sbml_math import ORDER, TIME, Formula, formula, substituted, symbols
from occupancy.interop.sbml_model import SbmlEvent, SbmlModel


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
        self.functions: dict[str, tuple[tuple[str, ...], Formula]] = {}
        for one in model.getListOfFunctionDefinitions():
            names = tuple(one.getArgument(i).getName() for i in range(one.getNumArguments()))
            self.functions[one.getId()] = names, formula(one.getBody(), self.functions)

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
        rules |= self._reactions()
        change = self._changes(sizes)
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

    def _reactions(self) -> dict[str, Formula]:
        """The rate of every reaction, as a rule of its name."""
        rates: dict[str, Formula] = {}
        for one in self.model.getListOfReactions():
            law = one.getKineticLaw()
            if law is None:
                raise SbmlError(f"reaction {one.getId()!r} has no kinetic law")
            own = {p.getId(): float(p.getValue()) for p in law.getListOfParameters()}
            own |= {p.getId(): float(p.getValue()) for p in law.getListOfLocalParameters()}
            rates[one.getId()] = substituted(self._formula(law), own)
        return rates

    def _changes(self, sizes: Mapping[str, float]) -> dict[str, list[Formula]]:
        """By species the terms of its change."""
        change: dict[str, list[Formula]] = {}
        for one in self.model.getListOfReactions():
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
                    change.setdefault(name, []).append(("*", sign * times / size, one.getId()))
        return change

    def _event(self, event: Any, states: Sequence[str]) -> SbmlEvent:
        name = event.getId() or event.getName()
        if event.isSetDelay() or event.isSetPriority():
            raise SbmlError(f"event {name!r} has a delay or a priority")
        trigger = substituted(self._formula(event.getTrigger()), {})
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

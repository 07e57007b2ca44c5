"""A circuit as an SBML model, level 3 version 2: states with rate rules, parameters, inputs.

Time is in hours. Inputs are constant, or switched by events where a course of steps is given.
What is read from the circuit becomes assignment rules where it can be written as a formula;
where it needs a search (a probability calibrated on the fly) it is left out and the notes say so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from occupancy.circuit import Circuit, CircuitError
from occupancy.circuit.parameters import course_of, parameters_of
from occupancy.circuit.steady import rest
from occupancy.engine import InputCourse
from occupancy.evidence.loader import reference
from occupancy.interop.sbml_library import SbmlError, libsbml
from occupancy.interop.sbml_nesting import handed_on, names_in
from occupancy.interop.sbml_trace import Trace, Writer
from occupancy.version import VERSION

LEVEL, SBML_VERSION = 3, 2
#: Words that mean something else in a formula of level 3.
RESERVED: Final = frozenset(
    "time avogadro delay pi exponentiale true false infinity inf nan notanumber lambda piecewise "
    "abs acos acot acsc asec asin atan ceil ceiling cos cot csc exp factorial floor ln log log10 "
    "max min plus minus times divide pow power quotient rem root sec sign sin sqr sqrt tan and or "
    "not xor implies rateOf eq neq gt lt geq leq".lower().split()
)
HOUR_S = 3600.0


def circuit_sbml(
    circuit: Circuit,
    inputs: Mapping[str, ArrayLike] | InputCourse | None = None,
    parameters: Mapping[str, ArrayLike] | None = None,
    y0: ArrayLike | None = None,
) -> str:
    """The circuit of one person as SBML text.

    Args:
        circuit: the circuit.
        inputs: constants by name, or a course of steps ("constant" between its points).
        parameters: those that differ from the record, in its units.
        y0: states at time 0, (states,); None is the drug-free fixed point.

    Raises:
        CircuitError: inputs, parameters or states that cannot be, or for several people.
        SbmlError: a field or a course that has no text; says which.
        NoSbmlLibraryError: python-libsbml is not installed.
    """
    p = parameters_of(circuit, parameters)
    course = course_of(circuit, inputs or {})
    if course.people > 1 or any(x.size > 1 for x in p.values()):
        raise CircuitError("an SBML model holds one person; give numbers, not one value a person.")
    if course.between == "linear" and course.grid_h.size > 1:
        raise SbmlError('inputs change along straight lines; give steps, between="constant"')
    resting = rest(circuit, p, 1)[:, 0]
    start = resting if y0 is None else np.asarray(y0, dtype=np.float64).reshape(-1)
    if start.shape != resting.shape or not np.isfinite(start).all():
        raise CircuitError(f"y0 has shape {start.shape}; give one number for {circuit.state_names}")
    numbers = {name: float(np.ravel(x)[0]) for name, x in p.items()}
    return _Model(circuit, course, numbers, start, resting).text()


class _Model:
    """One model in the making."""

    def __init__(
        self,
        circuit: Circuit,
        course: InputCourse,
        p: Mapping[str, float],
        start: Any,
        resting: Any,
    ) -> None:
        self.library = libsbml()
        self.circuit, self.course, self.p = circuit, course, p
        self.start = dict(zip(circuit.state_names, start.tolist(), strict=True))
        self.rests = {
            f"rest_{n}": float(x) for n, x in zip(circuit.state_names, resting, strict=True)
        }
        self.ids: dict[tuple[str, str], str] = {}
        self.document = self.library.SBMLDocument(LEVEL, SBML_VERSION)
        self.model = self.document.createModel()
        self.units: dict[str, str] = {}

    def text(self) -> str:
        circuit, model = self.circuit, self.model
        model.setId(self._id(("circuit", f"circuit_{circuit.name}")))
        model.setName(circuit.title)
        self._time_unit()
        for one in circuit.states:
            self._quantity(("state", one.name), self.start[one.name], False, one.unit, one.text)
        first = {name: float(x[0, 0]) for name, x in self.course.values.items()}
        still = self.course.grid_h.size == 1
        for one in circuit.inputs:
            self._quantity(("input", one.name), first[one.name], still, one.unit, one.text)
        for name, figure in circuit.parameters.items():
            self._quantity(("parameter", name), self.p[name], True, figure.unit, figure.text)
        left_out = self._equations()
        self._events()
        self._notes(left_out)
        document = self.library.writeSBMLToString(self.document)
        # units are in the notes, so there is nothing to check of them, and it takes minutes
        for kind in ("UNITS_CONSISTENCY", "MODELING_PRACTICE"):
            self.document.setConsistencyChecks(getattr(self.library, f"LIBSBML_CAT_{kind}"), False)
        self.document.checkConsistency()
        for i in range(self.document.getNumErrors()):
            one = self.document.getError(i)
            if one.getSeverity() >= self.library.LIBSBML_SEV_ERROR:
                raise SbmlError(f"{circuit.name}: {one.getMessage().strip()}")
        return str(document)

    def _id(self, key: tuple[str, str]) -> str:
        """An id for a quantity, its own name unless that is taken or means something else."""
        if key not in self.ids:
            name = re.sub(r"\W", "_", key[1])
            taken = set(self.ids.values())
            if name.lower() in RESERVED or name in taken:
                name = f"{name}_{key[0]}"
            self.ids[key] = name
        return self.ids[key]

    def _quantity(
        self, key: tuple[str, str], value: float | None, constant: bool, unit: str, text: str
    ) -> Any:
        one = self.model.createParameter()
        one.setId(self._id(key))
        one.setName(text)
        one.setConstant(constant)
        one.setUnits("dimensionless")
        if value is not None:
            one.setValue(value)
        if unit not in ("", "1"):
            note = unit if key[0] != "parameter" else f"{unit}, time in hours"
            one.setNotes(_paragraphs([f"unit: {note}"]))
        return one

    def _equations(self) -> list[str]:
        """Rate rules of the states and assignment rules of the rest; outputs left out."""
        circuit = self.circuit
        states, inputs, p = circuit.state_names, circuit.input_names, tuple(self.p)
        names = [
            *(self._id(("state", n)) for n in states),
            *(self._id(("input", n)) for n in inputs),
            *(self._id(("parameter", n)) for n in p),
        ]

        def taken(scalars: Any) -> tuple[Any, Any, Any]:
            n, m = len(states), len(states) + len(inputs)
            return (
                list(scalars[:n]),
                dict(zip(p, scalars[m : m + len(p)], strict=True)),
                dict(zip(inputs, scalars[n:m], strict=True)),
            )

        def field(t: Any, *scalars: Any) -> list[Any]:
            y, parameters, u = taken(scalars)
            return list(circuit.field(t, y, parameters, u))

        writer = Writer("w_")
        rates = Trace(field, ["time", *names]).texts(writer)
        wanted = {("state", name): text for name, text in zip(states, rates, strict=True)}
        left_out = []
        rests = tuple(self.rests)

        def outputs(*scalars: Any) -> list[Any]:
            y, parameters, u = taken(scalars)
            at_rest = dict(zip(rests, scalars[-len(rests) :], strict=True))
            found = circuit.outputs(y, {**parameters, **at_rest}, u)
            return [found[out.name] for out in circuit.read]

        trace = Trace(outputs, [*names, *(self._id(("rest", r)) for r in rests)])
        for i, out in enumerate(circuit.read):
            before = set(writer.made)
            try:
                (text,) = trace.texts(writer, slice(i, i + 1), MOST_OPERATIONS)
            except SbmlError:
                writer.forget(set(writer.made) - before)
                left_out.append(out.name)
                continue
            wanted["output", out.name] = text
            self._quantity(("output", out.name), None, False, out.unit, out.text)
        self._written(writer, wanted)
        return left_out

    def _written(self, writer: Writer, wanted: Mapping[tuple[str, str], str]) -> None:
        """Rules for rates and outputs, and for the quantities and functions that they name."""
        last = {f"{kind} {name}": (kind, name) for kind, name in wanted}
        wants = dict(zip(last, wanted.values(), strict=True))
        functions, texts = handed_on(writer.made, wants, "f_")
        self._rests_in([*texts.values()])
        for one in functions:
            made = self.model.createFunctionDefinition()
            made.setId(one.id)
            made.setMath(self._math(f"lambda({', '.join((*one.takes, one.text))})"))
        used = {name for key in last for name in names_in(texts[key])}
        for name in reversed(writer.made):
            if name in used:
                used |= set(names_in(texts[name]))
        self._assigned({name: texts[name] for name in writer.made if name in used})
        for key, quantity in last.items():
            state = quantity[0] == "state"
            rule = self.model.createRateRule() if state else self.model.createAssignmentRule()
            self._rule(rule, self._id(quantity), texts[key])

    def _rests_in(self, texts: list[str]) -> None:
        """Parameters for the drug-free values that the texts name, once each."""
        for name, value in self.rests.items():
            called = self._id(("rest", name))
            used = any(re.search(rf"\b{called}\b", one) for one in texts)
            if used and self.model.getParameter(called) is None:
                self._quantity(("rest", name), value, True, "", "value without a drug")

    def _assigned(self, made: Mapping[str, str]) -> None:
        for name, text in made.items():
            one = self.model.createParameter()
            one.setId(name)
            one.setConstant(False)
            one.setUnits("dimensionless")
            self._rule(self.model.createAssignmentRule(), name, text)

    def _rule(self, rule: Any, variable: str, text: str) -> None:
        rule.setVariable(variable)
        rule.setMath(self._math(text))

    def _math(self, text: str) -> Any:
        settings = self.library.L3ParserSettings()
        settings.setParseUnits(False)
        math = self.library.parseL3FormulaWithSettings(text, settings)
        if math is None:
            raise SbmlError(f"{self.circuit.name}: {self.library.getLastParseL3Error()}")
        return math

    def _events(self) -> None:
        """One event for every later step of the inputs."""
        for k, hour in enumerate(self.course.grid_h[1:], start=1):
            event = self.model.createEvent()
            event.setId(f"step_{k}")
            event.setUseValuesFromTriggerTime(True)
            trigger = event.createTrigger()
            trigger.setInitialValue(False)
            trigger.setPersistent(True)
            trigger.setMath(self._math(f"time >= {float(hour)!r}"))
            for name, values in self.course.values.items():
                assigned = event.createEventAssignment()
                assigned.setVariable(self._id(("input", name)))
                assigned.setMath(self._math(repr(float(values[k, 0]))))

    def _time_unit(self) -> None:
        unit = self.model.createUnitDefinition()
        unit.setId("hour")
        second = unit.createUnit()
        second.setKind(self.library.UNIT_KIND_SECOND)
        second.setMultiplier(HOUR_S)
        second.setScale(0)
        second.setExponent(1)
        self.model.setTimeUnits("hour")

    def _notes(self, left_out: list[str]) -> None:
        lines = [f"Circuit {self.circuit.name} of occupancy {VERSION}; time in hours."]
        if left_out:
            lines.append(f"Not written as formulas: {', '.join(left_out)}.")
        lines += self.circuit.caveats
        cited = dict.fromkeys(one.cite for one in self.circuit.parameters.values())
        lines += [f"Source: {reference(key).text()}" for key in cited]
        self.model.setNotes(_paragraphs(lines))


MOST_OPERATIONS = 1500
"""An output that takes more operations than this is left out."""


def _paragraphs(lines: list[str]) -> str:
    inside = "".join(f"<p>{escape(one)}</p>" for one in lines)
    return f'<body xmlns="http://www.w3.org/1999/xhtml">{inside}</body>'

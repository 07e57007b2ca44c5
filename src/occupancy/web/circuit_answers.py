"""Questions about circuits and receptors, answered as `answers` does those about doses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from occupancy.web.mistakes import Gathered, about
from occupancy.web.questions import CircuitQuestion

if TYPE_CHECKING:
    from occupancy.circuit import Circuit, CircuitSteady
    from occupancy.course.circuit_alone import CircuitAsked
    from occupancy.course.circuit_documents import CircuitDocument


def circuit(asked: CircuitQuestion) -> CircuitDocument:
    """`occupancy circuit`."""
    from occupancy.course.circuit_alone import alone_document, circuit_alone

    held = _held(asked)
    with about("circuit", asked.circuit):
        answer = circuit_alone(
            held,
            start=asked.start,
            days=asked.days,
            until=asked.until,
            draws=asked.draws,
            seed=asked.seed,
        )
        return alone_document(held, answer, asked.level)


def fixed_point(asked: CircuitQuestion) -> tuple[CircuitSteady, CircuitDocument]:
    """The fixed point of a question without days, and its document."""
    from occupancy.circuit import CircuitSteady
    from occupancy.course.circuit_alone import alone_document, circuit_alone

    held = _held(asked)
    with about("circuit", asked.circuit):
        answer = circuit_alone(held, draws=asked.draws, seed=asked.seed)
        assert isinstance(answer, CircuitSteady)
        return answer, alone_document(held, answer, asked.level)


def _held(asked: CircuitQuestion) -> CircuitAsked:
    """What a question holds of its circuit.

    Raises:
        Mistakes: one for each value that cannot be, by its own name.
    """
    from occupancy.circuit.ageing import SCENARIOS, aged
    from occupancy.circuit.catalogue import circuit as called
    from occupancy.circuit.start import switched
    from occupancy.course.circuit_alone import circuit_asked

    with about("circuit", asked.circuit):
        chosen = called(asked.circuit)
    together = Gathered()
    _inputs(chosen, asked.inputs, together)
    _parameters(chosen, asked, together)
    if asked.days is None:
        for name in ("until", "start"):
            with together.about(name, getattr(asked, name) or None):
                if getattr(asked, name):
                    raise ValueError(f"{name} says how a course goes; give days too")
    if asked.days is not None and asked.until is not None:
        with together.about("until", asked.until):
            switched(chosen, {}, asked.days, asked.until)
    if asked.ageing is not None and asked.age is not None:
        known = asked.ageing in SCENARIOS
        with together.about(*(("age", asked.age) if known else ("ageing", asked.ageing))):
            aged(asked.ageing, asked.age)
    together.complain()
    with about("age" if asked.ageing is None else "ageing", asked.ageing or asked.age):
        return circuit_asked(asked.circuit, asked.inputs, asked.parameters, asked.ageing, asked.age)


def _inputs(chosen: Circuit, given: Mapping[str, float], together: Gathered) -> None:
    from occupancy.circuit.parameters import inputs_of

    for name, value in given.items():
        with together.about(f"inputs.{name}", value):
            inputs_of(chosen, {name: value})


def _parameters(chosen: Circuit, asked: CircuitQuestion, together: Gathered) -> None:
    from occupancy.circuit import parameters_of
    from occupancy.circuit.start import start_of

    good: dict[str, float] = {}
    for name, value in asked.parameters.items():
        with together.about(f"parameters.{name}", value):
            parameters_of(chosen, {name: value})
            good[name] = value
    for name, value in asked.start.items():
        with together.about(f"start.{name}", value):
            start_of(chosen, {name: value}, good)

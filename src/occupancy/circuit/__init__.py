"""Circuits: what the brain makes of occupancy.

A circuit takes target occupancies (or another signal), carries its own states and answers with
what is read from them. Each stands on an evidence record with its parameters, and says what is
established, what is a hypothesis and what cannot be identified. `steady` finds the fixed point
under constant inputs with NumPy alone, `run` integrates any course of inputs on the engine's
stiff driver, `document` turns a run into JSON. May import the engine and the rooms below it.
"""

from occupancy.circuit.document import document
from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit, Input, Output, State, positive_part
from occupancy.circuit.parameters import parameter_draws, parameters_of
from occupancy.circuit.run import CircuitCourse, run
from occupancy.circuit.steady import CircuitSteady, steady

__all__ = [
    "Circuit",
    "CircuitCourse",
    "CircuitError",
    "CircuitSteady",
    "Input",
    "Output",
    "State",
    "document",
    "parameter_draws",
    "parameters_of",
    "positive_part",
    "run",
    "steady",
]

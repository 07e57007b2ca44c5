"""Plasma and brain: exact linear pharmacokinetics of one regimen for a batch of parameters.

A `System` (species, inputs, effect sites) and `Doses` go in; concentrations in ng/mL come out.
May import NumPy and the rooms below; knows nothing of drugs, evidence or people.
"""

from occupancy.kinetics.average import average_concentration
from occupancy.kinetics.disposition import (
    DeepSite,
    EffectSite,
    Formation,
    Input,
    Species,
    System,
)
from occupancy.kinetics.doses import Doses
from occupancy.kinetics.halflife import effective_half_life, half_life, terminal_half_life
from occupancy.kinetics.propagate import Concentrations, State, simulate, simulate_epochs
from occupancy.kinetics.steady import SteadyState, steady_state

__all__ = [
    "Concentrations",
    "DeepSite",
    "Doses",
    "EffectSite",
    "Formation",
    "Input",
    "Species",
    "State",
    "SteadyState",
    "System",
    "average_concentration",
    "effective_half_life",
    "half_life",
    "simulate",
    "simulate_epochs",
    "steady_state",
    "terminal_half_life",
]

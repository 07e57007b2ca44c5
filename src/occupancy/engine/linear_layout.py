"""What is static about a linear program."""

from __future__ import annotations

from dataclasses import dataclass

from occupancy.engine.linear_structure import Structure


@dataclass(frozen=True)
class Layout:
    """Everything static of a program: compiled once, whatever the numbers.

    Attributes:
        structure: states and flows.
        levels: squarings of the propagator.
        occasions: number of parameter sets.
        table: whether the propagators of all distinct steps are made beforehand.
        every_step: whether each step is an output, in order.
        period: 0, or the number of steps after which the course repeats its steps: events fall
            on every such node only, so that what lies between is read from the state there.
        fraction_included: as in `EventGrid`.
        parameters: names of the parameters, in the order they are packed.
        read: names of the concentrations to return.
        targets: (name, ligands, whether it has a Hill coefficient).
        cycle: whether the course starts from the steady state of a cycle, and that cycle's
            own `table`.
    """

    structure: Structure
    levels: int
    occasions: int
    table: bool
    every_step: bool
    period: int
    fraction_included: bool
    parameters: tuple[str, ...]
    read: tuple[str, ...]
    targets: tuple[tuple[str, tuple[str, ...], bool], ...]
    cycle: Layout | None = None

"""What a course made of a circuit."""

from __future__ import annotations

from dataclasses import dataclass

from occupancy.circuit import CircuitCourse


@dataclass(frozen=True)
class Driven:
    """A circuit under a course.

    Attributes:
        course: the circuit's states and outputs at the hours of the course, draws last.
        targets: whose occupancies drove it.
        notes: what was assumed, in sentences.
    """

    course: CircuitCourse
    targets: tuple[str, ...]
    notes: tuple[str, ...]

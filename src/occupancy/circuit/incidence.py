"""How often tardive dyskinesia appears: by class and age, beside the circuit, not from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from occupancy.circuit.error import CircuitError
from occupancy.evidence import circuit_record


@dataclass(frozen=True)
class Incidence:
    """New cases per person and year; `low` and `high` are the 95 % interval, None where none."""

    per_year: float
    low: float | None
    high: float | None
    cite: str
    text: str
    note: str

    def share_after(self, years: float) -> float:
        """Share affected after some years at a constant rate, 1 - exp(-rate years).

        Raises:
            CircuitError: a negative time.
        """
        if not years >= 0:
            raise CircuitError(f"years is {years:g}; it must be zero or more.")
        return -math.expm1(-self.per_year * years)


def incidence(drug_class: str, age: str = "all") -> Incidence:
    """Annual incidence on first- ("FGA") or second-generation ("SGA") antipsychotics.

    `age` is "all" (57 randomised trials), or "children", "adults", "elderly" (an older review).

    Raises:
        CircuitError: a class or an age without a figure; names those there are.
    """
    figures = {one.name: one for one in circuit_record("dyskinesia").figure}
    name = f"incidence_{drug_class}" + ("" if age == "all" else f"_{age}")
    if name not in figures:
        known = [one.removeprefix("incidence_") for one in figures if one.startswith("incidence_")]
        raise CircuitError(
            f"no incidence for {drug_class!r}, age {age!r}; there are {', '.join(known)}."
        )
    one = figures[name]
    return Incidence(one.value, one.low, one.high, one.cite, one.text, one.note)

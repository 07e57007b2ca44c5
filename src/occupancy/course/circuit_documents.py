"""The JSON document of a circuit, alone (`occupancy circuit --json`) or driven by a course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from occupancy.course.answer import DISCLAIMER, Document


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CircuitSeries(Document):
    """An input, a state or an output over time; low and high with several draws only."""

    unit: str
    text: str
    time_h: list[float]
    value: list[float]
    low: list[float] | None = None
    high: list[float] | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SteadyLine(Document):
    """A state or an output at the fixed point under the last inputs."""

    unit: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ParameterLine(Document):
    """A parameter of a circuit as it was used, and where it comes from."""

    value: float
    unit: str
    status: str
    cite: str
    text: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SolverError(Document):
    """How exact the integration was, measured on halved steps."""

    ratio: float
    estimate: dict[str, float]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CircuitDocument(Document):
    """`occupancy circuit --json`; with `--circuit` also an entry of `circuits` of a course.

    Without `--days` the series hold rest, at 0 h, and `steady` holds where the inputs lead.
    """

    document: Literal["circuit"] = "circuit"
    version: str
    circuit: str
    title: str
    people: int
    level: float
    inputs: dict[str, CircuitSeries]
    states: dict[str, CircuitSeries]
    outputs: dict[str, CircuitSeries]
    steady: dict[str, SteadyLine]
    error: SolverError | None
    parameters: dict[str, ParameterLine]
    caveats: list[str]
    disclaimer: str = DISCLAIMER


def circuit_document(plain: dict[str, Any], notes: Sequence[str] = ()) -> CircuitDocument:
    """The document of `circuit.document.document`, in its type; `notes` join its caveats."""
    from occupancy.course.answering import rounded

    def short(line: dict[str, Any]) -> dict[str, Any]:
        return {
            key: rounded(x)
            if isinstance(x, float)
            else [rounded(one) for one in x]
            if isinstance(x, list)
            else x
            for key, x in line.items()
        }

    parts: dict[str, Any] = {
        "inputs": CircuitSeries,
        "states": CircuitSeries,
        "outputs": CircuitSeries,
        "steady": SteadyLine,
        "parameters": ParameterLine,
    }
    typed = {
        key: {name: part(**short(line)) for name, line in plain[key].items()}
        for key, part in parts.items()
    }
    error = None if plain["error"] is None else SolverError(**plain["error"])
    caveats = [*notes, *plain["caveats"]]
    return CircuitDocument(**{**plain, **typed, "error": error, "caveats": caveats})

"""The record of a circuit: its parameters, each with unit, range, standing and source."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import MinLen

from occupancy.evidence.figure import Name, Record

ParameterStatus = Literal[
    "primary", "transcription", "secondary", "derived", "recalled", "assumed", "hypothesis"
]
Spread = Literal["uniform", "loguniform"]

#: What a unit of a circuit's parameter is made of, joined by * and /.
UNIT_PARTS: Final[frozenset[str]] = frozenset(
    {"1", "fraction", "point", "h", "min", "s", "ms", "day", "year", "nM", "uM", "mg", "mV", "Hz"}
)
#: Hours in one of the units of time that a parameter may be given in.
HOURS: Final[dict[str, float]] = {
    "h": 1.0,
    "min": 1.0 / 60.0,
    "s": 1.0 / 3600.0,
    "ms": 1.0 / 3.6e6,
    "day": 24.0,
    "year": 8766.0,
}


@dataclass(frozen=True, kw_only=True)
class CircuitParameter(Record):
    """One parameter of a circuit.

    Attributes:
        name: as the circuit's equations call it.
        value: the default.
        unit: parts of `UNIT_PARTS` joined by * and /; time in any unit, hours in the circuit.
        low, high: the range the evidence or the assumption allows.
        spread: how draws fill that range; without it the parameter does not vary.
        status: standing of the value. "assumed" has no measurement behind it, "hypothesis" no
            established mechanism either.
        cite: key of a reference.
        text: what it is.
        note: what to know about the value.
    """

    name: Name
    value: float
    unit: Name
    low: float | None = None
    high: float | None = None
    spread: Spread | None = None
    status: ParameterStatus
    cite: Name
    text: Name
    note: str = ""

    def __post_init__(self) -> None:
        """Check unit and range."""
        unknown = [part for part in self.parts if part not in UNIT_PARTS]
        if unknown:
            raise ValueError(
                f"{self.name}: unit {self.unit!r} holds {unknown[0]!r}; allowed parts are "
                f"{', '.join(sorted(UNIT_PARTS))}, joined by * and /"
            )
        if (self.low is None) != (self.high is None):
            raise ValueError(f"{self.name}: give both `low` and `high`, or neither")
        if self.low is not None and self.high is not None:
            if not self.low <= self.value <= self.high:
                raise ValueError(
                    f"{self.name}: value {self.value:g} lies outside {self.low:g} to {self.high:g}"
                )
            if self.spread == "loguniform" and self.low <= 0:
                raise ValueError(f"{self.name}: a loguniform spread needs `low` above zero")
        elif self.spread is not None:
            raise ValueError(f"{self.name}: spread {self.spread!r} needs `low` and `high`")

    @property
    def parts(self) -> tuple[str, ...]:
        """The unit taken apart, "1/nM/s" -> ("1", "nM", "s")."""
        return tuple(self.unit.replace("*", "/").split("/"))

    @property
    def per_hour(self) -> float:
        """What `value` is multiplied by so that every time in its unit is in hours."""
        factor, sign = 1.0, "*"
        rest = self.unit
        while rest:
            at = min((i for i in (rest.find("*"), rest.find("/")) if i >= 0), default=len(rest))
            hours = HOURS.get(rest[:at], 1.0)
            factor = factor * hours if sign == "*" else factor / hours
            sign, rest = rest[at : at + 1], rest[at + 1 :]
        return factor


@dataclass(frozen=True, kw_only=True)
class CircuitRecord(Record):
    """`records/circuits/NAME.toml`: the parameters of one circuit.

    `positive` names the parameters that must be above zero, `zero_or_more` those that must not
    be negative; what is in neither may take any sign. `figure` holds numbers that stand beside
    the circuit without entering its equations.
    """

    name: Name
    title: Name
    parameter: Annotated[tuple[CircuitParameter, ...], MinLen(1)]
    positive: tuple[str, ...] = ()
    zero_or_more: tuple[str, ...] = ()
    at_most_one: tuple[str, ...] = ()
    caveat: tuple[str, ...] = ()
    figure: tuple[CircuitParameter, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Check that names stand once and that the named ones exist."""
        names = [one.name for one in (*self.parameter, *self.figure)]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"parameter {repeated[0]!r} stands twice")
        names = [one.name for one in self.parameter]
        for kind in ("positive", "zero_or_more", "at_most_one"):
            for name in getattr(self, kind):
                if name not in names:
                    raise ValueError(f"{kind} names {name!r}, which is not a parameter")

    def parameters(self) -> dict[str, CircuitParameter]:
        """The parameters by name."""
        return {one.name: one for one in self.parameter}

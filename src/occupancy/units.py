"""Quantities at the boundary: the units records and people may write, and their factors.

Every boundary of the house converts to one canonical unit per quantity (`ng/mL`, `L/h`,
`h`, `mg`, `fraction` ...). The factors are exact by definition of the units, so they stand
here as a small table; `audit` and the tests check each of them against pint.
Molar concentrations need the molar mass of what is measured and are converted by
`to_mass_concentration`, never silently.
"""

from typing import Final


class UnitError(ValueError):
    """A unit that is unknown, or of the wrong kind for the quantity."""


# unit -> (canonical unit, factor): value_canonical = value * factor
_FACTORS: Final[dict[str, tuple[str, float]]] = {
    "1": ("1", 1.0),
    "fraction": ("fraction", 1.0),
    "%": ("fraction", 0.01),
    "L/h": ("L/h", 1.0),
    "L/day": ("L/h", 1.0 / 24.0),
    "L/min": ("L/h", 60.0),
    "mL/min": ("L/h", 0.06),
    "mL/h": ("L/h", 0.001),
    "L": ("L", 1.0),
    "mL": ("L", 0.001),
    "L/kg": ("L/kg", 1.0),
    "1/h": ("1/h", 1.0),
    "1/day": ("1/h", 1.0 / 24.0),
    "1/min": ("1/h", 60.0),
    "1/s": ("1/h", 3600.0),
    "h": ("h", 1.0),
    "min": ("h", 1.0 / 60.0),
    "s": ("h", 1.0 / 3600.0),
    "day": ("h", 24.0),
    "week": ("h", 168.0),
    "mg": ("mg", 1.0),
    "g": ("mg", 1000.0),
    "ug": ("mg", 0.001),
    "mg/day": ("mg", 1.0),  # a daily dose is an amount per day of treatment
    "mg/h": ("mg/h", 1.0),
    "mg/kg": ("mg/kg", 1.0),
    "ng/mL": ("ng/mL", 1.0),
    "ug/L": ("ng/mL", 1.0),
    "ug/mL": ("ng/mL", 1000.0),
    "mg/L": ("ng/mL", 1000.0),
    "pg/mL": ("ng/mL", 0.001),
    "ng*h/mL": ("ng*h/mL", 1.0),
    "ug*h/L": ("ng*h/mL", 1.0),
    "nM": ("nM", 1.0),
    "uM": ("nM", 1000.0),
    "pM": ("nM", 0.001),
    "1/nM/h": ("1/nM/h", 1.0),
    "1/nM/min": ("1/nM/h", 60.0),
    "1/nM/s": ("1/nM/h", 3600.0),
    "kg": ("kg", 1.0),
    "kg/m^2": ("kg/m^2", 1.0),
    "cm": ("cm", 1.0),
    "year": ("year", 1.0),
    "1/year": ("1/year", 1.0),
}

UNITS: Final[frozenset[str]] = frozenset(_FACTORS)


def convert(value: float, unit: str, to: str) -> float:
    """`value` in `unit`, expressed in the canonical unit `to`.

    Raises:
        UnitError: when `unit` is unknown or measures something other than `to`.
    """
    if unit not in _FACTORS:
        raise UnitError(f"unit {unit!r} is not known; allowed: {', '.join(sorted(UNITS))}")
    canonical, factor = _FACTORS[unit]
    if canonical != to:
        raise UnitError(f"unit {unit!r} measures {canonical}, but {to} is wanted here")
    return value * factor


def measures(unit: str) -> str:
    """The canonical unit that `unit` converts to.

    Raises:
        UnitError: when `unit` is unknown.
    """
    if unit not in _FACTORS:
        raise UnitError(f"unit {unit!r} is not known; allowed: {', '.join(sorted(UNITS))}")
    return _FACTORS[unit][0]


def to_mass_concentration(value_nM: float, molar_mass_g_per_mol: float) -> float:
    """Molar to mass concentration: C[ng/mL] = C[nM] * M[g/mol] / 1000.

    `molar_mass_g_per_mol` must be that of the measured species (free base as a rule).
    """
    return value_nM * molar_mass_g_per_mol / 1000.0


def to_molar_concentration(value_ng_per_mL: float, molar_mass_g_per_mol: float) -> float:
    """Mass to molar concentration: C[nM] = 1000 * C[ng/mL] / M[g/mol]."""
    return 1000.0 * value_ng_per_mL / molar_mass_g_per_mol

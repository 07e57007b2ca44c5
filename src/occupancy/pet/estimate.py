"""A number with its standard error and interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

from occupancy.pet.quantile import t_quantile


@final
@dataclass(frozen=True)
class Estimate:
    """An estimate, its absolute standard error and an interval; nan where there is none."""

    value: float
    se: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, se: float, dof: float, level: float = 0.95) -> Estimate:
        """Return value ± t SE, t of Student with `dof` degrees of freedom (infinite: normal)."""
        if not (math.isfinite(se) and dof > 0):
            return cls(value, math.nan, math.nan, math.nan)
        reach = t_quantile(0.5 + 0.5 * level, dof) * se
        return cls(value, se, value - reach, value + reach)

    def document(self) -> dict[str, float | None]:
        """Return plain numbers for JSON; what is not finite is null."""
        fields = {"value": self.value, "se": self.se, "low": self.low, "high": self.high}
        return {name: float(v) if math.isfinite(v) else None for name, v in fields.items()}


def ratio_interval(
    top: float, bottom: float, variances: tuple[float, float, float], reach: float
) -> tuple[float, float]:
    """Return the interval of top/bottom for normal estimates, by Fieller's theorem.

    The q with |top − q bottom| <= reach SD(top − q bottom); `variances` are Var(top), Var(bottom)
    and their covariance. Infinite on both sides where the bottom may be zero (Fieller 1954,
    J R Stat Soc B 16:175).
    """
    v_top, v_bottom, shared = variances
    square = reach * reach
    a = bottom * bottom - square * v_bottom
    b = top * bottom - square * shared
    c = top * top - square * v_top
    inside = b * b - a * c
    if a <= 0 or inside < 0:
        return -math.inf, math.inf
    root = math.sqrt(inside)
    return (b - root) / a, (b + root) / a

"""The occupancy plot: V_T,baseline − V_T,drug against V_T,baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate
from occupancy.pet.frames import Array
from occupancy.pet.linear_fit import linear_fit, with_errors


@final
@dataclass(frozen=True, eq=False)
class LassenPlot:
    """The points of a plot and the ordinary regression through them.

    Attributes
    ----------
    regions, x, y
        V_T,baseline and V_T,baseline − V_T,drug per region, mL/cm³.
    x_se, y_se, xy_covariance
        Their errors, where known: the two share the baseline and covary.
    occupancy, v_nd
        Slope and x-intercept of ordinary least squares, which takes x as free of error: the
        baseline's error stands in x and in y, and draws the slope towards one. Use
        `fit_occupancy` for the line with errors in both.
    """

    regions: tuple[str, ...]
    x: Array
    y: Array
    x_se: Array | None
    y_se: Array | None
    xy_covariance: Array | None
    occupancy: Estimate
    v_nd: Estimate


def lassen_plot(table: BindingTable, scan: int = 1, level: float = 0.95) -> LassenPlot:
    """Return the occupancy plot of one scan after the baseline (1 is the first).

    y = o (x − V_ND) (Cunningham et al., J Cereb Blood Flow Metab 2010;30:46).

    Raises
    ------
    PetError
        The table is not of V_T, there is no such scan, or fewer than two regions.
    """
    if table.outcome != "V_T":
        raise PetError("The occupancy plot is of V_T; BP_ND needs no V_ND.")
    if not 1 <= scan < len(table.scans):
        raise PetError(f"scan {scan}: 1 to {len(table.scans) - 1}; 0 is the baseline.")
    x, y = table.values[:, 0], table.values[:, 0] - table.values[:, scan]
    line = linear_fit(np.column_stack([x, np.ones_like(x)]), y, np.ones_like(x))
    values, se, _ = with_errors(
        lambda b: {"o": b[0], "v_nd": -b[1] / b[0]}, line.coefficients, line.covariance
    )
    dof = len(table.regions) - 2
    estimates = [
        Estimate.of(values[n], se[n] if dof > 0 else math.nan, dof, level) for n in ("o", "v_nd")
    ]
    x_se = y_se = shared = None
    if table.covariance is not None:
        n = len(table.scans)
        at = np.arange(len(table.regions)) * n
        c = table.covariance
        base, drug, both = c[at, at], c[at + scan, at + scan], c[at, at + scan]
        x_se, y_se, shared = np.sqrt(base), np.sqrt(base + drug - 2 * both), base - both
    return LassenPlot(table.regions, x, y, x_se, y_se, shared, estimates[0], estimates[1])

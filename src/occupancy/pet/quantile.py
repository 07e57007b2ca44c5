"""Quantiles of Student's t, so that intervals need no SciPy."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta by its continued fraction (DLMF 8.17.22, Lentz's method)."""
    if x <= 0.0 or x >= 1.0:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        + a * math.log(x) + b * math.log1p(-x)
    ) / a  # fmt: skip
    tiny = 1e-300
    c, d = 1.0, 1.0 / max(abs(1.0 - (a + b) * x / (a + 1.0)), tiny)
    total = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        step = 1.0
        for term in (even, odd):
            d = 1.0 / (1.0 + term * d or tiny)
            c = 1.0 + term / c or tiny
            step = c * d
            total *= step
        if abs(step - 1.0) < 1e-16:
            break
    return front * total


def t_cdf(t: float, dof: float) -> float:
    """Return P(T <= t) of Student's t with `dof` degrees of freedom."""
    tail = 0.5 * _incomplete_beta(0.5 * dof, 0.5, dof / (dof + t * t))
    return 1.0 - tail if t > 0 else tail


@lru_cache(maxsize=256)
def t_quantile(p: float, dof: float) -> float:
    """Return the p quantile of Student's t, 0 < p < 1; the normal one for infinite `dof`.

    Raises
    ------
    ValueError
        `p` is not within 0..1 or `dof` is not positive.
    """
    if not (0.0 < p < 1.0 and dof > 0):
        raise ValueError(f"p {p} must lie within 0..1 and dof {dof} above 0.")
    if math.isinf(dof):
        return NormalDist().inv_cdf(p)
    if p < 0.5:
        return -t_quantile(1.0 - p, dof)
    if p == 0.5:
        return 0.0
    low, high = 0.0, 1.0
    while t_cdf(high, dof) < p:
        high *= 2.0
    for _ in range(200):
        mid = 0.5 * (low + high)
        if mid in (low, high):
            break
        low, high = (mid, high) if t_cdf(mid, dof) < p else (low, mid)
    return 0.5 * (low + high)

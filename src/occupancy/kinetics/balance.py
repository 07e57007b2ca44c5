"""Solving balances of non-negative flows without subtracting."""

from __future__ import annotations

import numpy as np

from occupancy.kinetics.disposition import Array


def solve_balance(flow: Array, loss: Array, block: np.ndarray, source: Array) -> Array:
    """x with D x = source + flow x, where D_j = Σ_i flow_ij over j's block + loss_j.

    flow (batch, n, n) from column to row (its diagonal is not used), loss (batch, n), source
    (batch, n), all non-negative; block (n,) rising. Elimination after Grassmann, Taksar and
    Heyman (Oper Res 1985;33:1107): pivots are sums of non-negative numbers, so every entry of
    x is accurate however slowly the system loses what it holds.

    Raises ValueError when a block that is fed never loses anything (no steady state).
    """
    batch = max(flow.shape[0], source.shape[0])
    n = block.size
    x = np.zeros((batch, n))
    for number in sorted(set(block.tolist())):
        here = np.nonzero(block == number)[0]
        first, m = int(here[0]), here.size
        part = slice(first, first + m)
        inner = flow[:, part, part].copy()
        gone = loss[:, part].copy()
        fed = np.zeros((batch, m)) + source[:, part]
        fed += (flow[:, part, :first] @ x[:, :first, None])[..., 0]
        pivots = np.zeros((flow.shape[0], m))
        for k in range(m - 1, -1, -1):
            pivot = pivots[:, k] = gone[:, k] + inner[:, :k, k].sum(axis=-1)
            if not pivot.all():
                if fed.any():
                    raise ValueError(
                        "no steady state: a compartment or effect site that is fed never "
                        "empties; give it a positive rate out (k_out)."
                    )
                pivot = pivots[:, k] = np.where(pivot > 0, pivot, 1.0)
            back = inner[:, k, :k] / pivot[:, None]
            gone[:, :k] += gone[:, k, None] * back
            fed[:, :k] += inner[:, :k, k] / pivot[:, None] * fed[:, k, None]
            inner[:, :k, :k] += inner[:, :k, k, None] * back[:, None, :]
        for k in range(m):
            known = (inner[:, k, :k] * x[:, first : first + k]).sum(axis=-1)
            x[:, first + k] = (fed[:, k] + known) / pivots[:, k]
    return x

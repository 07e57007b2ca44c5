"""Steady state of a repeated cycle, x = Φ x + r, solved without subtraction."""

from __future__ import annotations

from typing import Any

from occupancy.engine.jax_runtime import load
from occupancy.engine.linear_structure import Structure


def solve_cycle(structure: Structure, phi: Any, left: Any) -> Any:
    """Amounts (states, people) at the start of a cycle that ends as it began.

    phi (n + 1, n, people): the propagator over the cycle, and what of each state its block loses;
    left (n, people): what one cycle's inputs leave at its end. The elimination is that of
    `kinetics.balance`: the pivots are sums of what leaves, so a species that hardly empties
    keeps all its digits. What never empties gives an infinite or undefined answer.
    """
    jnp = load().numpy
    n, rates = structure.size, len(structure.rate_paths)
    found: dict[int, Any] = {}
    for block in sorted(set(structure.block[rates:])):
        own = [i for i in range(rates, n) if structure.block[i] == block]
        inner = {(i, j): phi[i, j] for i in own for j in own if i != j}
        gone = {j: phi[n, j] for j in own}
        fed = {}
        for i in own:
            fed[i] = left[i]
            for j in found:
                if j in structure.reach[i]:
                    fed[i] = fed[i] + phi[i, j] * found[j]
        pivot: dict[int, Any] = {}
        for k in reversed(own):
            before = [i for i in own if i < k]
            pivot[k] = gone[k]
            for i in before:
                pivot[k] = pivot[k] + inner[i, k]
            for j in before:
                back = inner[k, j] / pivot[k]
                gone[j] = gone[j] + gone[k] * back
                for i in before:
                    if i != j:
                        inner[i, j] = inner[i, j] + inner[i, k] * back
            for i in before:
                fed[i] = fed[i] + inner[i, k] / pivot[k] * fed[k]
        for k in own:
            total = fed[k]
            for j in own:
                if j < k:
                    total = total + inner[k, j] * found[j]
            found[k] = total / pivot[k]
    return jnp.stack([found[i] for i in range(rates, n)])

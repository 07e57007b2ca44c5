"""Average concentrations of a steady regimen, without following it through time."""

from __future__ import annotations

import numpy as np

from occupancy.kinetics.balance import solve_balance
from occupancy.kinetics.disposition import Array, System
from occupancy.kinetics.generator import generator


def average_concentration(system: System, amount_mg: float, interval_h: float) -> dict[str, Array]:
    """Mean of every output at steady state of `amount_mg` every `interval_h` hours.

    C = (-A)^-1 (what enters per interval) / interval, by conservation; for a dosed species this
    is F * dose / (CL * interval). Lags, durations and rates of absorption do not matter.

    Returns ng/mL by output name, shape (batch,). Raises ValueError when something never empties.
    """
    g = generator(system)
    fractions = np.stack(
        np.broadcast_arrays(*(np.atleast_1d(path.fraction) for path in system.inputs)), axis=-1
    )
    entering = (amount_mg * fractions[:, None, :] @ g.entry)[:, 0, :]
    area = solve_balance(g.rates, g.loss, g.block, entering)
    values = (g.rows @ area[..., None])[..., 0] / interval_h
    batch = max(values.shape[0], system.batch)
    return {name: np.broadcast_to(values[:, i], (batch,)) for i, name in enumerate(system.outputs)}

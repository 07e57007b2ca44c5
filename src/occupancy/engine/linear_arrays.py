"""A grid as the arrays a compiled program takes, padded so that neighbouring sizes share it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from occupancy.engine.grid import EventGrid
from occupancy.engine.jax_runtime import power_bucket, step_bucket
from occupancy.engine.linear_exponential import levels_needed
from occupancy.engine.linear_layout import Layout
from occupancy.engine.linear_structure import Structure
from occupancy.kinetics.disposition import Array

TABLE_BYTES = 1 << 28
"""Propagators made beforehand may take this much memory."""
LONGEST_PERIOD = 64
FEWEST_PERIODS = 4


def grid_arrays(
    shape: Structure, grid: EventGrid, fastest: float, lanes: int
) -> tuple[Layout, dict[str, Any]]:
    """The grid's arrays, padded to buckets, and what is static about them.

    fastest: the largest rate out of any state, 1/h; lanes: number of people, padded.
    """
    steps = step_bucket(grid.steps)
    dt = _longer(grid.dt_h, steps, 0.0)
    longest = float(dt.max())
    arrays: dict[str, Any] = {
        "jump": lanes_of(_rows(grid.jump_mg), lanes),
        "jump_row": _longer(grid.jump_row, 1 + steps, 0),
        "rate": lanes_of(_rows(grid.rate_mg_h), lanes),
        "rate_row": _longer(grid.rate_row, 1 + steps),
        "occasion": _longer(grid.occasion, 1 + steps),
    }
    table = False
    if grid.shared:
        distinct, which = np.unique(dt[:, 0], return_inverse=True)
        count = power_bucket(distinct.size) * grid.occasions
        entries = count * (shape.size + 1) * shape.size
        table = 2 * count <= steps + 2 and 8 * entries * lanes <= TABLE_BYTES
        if table:
            arrays["pair"] = which.reshape(-1) + arrays["occasion"][:-1] * power_bucket(
                distinct.size
            )
            dt = _longer(distinct, power_bucket(distinct.size))
    arrays["dt"] = dt if table else lanes_of(dt, lanes)
    # idle steps come after all that is read
    every = grid.output.size == grid.steps and (grid.output == np.arange(grid.steps)).all()
    if not every:
        arrays["output"] = _longer(grid.output, step_bucket(grid.output.size))
    period = _period(grid) if every else 0
    if period:
        arrays |= _periods(grid, period)
        longest = float(arrays["dt"].max())
    cycle = None
    if grid.initial is not None:
        arrays["initial"] = lanes_of(grid.initial.T, lanes)
    if grid.cycle is not None:
        cycle, inner = grid_arrays(shape, grid.cycle, fastest, lanes)
        inner["interval"] = grid.cycle.times_h[-1:]
        arrays["cycle"] = inner
        longest = max(longest, float(grid.cycle.times_h[-1]))
    layout = Layout(
        structure=shape,
        levels=levels_needed(fastest, longest),
        occasions=grid.occasions,
        table=table,
        every_step=bool(every),
        period=period,
        fraction_included=grid.fraction_included,
        parameters=(),
        read=(),
        targets=(),
        cycle=cycle,
    )
    return layout, arrays


def _period(grid: EventGrid) -> int:
    """The number of steps after which the course repeats its steps, 0 when it does not.

    Then all outputs are read at every step, events fall on whole periods only (not on each:
    doses may be missed), and corresponding steps are equal to the last bit.
    """
    if not grid.shared or grid.occasions > 1:
        return 0
    changed = (grid.jump_row[1:] != 0) | (np.diff(grid.rate_row) != 0)
    nodes = np.flatnonzero(changed) + 1
    period = int(np.gcd.reduce(nodes)) if nodes.size else 0
    if not 2 <= period <= LONGEST_PERIOD or grid.steps < FEWEST_PERIODS * period:
        return 0
    dt = grid.dt_h[:, 0]
    whole = grid.steps // period * period
    same = (dt[:whole].reshape(-1, period) == dt[:period]).all()
    return period if same and (dt[whole:] == dt[: grid.steps - whole]).all() else 0


def _periods(grid: EventGrid, period: int) -> dict[str, Any]:
    """Arrays of a course that repeats its steps, see `read_periods`."""
    dt = grid.dt_h[:period, 0]
    distinct, which = np.unique(np.append(dt, math.fsum(dt)), return_inverse=True)
    nodes = np.arange(0, grid.steps + 1, period)
    periods = nodes.size + nodes.size % 2
    return {
        "dt": _longer(distinct, power_bucket(distinct.size)),
        "pair": which.reshape(-1),
        "jump_row": _longer(grid.jump_row[nodes], periods, 0),
        "rate_row": _longer(grid.rate_row[nodes], periods),
    }


def _rows(value: Array) -> Array:
    """Rows padded to a power of two when there are few, else in sixteenths of an octave."""
    rows = value.shape[0]
    return _longer(value, power_bucket(rows) if rows <= 64 else step_bucket(rows), 0.0)


def _longer(value: np.ndarray, size: int, fill: float | None = None) -> np.ndarray:
    """The first axis made longer, filled with its last entry unless another is given."""
    count = value.shape[0]
    if count == size:
        return value
    out = np.empty((size, *value.shape[1:]), dtype=value.dtype)
    out[:count] = value
    out[count:] = value[-1] if fill is None else fill
    return out


def lanes_of(value: Array, lanes: int) -> Array:
    """The last axis padded to `lanes` with its last person, unless all share it."""
    people = value.shape[-1]
    if people in (1, lanes):
        return value
    out = np.empty((*value.shape[:-1], lanes))
    out[..., :people] = value
    out[..., people:] = value[..., -1:]
    return out

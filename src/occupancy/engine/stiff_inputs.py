"""Inputs given on a time grid as the forcing of a stiff model: straight lines, or steps.

The model names its inputs once; their values are data of a run, so that one compiled program
serves every course of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from occupancy.engine.stiff_model import Array, Forcing
from occupancy.kinetics import Doses

Between = Literal["linear", "constant"]


class InputCourse:
    """What a model is given: values of every input at the points of a grid.

    Between two points an input is a straight line ("linear"), or keeps the value of the earlier
    point ("constant"). Before the first point and after the last it keeps the nearest value.

    Attributes:
        grid_h: (points,), ascending.
        values: by name (points, 1 or people).
        between: "linear" or "constant".

    Raises:
        ValueError: a grid that does not ascend, values that are not finite or do not fit the
            grid, inputs for different numbers of people; naming the input.
    """

    def __init__(
        self,
        grid_h: Sequence[float] | Array,
        values: Mapping[str, ArrayLike],
        between: Between = "linear",
    ) -> None:
        """Check and store."""
        grid = np.atleast_1d(np.asarray(grid_h, dtype=np.float64))
        if grid.ndim != 1 or grid.size == 0 or not np.isfinite(grid).all():
            raise ValueError("grid_h must be a list of finite hours with at least one entry.")
        if (np.diff(grid) <= 0).any():
            at = int(np.argmax(np.diff(grid) <= 0))
            raise ValueError(
                f"grid_h must ascend, but {grid[at]:g} h is followed by {grid[at + 1]:g} h."
            )
        if between not in ("linear", "constant"):
            raise ValueError(f'between = {between!r}; choose "linear" or "constant".')
        self.grid_h = grid
        self.between: Between = between
        self.values = {name: _on_grid(name, value, grid) for name, value in values.items()}
        people = {name: x.shape[1] for name, x in self.values.items() if x.shape[1] > 1}
        if len(set(people.values())) > 1:
            raise ValueError(f"the inputs are for different numbers of people: {people}.")
        self.people = max(people.values(), default=1)

    def pieces(self, starts_h: Array) -> tuple[Array, Array]:
        """Value and slope per hour from each start on, (starts, inputs, 1 or people).

        Every point of the grid after the first start must be a start.
        """
        at = np.searchsorted(self.grid_h, starts_h, side="right") - 1
        here = np.clip(at, 0, self.grid_h.size - 1)
        after = np.clip(at + 1, 0, self.grid_h.size - 1)
        span = self.grid_h[after] - self.grid_h[here]
        since = np.clip(starts_h - self.grid_h[here], 0.0, None)
        shape = (self.grid_h.size, self.people)
        value = np.stack([np.broadcast_to(x, shape) for x in self.values.values()], axis=1)
        slope = np.zeros((starts_h.size, *value.shape[1:]))
        if self.between == "linear":
            inside = (at >= 0) & (span > 0)
            slope[inside] = (value[after] - value[here])[inside] / span[inside, None, None]
        return value[here] + slope * since[:, None, None], slope

    def at(self, times_h: Array) -> dict[str, Array]:
        """Values at some times by name, (times, 1 or people); at a step the value after it."""
        value, _ = self.pieces(np.asarray(times_h, dtype=np.float64))
        return {name: value[:, i] for i, name in enumerate(self.values)}


class InputRow(NamedTuple):
    """Of one interval, (inputs,): value at its start, slope per hour."""

    start: Any
    slope: Any


@dataclass(frozen=True)
class InputForcing:
    """Hands the field a mapping of input name to value, from an `InputCourse` of the run."""

    names: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """One value and one slope per input."""
        return (len(self.names),)

    def kinks(self, doses: Doses) -> Array:
        """None of its own; the points of the grid are those of the run."""
        return np.zeros(0)

    def arrivals(self, doses: Doses, starts: Array) -> tuple[Array, Array]:
        """Doses do not act through this forcing."""
        none = np.zeros((starts.size, doses.count))
        return none, none

    def prepare(self, p: Mapping[str, Any], at_once: Any, rate: Any, lengths: Any) -> Any:
        """The table holds values and slopes; nothing is constant."""
        return {}, InputRow(at_once, rate)

    def value(self, t: Any, since: Any, constants: Any, row: InputRow) -> dict[str, Any]:
        """Value at the start and slope times the time since."""
        return {name: row.start[i] + row.slope[i] * since for i, name in enumerate(self.names)}


def check_inputs(forcing: Forcing | None, inputs: InputCourse | None) -> int:
    """How many people the inputs are for.

    Raises:
        ValueError: inputs without an `InputForcing`, or the reverse, or other names.
    """
    if not isinstance(forcing, InputForcing):
        if inputs is not None:
            raise ValueError("inputs are given, but the model's forcing is not an InputForcing.")
        return 1
    if inputs is None:
        raise ValueError(f"the model is driven by inputs {list(forcing.names)}: give `inputs`.")
    if tuple(inputs.values) != forcing.names:
        raise ValueError(
            f"the inputs are {list(inputs.values)}; the model takes {list(forcing.names)}, in "
            "this order."
        )
    return inputs.people


def _on_grid(name: str, value: ArrayLike, grid: Array) -> Array:
    array = np.asarray(value, dtype=np.float64)
    if array.ndim == 0:
        array = np.full(grid.size, float(array))
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[0] != grid.size:
        raise ValueError(
            f"input {name!r} has shape {np.shape(value)}; give one value per point of grid_h, "
            f"({grid.size},) or ({grid.size}, people)."
        )
    if not np.isfinite(array).all():
        at, person = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(
            f"input {name!r} of person {person} at {grid[at]:g} h is {array[at, person]}; it must "
            "be finite."
        )
    return array

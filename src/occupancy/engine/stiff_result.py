"""What a stiff run gives, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from occupancy.engine.mesh import Mesh
from occupancy.engine.stiff_model import Array

Mode = Literal["auto", "mesh", "adaptive"]


class StiffError(ValueError):
    """The integration did not reach the end, or left the physical range; the message says why."""


@dataclass(frozen=True, eq=False)
class StiffResult:
    """States of everybody, and how exact they are.

    `y` (outputs, states, people) at `times_h`; at the moment of a dose the value just after
    it. `error_estimate` (states,): the largest difference at any output from the same run on
    halved steps, over the people checked (the pilot and those with the largest embedded error);
    `error_ratio` is the same in units of atol + rtol |y|, at most 1 when the tolerance is met.
    `embedded` (people,): the largest error of a single step, in units of the step tolerance.
    `mode` is the driver that made the answer, `steps` their number (of the block with most),
    `mesh` the steps themselves (None when blocks of people differ), `messages` what happened.
    """

    states: tuple[str, ...]
    times_h: Array
    y: Array
    error_estimate: Array
    error_ratio: float
    embedded: Array
    steps: int
    mode: Literal["mesh", "adaptive"]
    messages: tuple[str, ...]
    mesh: Mesh | None

    def __getitem__(self, state: str) -> Array:
        """One state, (outputs, people). Raises KeyError naming what there is."""
        if state not in self.states:
            raise KeyError(f"no state {state!r}; this result holds {list(self.states)}")
        return self.y[:, self.states.index(state)]

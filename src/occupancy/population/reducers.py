"""Reducers: what is kept of people who are not.

A reducer sees every block of people once and keeps a state of constant size. States of different
chunks are merged in the order of the people. A reducer whose states are whole numbers, least and
greatest values, as those here, gives the same answer to the last bit whatever the chunks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from occupancy.course.sampling import Array
from occupancy.engine.histogram import Bins, Histogram
from occupancy.population.block import ArmView, Block
from occupancy.population.error import PopulationError

State = TypeVar("State")

#: Quantiles over people that are reported.
LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Bins of the occupancy histograms: over time, and of the last dosing cycle.
BINS: Final = 1000
CYCLE_BINS: Final = 10_000
#: Shares of time are added as whole numbers of this size, which no order of adding changes.
UNIT: Final = 2.0**-32

METRICS: Final = ("trough", "average", "peak", "swing")


class Reducer(Protocol[State]):
    """What is kept of each arm; a frozen object that can be sent to another process."""

    @property
    def name(self) -> str:
        """Name under which the result is found."""
        ...

    def init(self, arm: ArmView) -> State:
        """The state before anybody was seen."""
        ...

    def update(self, state: State, block: Block) -> State:
        """The state after the people of `block` were seen too: a new one, or `state` changed."""
        ...

    def merge(self, first: State, second: State) -> State:
        """The state of both; `first`, which may be changed, saw the people of lower number."""
        ...

    def result(self, state: State) -> Any:
        """What the user gets."""
        ...


@dataclass(frozen=True)
class Bands:
    """Quantiles of occupancy over people, per target and time.

    The result maps a target to shape (levels, T). Each value lies within `Bins.error` (with
    1000 bins 0.05 points of percent) of the quantile of all values.
    """

    levels: tuple[float, ...] = LEVELS
    bins: int = BINS
    name: str = "bands"

    def __post_init__(self) -> None:
        """Check levels and bins."""
        if not self.levels or not all(0.0 <= one <= 1.0 for one in self.levels):
            raise PopulationError(f"levels = {self.levels}: give shares between 0 and 1")
        if self.bins < 1:
            raise PopulationError(f"bins = {self.bins} is not allowed; give 1 or more")

    @property
    def grid(self) -> Bins:
        """What is counted on."""
        return Bins(0.0, 1.0, self.bins)

    def init(self, arm: ArmView) -> dict[str, Histogram]:
        """See `Reducer.init`."""
        return {target: Histogram.empty(self.grid, arm.time_h.size) for target in arm.targets}

    def update(self, state: dict[str, Histogram], block: Block) -> dict[str, Histogram]:
        """See `Reducer.update`."""
        for target, counted in state.items():
            counted.add(block.occupancy[target].T)
        return state

    def merge(
        self, first: dict[str, Histogram], second: dict[str, Histogram]
    ) -> dict[str, Histogram]:
        """See `Reducer.merge`."""
        for target, counted in first.items():
            counted.merge(second[target])
        return first

    def result(self, state: dict[str, Histogram]) -> dict[str, Array]:
        """See `Reducer.result`."""
        return {target: counted.quantiles(self.levels) for target, counted in state.items()}


@dataclass
class CycleState:
    """Histograms of the metrics, and people and time below, in and above the window.

    `people` (3,) counts by average occupancy; `inside` adds shares of time in units of `UNIT`.
    """

    metrics: Histogram
    people: NDArray[np.int64]
    inside: int


@dataclass(frozen=True)
class CycleOutcome:
    """The last dosing cycle at one target.

    Attributes:
        quantiles: per metric (trough, average, peak, swing), shape (levels,).
        below, inside, above: share of people whose average occupancy lies there; None without
            a window.
        time_in_window: share of the cycle inside the window, averaged over people.
    """

    quantiles: Mapping[str, Array]
    below: float | None
    inside: float | None
    above: float | None
    time_in_window: float | None


@dataclass(frozen=True)
class CycleSummary:
    """Trough, average, peak and swing of the last dosing cycle, and the share of people in window.

    The result maps a target to a `CycleOutcome`. Quantiles lie within 0.005 points of percent
    of those of all values.
    """

    levels: tuple[float, ...] = LEVELS
    bins: int = CYCLE_BINS
    name: str = "cycle"

    @property
    def grid(self) -> Bins:
        """What is counted on."""
        return Bins(0.0, 1.0, self.bins)

    def init(self, arm: ArmView) -> dict[str, CycleState]:
        """See `Reducer.init`."""
        return {
            target: CycleState(
                Histogram.empty(self.grid, len(METRICS)), np.zeros(3, dtype=np.int64), 0
            )
            for target in arm.targets
        }

    def update(self, state: dict[str, CycleState], block: Block) -> dict[str, CycleState]:
        """See `Reducer.update`."""
        for target, one in state.items():
            cycle, window = block.cycle[target], block.arm.windows[target]
            values = np.stack([getattr(cycle, name) for name in METRICS])
            one.metrics.add(values)
            if window is not None:
                above = int((cycle.average > window[1]).sum())
                below = int((cycle.average < window[0]).sum())
                one.people += (below, values.shape[1] - below - above, above)
            if cycle.in_window is not None:
                one.inside += int(np.rint(cycle.in_window / UNIT).astype(np.int64).sum())
        return state

    def merge(
        self, first: dict[str, CycleState], second: dict[str, CycleState]
    ) -> dict[str, CycleState]:
        """See `Reducer.merge`."""
        for target, one in first.items():
            other = second[target]
            one.metrics.merge(other.metrics)
            one.people += other.people
            one.inside += other.inside
        return first

    def result(self, state: dict[str, CycleState]) -> dict[str, CycleOutcome]:
        """See `Reducer.result`."""
        return {target: self._outcome(one) for target, one in state.items()}

    def _outcome(self, state: CycleState) -> CycleOutcome:
        quantiles = state.metrics.quantiles(self.levels)
        total = int(state.people.sum())
        shares = (None, None, None) if total == 0 else tuple(float(n / total) for n in state.people)
        return CycleOutcome(
            quantiles={name: quantiles[:, i] for i, name in enumerate(METRICS)},
            below=shares[0],
            inside=shares[1],
            above=shares[2],
            time_in_window=None if total == 0 else state.inside * UNIT / total,
        )

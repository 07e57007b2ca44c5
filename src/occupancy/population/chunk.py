"""A chunk of a trial: what is sent to a worker, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from occupancy.course.sampling import Array
from occupancy.engine.executors import Backend
from occupancy.memory import keep_freed
from occupancy.population.block import ArmSpec, Block, prepared, simulate_block
from occupancy.population.census import Census, census_of, merged
from occupancy.population.people import People, Population, joined
from occupancy.population.reducers import Reducer
from occupancy.population.streams import BLOCK

#: What is kept of every person when people are exported.
PERSONAL = ("trough", "average", "peak", "in_window")


@dataclass(frozen=True)
class Chunk:
    """Blocks `first` up to `last` of the population, in one draw of the uncertainty."""

    draw: int
    first: int
    last: int


@dataclass(frozen=True)
class Work:
    """A trial as it is sent to workers."""

    arms: tuple[ArmSpec, ...]
    population: Population
    reducers: tuple[Reducer[Any], ...]
    each_person: bool
    backend: Backend = "numpy"

    def __call__(self, chunk: Chunk) -> "ChunkResult":
        """Compute one chunk: every arm in the same people."""
        keep_freed()
        arms = [prepared(spec) for spec in self.arms]
        states = [[one.init(arm.view) for one in self.reducers] for arm in arms]
        personal: list[list[Mapping[str, Mapping[str, Array]]]] = [[] for _ in arms]
        census: Census | None = None
        everybody: list[People] = []
        for number in range(chunk.first, chunk.last):
            people = self.population.block(number)
            count = min(BLOCK, self.population.size - number * BLOCK)
            kept = people.where(slice(0, count))
            if chunk.draw == 0:
                here = census_of(kept)
                census = here if census is None else merged(census, here)
            if self.each_person:
                everybody.append(kept)
            for at, arm in enumerate(arms):
                block = simulate_block(
                    arm,
                    people,
                    number,
                    chunk.draw,
                    self.population.occasions,
                    count,
                    self.backend,
                )
                states[at] = [
                    one.update(state, block)
                    for one, state in zip(self.reducers, states[at], strict=True)
                ]
                if self.each_person:
                    personal[at].append(_personal(block))
        rows = None
        if self.each_person:
            rows = PersonRows(joined(everybody), tuple(_stacked(one) for one in personal))
        return ChunkResult(chunk, tuple(map(tuple, states)), census, rows)


@dataclass(frozen=True, eq=False)
class PersonRows:
    """The people of a chunk, and per arm, target and metric their values, shape (people,)."""

    people: People
    arms: tuple[Mapping[str, Mapping[str, Array]], ...]


@dataclass(frozen=True, eq=False)
class ChunkResult:
    """States per arm and reducer; the census of the first draw; people when they are exported."""

    chunk: Chunk
    states: tuple[tuple[Any, ...], ...]
    census: Census | None
    rows: PersonRows | None


def _personal(block: Block) -> dict[str, dict[str, Array]]:
    nothing = np.full(len(block.people), np.nan)
    return {
        target: {
            name: nothing if (value := getattr(cycle, name)) is None else value for name in PERSONAL
        }
        for target, cycle in block.cycle.items()
    }


def _stacked(blocks: list[Mapping[str, Mapping[str, Array]]]) -> dict[str, dict[str, Array]]:
    return {
        target: {name: np.concatenate([one[target][name] for one in blocks]) for name in PERSONAL}
        for target in blocks[0]
    }

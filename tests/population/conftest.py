"""Shared by the tests of populations: a reducer that keeps everybody."""

from dataclasses import dataclass

import numpy as np
import pytest

from occupancy.course.sampling import Array
from occupancy.population import ArmView, Block


@dataclass(frozen=True)
class Everybody:
    """Keeps what bands, shares and peaks are made of."""

    name: str = "everybody"

    def init(self, arm: ArmView) -> list[dict[str, Array]]:
        return []

    def update(self, state: list[dict[str, Array]], block: Block) -> list[dict[str, Array]]:
        target = block.arm.targets[0]
        cycle = block.cycle[target]
        kept = {
            "occupancy": block.occupancy[target],
            "average": cycle.average,
            "peak": cycle.peak,
            "trough": cycle.trough,
            "age": block.people.age_y,
        }
        if cycle.in_window is not None:
            kept["in_window"] = cycle.in_window
        return [*state, kept]

    def merge(
        self, first: list[dict[str, Array]], second: list[dict[str, Array]]
    ) -> list[dict[str, Array]]:
        return [*first, *second]

    def result(self, state: list[dict[str, Array]]) -> dict[str, Array]:
        return {name: np.concatenate([one[name] for one in state]) for name in state[0]}


@pytest.fixture
def everybody() -> Everybody:
    return Everybody()

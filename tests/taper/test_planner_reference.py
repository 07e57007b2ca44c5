"""Plans against a prototype's table of worst drops, written before this room was."""

import csv

import numpy as np
import pytest

from beside import reference
from occupancy.taper.ladder import ladder
from occupancy.taper.methods import halving, linear
from occupancy.taper.minimax import minimax

TENTHS = np.arange(201) / 10
SYRINGE = np.unique(np.round(np.append(np.arange(101) / 50, TENTHS), 6))
GRIDS = {
    "tablets 10/20 mg + halves, any n": np.array([0, 5, 10, 15, 20.0]),
    "liquid 2 mg/mL, 0.05 mL grid (0.1 mg)": TENTHS,
    "liquid 0.1 mg grid": TENTHS,
    "liquid 0.01 mL below 1 mL (0.02 mg)": SYRINGE,
    "liquid 0.02 mg grid": SYRINGE,
}


def table() -> list[dict[str, str]]:
    path = reference("evidence/taper/minimax_prototype.csv")
    return list(csv.DictReader(path.read_text().splitlines()))


@pytest.mark.reference
def test_worst_drops_of_the_prototype() -> None:
    rows = table()
    checked = 0
    for row in rows:
        dose = GRIDS.get(row["plan"])
        if dose is None:
            continue
        rungs = ladder(dose, 0.8398 * dose / (2.33 + dose))
        steps = 99 if row["steps"] == "any" else int(row["steps"])
        worst = 100 * minimax(rungs, rungs.index(20), steps=steps).worst_drop
        assert worst == pytest.approx(float(row["worst_drop_points"]), abs=0.051), row
        checked += 1
    assert checked == 7


@pytest.mark.reference
def test_other_methods_of_the_prototype() -> None:
    rows = {row["plan"]: row for row in table()}
    dose = np.array([0, 0.6, 1.25, 2.5, 5, 10, 15, 20])
    rungs = ladder(dose, 0.8398 * dose / (2.33 + dose))
    for plan, name in (
        (linear(rungs, 7, steps=4), "linear 20-15-10-5-0"),
        (halving(rungs, 7), "halving 20-10-5-2.5-1.25-0.6-0"),
    ):
        row = rows[name]
        assert plan.steps == int(row["steps"])
        assert 100 * plan.worst_drop == pytest.approx(float(row["worst_drop_points"]), abs=0.05)

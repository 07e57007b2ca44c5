"""A plan with tablets, a liquid, two hours a day, a maintenance dose or an end at nothing."""

from datetime import date, time, timedelta

import pytest

from occupancy.taper.ladder import Band
from occupancy.taper.recipe import Piece, Recipe
from occupancy.taper.schedule import Intake, Schedule, ScheduledStage

TABLET = "citalopram tablet 10 mg"
LIQUID = "citalopram solution 2 mg/mL"
OCCUPANCY = (0.752, 0.684, 0.595, 0.462, 0.3, 0.0)


def tablets(count: float) -> Piece:
    text = {0.5: "half a tablet of 10 mg", 1: "1 tablet of 10 mg"}.get(
        count, f"{count:g} tablets of 10 mg"
    )
    return Piece(TABLET, count, "tablet", 10 * count, text)


def liquid(volume_mL: float) -> Piece:
    return Piece(LIQUID, volume_mL, "mL", 2 * volume_mL, f"{volume_mL:g} mL of 2 mg/mL")


def recipe(*pieces: Piece, error_mg: float = 0.0) -> Recipe:
    return Recipe(sum(one.amount_mg for one in pieces), pieces, error_mg)


def build(doses: list[tuple[int | None, list[tuple[int, Recipe]]]], **names) -> Schedule:
    """Stages of (days, [(hour, recipe)]) from 1 December 2026."""
    start, before = date(2026, 12, 1), None
    stages = []
    for step, (days, intakes) in enumerate(doses):
        median = OCCUPANCY[min(step, len(OCCUPANCY) - 1)]
        drop = None if before is None else Band(before - median, 0.04, 0.31)
        stages.append(
            ScheduledStage(
                step=step,
                start=start,
                days=days,
                dose_mg=sum(one.dose_mg for _, one in intakes),
                intakes=tuple(Intake(time(hour), one) for hour, one in intakes),
                occupancy=Band(median, 0.9 * median, 1.05 * median),
                drop=drop,
            )
        )
        start, before = start + timedelta(days=days or 0), median
    given = {
        "plan_id": "6f0f4c3e-9b5c-4d25-8a5e-0d2a3f4b5c6d",
        "revision": 0,
        "drug": "citalopram",
        "target": "SERT",
        "warnings": ("Half tablets vary by up to 15 %; a liquid is finer.",),
        "sources": ("Meyer 2001, Am J Psychiatry", "Product label, 2025"),
        "version": "0.1.0",
    }
    return Schedule(stages=tuple(stages), **{**given, **names})


STEPS: list[tuple[int | None, list[tuple[int, Recipe]]]] = [
    (14, [(8, recipe(tablets(2)))]),
    (14, [(8, recipe(tablets(1.5)))]),
    (14, [(8, recipe(tablets(0.5))), (20, recipe(tablets(0.5)))]),
    (21, [(8, recipe(tablets(0.5), liquid(0.35), error_mg=0.1))]),
    (1, [(8, recipe(liquid(0.35), error_mg=0.02))]),
    (None, []),
]


@pytest.fixture
def plan() -> Schedule:
    """Citalopram 20 mg to nothing in five steps."""
    return build(STEPS)


@pytest.fixture
def maintained() -> Schedule:
    """Citalopram 20 mg to 10 mg, which stays."""
    return build([STEPS[0], STEPS[1], (None, [(8, recipe(tablets(1)))])])


@pytest.fixture
def builder():
    """`build`, for plans of other stages."""
    return build


@pytest.fixture
def steps():
    """The stages of `plan`, to change some of them."""
    return list(STEPS)


@pytest.fixture
def make():
    """Recipes: `make(tablets=…, mL=…)`."""

    def made(*, tablets_: float = 0, mL: float = 0) -> Recipe:
        pieces = [tablets(tablets_)] if tablets_ else []
        return recipe(*pieces, *([liquid(mL)] if mL else []))

    return made

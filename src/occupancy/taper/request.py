"""What a person asks of a taper, checked before anything is computed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from occupancy.course import Sampling
from occupancy.course.setting import Setting, setting
from occupancy.person import Person
from occupancy.taper.marketed import MarketedProduct
from occupancy.taper.start import Start

#: Doses whose occupancy is taken with draws; the planner asks for no more.
FEASIBLE = 400
NAMED = ("minimax", "even occupancy", "linear", "halving")
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")


@dataclass(frozen=True)
class TaperRequest:
    """One taper of one drug.

    Attributes:
        start: what is taken now.
        products: at hand or on the market; their names differ.
        candidates: products that might be asked for, beside the general ones.
        steps: changes of dose, the last one included; None where `largest_drop` or the method
            sets their number.
        largest_drop: the most that occupancy may fall in one step, a fraction.
        end_mg: daily dose at the end: 0, or a maintenance dose.
        method: "minimax", "even occupancy", "linear", "halving", "N %" of the current dose, or
            "typed" (then `schedule`).
        schedule: daily doses of a published or own schedule, mg.
        robust: plan for the 95th percentile of the drop over the draws instead of the typical
            curve.
        targets: none takes the first one measured in people; with several a drop is the largest
            of theirs.
        hold_days: days a dose is held; None takes them from the kinetics.
        person: None is the reference adult.
        sampling: of the bands.
        model, kinetics: other models of the record, by name.
        placed: the drug in a person known from more than traits, as from blood levels: a setting
            for a sampling. It stands in the place of `person` and `kinetics`.

    Raises:
        ValueError: naming what does not go together or is out of range.
    """

    start: Start
    products: tuple[MarketedProduct, ...]
    candidates: tuple[MarketedProduct, ...] = ()
    steps: int | None = None
    largest_drop: float | None = None
    end_mg: float = 0.0
    method: str = "minimax"
    schedule: tuple[float, ...] = ()
    robust: bool = False
    targets: tuple[str, ...] = ()
    hold_days: int | None = None
    person: Person | None = None
    sampling: Sampling = field(default_factory=lambda: Sampling(variability=False))
    model: str | None = None
    kinetics: str | None = None
    placed: Callable[[Sampling], Setting] | None = None

    def __post_init__(self) -> None:
        """Check what does not need the evidence."""
        needs_number = self.method in NAMED[:3]
        if self.method not in (*NAMED, "typed") and self.percent is None:
            raise ValueError(
                f'method = "{self.method}" is not one of {", ".join(NAMED)}, typed, or a '
                'percentage of the current dose such as "10 %".'
            )
        if self.steps is not None and self.largest_drop is not None:
            raise ValueError("give a number of steps or a largest drop, not both.")
        if self.largest_drop is not None and self.method != "minimax":
            raise ValueError(f"a largest drop goes with minimax; {self.method} has its own steps.")
        if needs_number and self.steps is None and self.largest_drop is None:
            raise ValueError(
                "say how many steps, or how far occupancy may fall in one step "
                "(steps = 12, or largest drop = 5 points)."
            )
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps = {self.steps} is not allowed; give 1 or more.")
        if self.largest_drop is not None and not 0 < self.largest_drop < 1:
            points = 100 * self.largest_drop
            raise ValueError(
                f"largest drop = {points:g} points is not allowed; give above 0 and below 100."
            )
        if not (math.isfinite(self.end_mg) and 0 <= self.end_mg < self.start.daily_mg):
            raise ValueError(
                f"the end, {self.end_mg:g} mg, is not below the start, {self.start.daily_mg:g} mg "
                "a day; a taper goes down."
            )
        if (self.method == "typed") != bool(self.schedule):
            raise ValueError("a typed schedule goes with its doses, and doses with method typed.")
        if self.robust and self.method != "minimax":
            raise ValueError(f"robust goes with minimax; {self.method} does not look at bands.")
        if self.placed is not None and (self.person is not None or self.kinetics is not None):
            raise ValueError(
                "a person known from levels has traits and kinetics already; give none beside them."
            )
        if self.hold_days is not None and self.hold_days < 1:
            raise ValueError(f"hold = {self.hold_days} days is not allowed; give 1 or more.")

    def where(self, sampling: Sampling | None = None) -> Setting:
        """The drug in the person, with draws; `sampling` in the place of the request's own."""
        chosen = sampling or self.sampling
        if self.placed is not None:
            return self.placed(chosen)
        return setting(
            self.start.product.title, person=self.person, sampling=chosen, kinetics=self.kinetics
        )

    @property
    def percent(self) -> float | None:
        """Share of the current dose in percent, when the method is one."""
        found = _PERCENT.fullmatch(self.method)
        return float(found[1]) if found else None

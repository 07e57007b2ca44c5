"""Withdrawal drive of a plan: how far occupancy runs ahead of a set-point that follows it.

    z' = (o - z) / tau,  W = max(0, z - o)

on two scales, occupancy itself and the signal it makes, S = 1 / ((1 - o)(1 - eps) + eps), with eps
the share of clearance that is not the transporter's and firing at its resting rate. An
uncalibrated index: its area is tau times the fall of the whole plan, however the plan goes
down; only its peak tells plans apart, and the two scales disagree about the hardest step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from occupancy.course.sampling import Array, Sampling
from occupancy.evidence import circuit_record
from occupancy.person import Person
from occupancy.taper.adaptation import Filtered, Pieces, drive_at, follow, held, sampled
from occupancy.taper.ladder import Band, Indices
from occupancy.taper.view import HOURS_PER_DAY, average_curve, half_life_h, view

CAVEAT: Final = (
    "Uncalibrated index: no published equation was fitted to withdrawal, so it compares plans and "
    "predicts no symptom. Its area is the same for every plan that only goes down; its peak is not."
)

#: The circuit whose set-point and clearance these are.
CIRCUIT: Final = "serotonin"
#: Points of a dose's relaxation per half-life, even in time, and at least.
NODES_PER_HALF_LIFE = 8
LEAST_NODES = 8
#: Half-lives after a change until its rest is taken as gone.
GONE = 14


@dataclass(frozen=True)
class DriveFigures:
    """The two numbers behind the drive, and what the evidence says about them.

    Attributes:
        tau_days: time constant of the set-point.
        uptake_share: eps.
        signal_target: the transporter that the signal scale is about.
        notes: why these values.
    """

    tau_days: float
    uptake_share: float
    signal_target: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Drive:
    """The drive on one scale, in that scale's unit; step 1 is the first change of dose.

    Attributes:
        scale: "occupancy" (fractions) or "signal" (multiples of the drug-free signal).
        tau_days: the time constant.
        peak: highest W, median and band.
        peak_day: when, days from the first change.
        area: of W to the end of time, days times the unit.
        step_peak: highest W while each dose is held.
        step_fall: fall of the level that each step leads to, once settled.
        pieces: the course, piece by piece, (draws, pieces).
        filtered: the solution.
    """

    scale: str
    tau_days: float
    peak: Band
    peak_day: Band
    area: Band
    step_peak: tuple[Band, ...]
    step_fall: tuple[Band, ...]
    pieces: Pieces
    filtered: Filtered

    @property
    def hardest_step(self) -> int:
        """The step, from 1, while whose dose is held the median W is highest."""
        medians = [one.median for one in self.step_peak]
        return medians.index(max(medians)) + 1

    def at(self, time_days: ArrayLike) -> Array:
        """W at days from the first change, (draws, T), for drawing."""
        return drive_at(self.pieces, self.filtered, self.tau_days, time_days)


@dataclass(frozen=True, eq=False)
class PlanDrive:
    """The drive under a plan on both scales.

    Attributes:
        dose_mg: the start, then one dose per step.
        start_day: of every step, from the first change.
        occupancy: on the scale of occupancy.
        signal: on the scale of the signal; None for a target without one.
        caveat: goes wherever the drive is shown.
        notes: what its numbers rest on.
    """

    dose_mg: tuple[float, ...]
    start_day: tuple[float, ...]
    occupancy: Drive
    signal: Drive | None
    caveat: str
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """Both scales in words, with the caveat."""
        one = self.occupancy
        said = (
            f"Withdrawal drive on occupancy: peak {100 * one.peak.median:.1f} points on day "
            f"{one.peak_day.median:.0f}, hardest at {self._step(one)}."
        )
        if self.signal is not None:
            two = self.signal
            said += (
                f" On the signal: peak {two.peak.median:.2f} of the drug-free signal on day "
                f"{two.peak_day.median:.0f}, hardest at {self._step(two)}."
            )
            if one.hardest_step != two.hardest_step:
                said += " The two disagree about the hardest step."
        return f"{said} {self.caveat}"

    def _step(self, drive: Drive) -> str:
        k = drive.hardest_step
        return f"step {k} ({self.dose_mg[k - 1]:g} to {self.dose_mg[k]:g} mg)"


def drive_figures() -> DriveFigures:
    """Time constant and share of the serotonin circuit, whose set-point this is."""
    record = circuit_record(CIRCUIT).parameters()
    tau, share = record["tau_setpoint"], record["other_terminal"]
    return DriveFigures(
        tau_days=tau.value * tau.per_hour / HOURS_PER_DAY,
        uptake_share=share.value,
        signal_target="SERT",
        notes=tuple(f"{one.status}: {one.text}; {one.note}" for one in (tau, share)),
    )


def signal(occupancy: ArrayLike, uptake_share: float) -> Array:
    """S = 1 / ((1 - o)(1 - eps) + eps): 1 without drug, 1 / eps at full occupancy.

    Raises:
        ValueError: eps outside 0..1, or an occupancy so far above 1 that nothing is cleared.
    """
    if not 0 < uptake_share <= 1:
        raise ValueError(f"uptake_share = {uptake_share:g} is not allowed; give 0 < share <= 1.")
    from occupancy.circuit.serotonin_equations import clearance

    o = np.asarray(occupancy, dtype=np.float64)
    cleared = clearance(o, uptake_share)
    if (cleared <= 0).any():
        raise ValueError(f"occupancy = {o.max():g} leaves no clearance; give fractions up to 1.")
    return 1.0 / cleared


def plan_drive(
    dose_mg: ArrayLike,
    days: ArrayLike,
    curve: Callable[[Array], Array],
    half_life_days: float,
    *,
    target: str = "SERT",
    tau_days: float | None = None,
    uptake_share: float | None = None,
) -> PlanDrive:
    """The drive under a plan, fully adapted to its first dose at the start.

    After each change the level relaxes with the half-life, in units of the dose that would hold
    it: d(t) = dose + (d(0) - dose) 2^(-t / half-life), and occupancy is the curve of d(t), read 8
    times per half-life and straight between; the set-point over these pieces is exact.

    Args:
        dose_mg: the start, then every dose, (n + 1); going up is allowed, W is then zero.
        days: how long each but the last is held, (n - 1); the last is held for good.
        curve: doses (k,) to occupancy, (k,) or (draws, k).
        half_life_days: 0 for none: occupancy then jumps with the dose.
        target: of the curve; the signal scale is made for one target only.
        tau_days: None takes the record's; likewise `uptake_share`.

    Raises:
        ValueError: fewer than two doses, days that do not fit, values that cannot be.
    """
    figures = drive_figures()
    tau = figures.tau_days if tau_days is None else tau_days
    share = figures.uptake_share if uptake_share is None else uptake_share
    dose = np.asarray(dose_mg, dtype=np.float64)
    length = np.asarray(days, dtype=np.float64)
    if dose.ndim != 1 or dose.size < 2 or not (np.isfinite(dose) & (dose >= 0)).all():
        raise ValueError("dose_mg must hold the start and at least one more dose, 0 mg or more.")
    if length.shape != (dose.size - 2,) or not (np.isfinite(length) & (length > 0)).all():
        raise ValueError(
            f"days has {length.size} entries; {dose.size} doses, the start among them, need "
            f"{dose.size - 2}, each above 0: the last dose is held for good."
        )
    if not (np.isfinite(half_life_days) and half_life_days >= 0):
        raise ValueError(f"half_life_days = {half_life_days:g} is not allowed; give 0 or more.")
    if half_life_days > 0:
        time, effective, step = _relaxation(dose, length, half_life_days)
        shaped = partial(sampled, time)
    else:
        effective, step = dose[1:], np.arange(dose.size - 1)
        shaped = partial(held, days=np.append(length, np.inf))
    occupancy = np.atleast_2d(curve(np.concatenate([dose, effective])))
    level, course = occupancy[:, : dose.size], occupancy[:, dose.size :]

    def on(scale: str, of: Callable[[Array], Array]) -> Drive:
        return _drive(scale, shaped(of(course)), of(level), step, tau)

    return PlanDrive(
        dose_mg=tuple(float(mg) for mg in dose),
        start_day=(0.0, *(float(day) for day in np.cumsum(length))),
        occupancy=on("occupancy", np.asarray),
        signal=on("signal", lambda o: signal(o, share))
        if target == figures.signal_target
        else None,
        caveat=CAVEAT,
        notes=figures.notes,
    )


def drug_drive(
    drug: str,
    target: str | None = None,
    *,
    dose_mg: ArrayLike,
    days: ArrayLike,
    person: Person | None = None,
    sampling: Sampling | None = None,
    tau_days: float | None = None,
    uptake_share: float | None = None,
) -> PlanDrive:
    """The drive under a plan of a drug, on the record's own curve and half-life.

    The half-life is the median terminal one at the first dose, of the slowest analyte that binds.

    Raises:
        ValueError: as `view` and `plan_drive`.
    """
    seen = view(drug, target, person=person, sampling=sampling)
    return plan_drive(
        dose_mg,
        days,
        average_curve(drug, seen.target, person=person, sampling=sampling),
        half_life_h(seen, float(np.ravel(dose_mg)[0])) / HOURS_PER_DAY,
        target=seen.target,
        tau_days=tau_days,
        uptake_share=uptake_share,
    )


def _relaxation(dose: Array, length: Array, half_life: float) -> tuple[Array, Array, Indices]:
    """Times, the dose that would hold the level there, and the step (from 0) of each time."""
    times: list[Array] = []
    levels: list[Array] = []
    begin, value = 0.0, dose[0]
    for goal, span in zip(dose[1:], [*length, GONE * half_life], strict=True):
        reach = min(span, GONE * half_life)
        nodes = max(int(np.ceil(reach / half_life * NODES_PER_HALF_LIFE)), LEAST_NODES)
        inner = np.linspace(0.0, reach, nodes + 1)[: nodes + int(reach < span)]
        levels.append(goal + (value - goal) * 0.5 ** (inner / half_life))
        value = goal + (value - goal) * 0.5 ** (span / half_life)
        times.append(begin + inner)
        begin += span
    steps = np.repeat(np.arange(len(times)), [one.size for one in times])
    # What is left after GONE half-lives goes with the last point, so that the end is the end.
    return (
        np.append(np.concatenate(times), begin),
        np.append(np.concatenate(levels), dose[-1]),
        np.append(steps, steps[-1]),
    )


def _drive(scale: str, pieces: Pieces, level: Array, step: Indices, tau: float) -> Drive:
    found = follow(pieces, tau, level[:, 0])
    return Drive(
        scale=scale,
        tau_days=tau,
        peak=Band.of(found.peak),
        peak_day=Band.of(found.peak_day),
        area=Band.of(found.area),
        step_peak=tuple(
            Band.of(found.piece_peak[:, step == k].max(axis=1)) for k in range(int(step[-1]) + 1)
        ),
        step_fall=tuple(Band.of(fall) for fall in -np.diff(level, axis=1).T),
        pieces=pieces,
        filtered=found,
    )

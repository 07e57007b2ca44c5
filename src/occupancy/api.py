"""The public functions of the library: names and text in, one labelled result out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from occupancy.course import (
    Sampling,
    course_dataset,
    curve_dataset,
    dose_curve,
    trajectory,
)
from occupancy.drugs import Product, resolve
from occupancy.person import Person
from occupancy.regimen import Regimen, SubjectEvents, parse

if TYPE_CHECKING:
    import xarray as xr


def drug(name: str) -> Product:
    """The drug called `name` in one of its forms: record, analytes, figures, gaps.

    Args:
        name: a drug's name, synonym, or form: "citalopram", "quetiapine XR".

    Raises:
        UnknownDrugError: nothing of that name; the message suggests the nearest.
    """
    return resolve(name)


def curve(
    drug: str,
    target: str | None = None,
    *,
    doses_mg: Sequence[float] | None = None,
    person: Person | None = None,
    draws: int = 200,
    seed: int = 0,
    variability: bool = False,
    model: str | None = None,
    kinetics: str | None = None,
) -> xr.Dataset:
    """Dose to occupancy of one target at steady state, with draws.

    theta(D) = Emax X / (1 + X), X the average concentration over its half-saturating value,
    one dose every usual interval.

    Args:
        drug: name, synonym or form.
        target: e.g. "SERT"; None takes the drug's first target measured in people.
        doses_mg: labelled doses; None runs from 0 to the highest studied.
        person: None is the reference adult.
        draws: how many; `seed` makes them the same again.
        variability: also the differences between people, not only uncertainty.
        model: another occupancy model of the record; `kinetics` another kinetic model.

    Returns:
        Dataset with `occupancy` (draw, dose), a fraction, and `average_concentration`
        (draw, analyte, dose), ng/mL; sources and warnings in the attributes.

    Raises:
        ValueError: an unknown name or an impossible dose; the message says what is allowed.
    """
    return curve_dataset(
        dose_curve(
            drug,
            target,
            doses_mg=doses_mg,
            person=person,
            sampling=Sampling(draws, seed, variability),
            model=model,
            kinetics=kinetics,
        )
    )


def simulate(
    regimen: str | Regimen | SubjectEvents,
    *,
    drug: str | None = None,
    person: Person | None = None,
    targets: Sequence[str] | None = None,
    days: float | None = None,
    draws: int = 200,
    seed: int = 0,
    variability: bool = True,
    models: Mapping[str, str] | None = None,
    kinetics: str | None = None,
    circuits: Sequence[str] = (),
    ageing: str | None = None,
) -> xr.Dataset:
    """What a regimen does over time: concentrations and occupancies, with draws.

    Args:
        regimen: as people write it, "citalopram 20 mg daily for 28 days", as an object, or the
            doses of one subject of an event table.
        drug: name, synonym or form, when the regimen does not name it.
        person: None is the reference adult.
        targets: None takes those measured in people; a target known only in vitro may be named.
        days: how long to show; None follows the regimen.
        draws: how many; `seed` makes them the same again.
        variability: also the differences between people, not only uncertainty.
        models: per target, another occupancy model of the record; `kinetics` likewise.
        circuits: what the occupancies drive, "dopamine", "dyskinesia", "serotonin" and others of
            `occupancy.circuit.catalogue.NAMES`; needs the extra `jax`.
        ageing: what the person's age does to circuits, "receptors", "receptors-and-transporters"
            or "less-dopamine"; None leaves them those of youth.

    Returns:
        Dataset with `occupancy` (draw, target, time), `concentration` (draw, analyte, time) in
        ng/mL, and `peak`, `trough`, `average`, `time_in_window` of the last dosing cycle. A
        circuit adds its outputs and states as `dopamine.depletion` and so on (draw, time).

    Raises:
        ValueError: a regimen, name or person that cannot be, a circuit driven by no target of
            the drug; the message says what is allowed.
    """
    course = trajectory(
        parse(regimen) if isinstance(regimen, str) else regimen,
        drug=drug,
        person=person,
        targets=targets,
        days=days,
        sampling=Sampling(draws, seed, variability),
        kinetics=kinetics,
        models=models,
    )
    if circuits:
        from occupancy.course.circuits import with_circuits

        course = with_circuits(course, circuits, ageing=ageing)
    return course_dataset(course)


def plan_taper(
    regimen: str,
    products: Sequence[str] = (),
    *,
    market: str = "",
    steps: int | None = None,
    largest_drop: float | None = None,
    end_mg: float = 0.0,
    method: str = "minimax",
    schedule_mg: Sequence[float] = (),
    robust: bool = False,
    targets: Sequence[str] = (),
    hold_days: int | None = None,
    person: Person | None = None,
    levels: Sequence[str] = (),
    taken: str | None = None,
    draws: int = 200,
    seed: int = 0,
    variability: bool = False,
) -> xr.Dataset:
    """Plan a taper on products that exist, by default the one whose worst drop is smallest.

    Args:
        regimen: what is taken now, "citalopram 20 mg daily".
        products: at hand, "tablet 10 mg, halves", "solution 2 mg/mL, 0.1 mL".
        market: "US", "UK", "AU": what is sold there, when no products are given.
        steps: changes of dose, the last one included; or
        largest_drop: the most that occupancy may fall in one step, a fraction (0.05 is 5 points).
        end_mg: daily dose at the end.
        method: "minimax", "even occupancy", "linear", "halving", "10 %", or "typed" for
            `schedule_mg`.
        schedule_mg: daily doses of a schedule to look at.
        robust: plan for the 95th percentile of the drop over the draws.
        targets: none takes the first one measured in people.
        hold_days: days per dose; None takes them from the kinetics.
        person: None is the reference adult.
        levels: measured in the blood, "45 ng/mL at 14 h after dose": the plan is made on the
            posterior of this person's kinetics; `taken` are the doses before them, by default
            `regimen`.
        draws: how many; `seed` makes them the same again.
        variability: also the differences between people, not only uncertainty.

    Returns:
        Dataset over `step`, the dose taken now at step 0: see `taper.dataset.taper_dataset`.

    Raises:
        ValueError: a drug that no plan is made for, a start dose that no product makes, arguments
            that do not go together; the message says what to do.
    """
    from occupancy.taper import TaperRequest, products_at_hand, propose, start_of
    from occupancy.taper.dataset import taper_dataset

    start = start_of(regimen)
    mine, candidates = products_at_hand(start, products, market)
    placed = None
    if levels:
        from occupancy.inference.personal import placed_by_levels

        placed = placed_by_levels(
            taken or regimen, levels, start.product.title, person=person, seed=seed
        )
        person = None
    request = TaperRequest(
        start=start,
        products=mine,
        candidates=candidates,
        steps=steps,
        largest_drop=largest_drop,
        end_mg=end_mg,
        method="typed" if schedule_mg else method,
        schedule=tuple(schedule_mg),
        robust=robust,
        targets=tuple(targets),
        hold_days=hold_days,
        person=person,
        sampling=Sampling(draws, seed, variability),
        placed=placed,
    )
    return taper_dataset(propose(request), regimen=regimen)

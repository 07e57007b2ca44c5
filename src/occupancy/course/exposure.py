"""Concentrations of a drug at a steady dose, in closed form, for curves over dose."""

import numpy as np

from occupancy.course.assemble import Assembled
from occupancy.course.sampling import Array
from occupancy.kinetics import Doses, average_concentration, simulate


def average_exposure(assembled: Assembled, dose_mg: Array, interval_h: float) -> dict[str, Array]:
    """Average concentration at steady state of one dose every `interval_h`.

    C = F * dose * (share that becomes the species) / (CL * interval), by conservation; exact
    whatever the absorption. Dose-dependent clearance and bioavailability are applied at
    each dose.

    Args:
        assembled: the drug in a person.
        dose_mg: shape (m,), or (draws, m) when every draw takes its own dose.
        interval_h: time between doses.

    Returns:
        ng/mL, shape (draws, m), for every analyte and brain site.
    """
    per_mg = average_concentration(assembled.system(None), 1.0, interval_h)
    return _scaled(assembled, dict(per_mg), dose_mg, interval_h)


def single_dose_exposure(assembled: Assembled, dose_mg: Array, at_h: float) -> dict[str, Array]:
    """Concentration `at_h` hours after one dose of `dose_mg`; shapes as in average_exposure."""
    result = simulate(assembled.system(None), Doses([0.0], [1.0]), np.array([at_h]))
    per_mg = {name: result[name][:, 0] for name in result.names}
    return _scaled(assembled, per_mg, dose_mg, 24.0)


def _scaled(
    assembled: Assembled, per_mg: dict[str, Array], dose_mg: Array, interval_h: float
) -> dict[str, Array]:
    n = assembled.draws
    amount = np.broadcast_to(np.atleast_2d(dose_mg), (n, np.shape(dose_mg)[-1]))
    available = amount * assembled.bioavailability(amount)
    scaled: dict[str, Array] = {}
    for name, unit in per_mg.items():
        slower = assembled.clearance_of_dose(name, amount * 24.0 / interval_h)
        scaled[name] = np.broadcast_to(unit, (n,))[:, None] * available / slower
    return scaled

"""When an effect comes: days to shares of it, and the model's onset beside that of trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occupancy.circuit.error import CircuitError
from occupancy.circuit.run import CircuitCourse

Values = NDArray[np.float64]
DAY_H = 24.0
WEEK_H = 168.0


def days_to_share(
    course: CircuitCourse, name: str = "plasticity", shares: Sequence[float] = (0.2, 0.5, 0.8)
) -> Values:
    """Days after the first output at which `name` first holds `shares` of its final value.

    The final value is that of the fixed point under the last inputs. Between outputs the course
    is a straight line; a share that the course does not reach is nan.

    Returns:
        (shares, people).

    Raises:
        CircuitError: no fixed point to follow, an unknown name, or a share outside (0, 1).
    """
    if course.end is None:
        raise CircuitError(
            f"circuit {course.circuit.name!r} has no fixed point under the last inputs, so there "
            "is no final effect to take shares of; read the course itself."
        )
    outside = [s for s in shares if not 0.0 < s < 1.0]
    if outside:
        raise CircuitError(f"share {outside[0]:g} must lie between 0 and 1, both excluded.")
    value = course[name]
    final = np.broadcast_to(course.end[name], value.shape[1:])
    days = (course.times_h - course.times_h[0]) / DAY_H
    out = np.full((len(shares), value.shape[1]), np.nan)
    for i, share in enumerate(shares):
        for person in range(value.shape[1]):
            reached = value[:, person] >= share * final[person]
            if final[person] <= 0.0 or not reached.any():
                continue
            j = int(np.argmax(reached))
            out[i, person] = np.interp(
                share * final[person],
                value[max(j - 1, 0) : j + 1, person],
                days[max(j - 1, 0) : j + 1],
            )
    return out


@dataclass(frozen=True)
class Onset:
    """The model's onset beside that of trials.

    Attributes:
        weeks: 1, 2, 4, 6.
        model: share of the model's own six-week effect at each week, (weeks, people).
        uncontrolled: mean improvement on paroxetine as a share of that at six weeks, (weeks,);
            placebo response and time are in it.
        observed_week_1: share of the six-week difference from placebo that was there at week 1.
        text: what the comparison says.
    """

    weeks: tuple[int, ...]
    model: Values
    uncontrolled: Values
    observed_week_1: float
    text: str


WEEKS = (1, 2, 4, 6)


def onset_beside_trials(course: CircuitCourse) -> Onset:
    """Compare when plasticity comes with when people improved.

    Args:
        course: a run of the serotonin circuit over six weeks or more, from the first dose.

    Raises:
        CircuitError: the course is shorter than six weeks, or another circuit's.
    """
    parameters = course.circuit.parameters
    if "observed_share_week_1" not in parameters:
        raise CircuitError(
            f"circuit {course.circuit.name!r} has no trial of onset on record; run `serotonin`."
        )
    since = course.times_h - course.times_h[0]
    if since[-1] < WEEKS[-1] * WEEK_H:
        raise CircuitError(
            f"the course lasts {since[-1] / WEEK_H:.1f} weeks; the comparison needs {WEEKS[-1]}."
        )
    value = course["plasticity"]
    at = np.stack(
        [
            np.array([np.interp(week * WEEK_H, since, value[:, i]) for week in WEEKS])
            for i in range(value.shape[1])
        ],
        axis=1,
    )
    if (at[-1] <= 0.0).any():
        raise CircuitError(
            "there is no effect at six weeks to take shares of; block more of the transporter."
        )
    model = at / at[-1]
    improvement = np.array([parameters[f"observed_improvement_week_{w}"].value for w in WEEKS])
    observed = parameters["observed_share_week_1"].value
    middle = float(np.median(model[0]))
    text = (
        f"After one week the model has {100 * middle:.0f} % of its six-week effect; in trials "
        f"about {100 * observed:.0f} % of the difference from placebo was there (Taylor 2006). A "
        "cascade of weeks cannot be the whole of the response."
    )
    return Onset(WEEKS, model, improvement / improvement[-1], observed, text)

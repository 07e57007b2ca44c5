"""The stored posterior by target, as curves that can be shown."""

import numpy as np

from occupancy.evidence.posterior import stored_curve
from occupancy.inference.least_squares import two_readings
from occupancy.inference.meta import CurvePosterior
from occupancy.inference.project import project_curves


def stored_posterior(target: str) -> tuple[CurvePosterior, ...]:
    """Every curve at `target` whose draws are stored, by drug, with the rows it rests on.

    The half-saturating exposure is that of the drug's default model: a daily dose in mg, or a
    concentration in ng/mL. R-hat and effective draws are those of the whole fit, kept by
    `make evidence-posterior`, and are not a number here.

    Raises:
        ValueError: no curve there; the message lists the targets.
    """
    curves = project_curves()
    found: list[CurvePosterior] = []
    for curve in curves:
        draws = stored_curve(curve.drug, curve.target)
        if draws is None or curve.target.lower() != target.lower():
            continue
        found.append(
            CurvePosterior(
                drug=curve.drug,
                target=curve.target,
                scale="dose" if curve.model.scale == "dose" else "concentration",
                regimen="single" if curve.model.regimen == "single" else "repeated",
                emax=draws.emax,
                ed50=draws.ratio * curve.half,
                hill=np.ones_like(draws.emax),
                rhat=float("nan"),
                ess=float("nan"),
                readings=two_readings(curve.points),
                points=curve.points,
                emax_free=True,
            )
        )
    if not found:
        known = ", ".join(sorted({one.target for one in curves}))
        raise ValueError(f"no curve is stored at {target}; there are: {known}")
    return tuple(found)

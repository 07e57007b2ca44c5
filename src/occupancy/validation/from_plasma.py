"""What the package's plasma curves would err by on the points of Uchida 2011.

Uchida and co-workers fitted a one-site curve per drug to the plasma levels and occupancies of
single people and report the root mean square of leave-one-out errors. The people themselves were
not published; the fitted pairs were. For a least-squares fit of p parameters to n points, errors
left out are those of the fit over 1 - p/n, and the residuals are orthogonal to small moves of the
curve, so that for another curve, close to it, on the same points

    rms^2 = (rms of theirs, left out, x (1 - p/n))^2 + mean (ours - theirs)^2.

The mean runs over exposures spread as in the rest of the package: evenly in their log, from half
to six times the half-saturating one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from occupancy.evidence import DrugRecord, Figure, drug_record
from occupancy.evidence.posterior import stored_curve
from occupancy.inference.project import USUAL_REACH, project_curves

STUDY: Final = "uchida2011"
#: Emax and EC50.
FITTED: Final = 2
EXPOSURES: Final = 200


@dataclass(frozen=True)
class OnTheirPoints:
    """Errors from plasma on the same people, in points of percent.

    Attributes:
        theirs: as reported, each person left out of the fit in turn.
        fitted: of their curve on the people it was fitted to.
        apart: root mean square of the distance between the stored curve and theirs.
        ours: of the stored curve on their people.
    """

    theirs: float
    fitted: float
    apart: float
    ours: float


def reported_error(record: DrugRecord) -> Figure | None:
    """The RMS error of Uchida 2011 for a drug at D2; None where there is none."""
    for figure in record.figure:
        if figure.quantity == "RMS error" and figure.cite == STUDY:
            return figure
    return None


def on_their_points(drug: str) -> OnTheirPoints | None:
    """The error of the stored D2 curve of `drug` on the people of Uchida 2011.

    None where the drug has no reported error, no published pair of Emax and EC50, or no stored
    curve over plasma.
    """
    record = drug_record(drug)
    error, figures = reported_error(record), record.figures()
    pair = [figures.get(f"{name}-D2-{STUDY}") for name in ("Emax", "EC50")]
    if error is None or error.n is None or pair[0] is None or pair[1] is None:
        return None
    curve = next((x for x in project_curves() if (x.drug, x.target) == (drug, "D2")), None)
    stored = stored_curve(drug, "D2")
    if curve is None or stored is None or curve.model.scale != "concentration":
        return None
    emax, half = (one.canonical(one.central) for one in pair if one is not None)
    x = half * np.geomspace(*USUAL_REACH, EXPOSURES)
    ours = np.median(stored.emax[:, None] * x / (x + stored.ratio[:, None] * curve.half), axis=0)
    theirs = 100.0 * error.canonical(error.central)
    fitted = theirs * (1.0 - FITTED / error.n)
    apart = 100.0 * float(np.sqrt(np.mean((ours - emax * x / (x + half)) ** 2)))
    return OnTheirPoints(theirs, fitted, apart, float(np.hypot(fitted, apart)))

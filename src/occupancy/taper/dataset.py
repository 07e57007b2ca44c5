"""A plan as the house's result type: a labelled xarray Dataset with units and provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from occupancy.course.dataset import LEVEL
from occupancy.taper.proposal import Proposal
from occupancy.taper.writing import taper_document

if TYPE_CHECKING:
    import xarray as xr


def taper_dataset(proposal: Proposal, *, regimen: str) -> xr.Dataset:
    """A proposal as a Dataset; step 0 is the dose taken now.

    Variables over `step`: `dose` (mg a day), `start_day` (from the first change; NaN for step 0),
    `recipe` (how one intake is made), `occupancy_drop` (from the dose before, typical curve); over
    (draw, target, step) `occupancy`, a fraction. Attributes hold the certificate's claim and
    argument, the worst drop, warnings, sources, seed and version.
    """
    import xarray as xr

    plan = proposal.plan
    document = taper_document(proposal, LEVEL, regimen=regimen)
    draws = max(one.occupancy.shape[0] for one in proposal.spread.targets)
    theta = np.stack(
        [
            np.broadcast_to(one.occupancy[:, list(plan.rung)], (draws, len(plan.rung)))
            for one in proposal.spread.targets
        ],
        axis=1,
    )
    start_day = [np.nan, *(float(stage.start_day) for stage in proposal.stages)]
    proof = document.certificate
    return xr.Dataset(
        {
            "dose": ("step", list(plan.dose_mg), {"units": "mg/day"}),
            "start_day": ("step", start_day, {"units": "day", "long_name": "first day"}),
            "occupancy_drop": (
                "step",
                [np.nan, *plan.drop],
                {"units": "1", "long_name": "fall of occupancy the plan was made by"},
            ),
            "recipe": ("step", [proposal.recipe(mg).text for mg in plan.dose_mg]),
            "occupancy": (("draw", "target", "step"), theta, {"units": "1"}),
        },
        coords={
            "step": np.arange(len(plan.dose_mg)),
            "target": [one.name for one in proposal.spread.targets],
        },
        attrs={
            "version": document.version,
            "drug": document.drug,
            "regimen": regimen,
            "method": plan.method,
            "worst_drop": plan.worst_drop,
            "certificate": "" if proof is None else proof.text,
            "certificate_checked": int(proof is not None and proof.checked),
            "hold": document.hold.why,
            "products": "; ".join(one.phrase for one in document.products),
            "seed": document.band.seed,
            "warnings": "\n".join(document.warnings),
            "sources": "\n".join(dict.fromkeys(one.citation for one in document.sources)),
            "disclaimer": document.disclaimer,
        },
    )

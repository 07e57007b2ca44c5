"""A fitted meta-analysis as arviz's InferenceData, for its own plots and comparisons."""

from importlib import import_module
from typing import Any

import numpy as np

from occupancy.extras import MissingLibraryError
from occupancy.inference.meta import MetaFit
from occupancy.inference.meta_checks import posterior_prediction


def to_inference_data(fit: MetaFit, *, seed: int = 0) -> Any:
    """Reported parameters, replicated rows and the rows seen, as `arviz.InferenceData`.

    `posterior` holds log ED50 (ng/mL or mg), Emax (fraction), and SDs by chain and draw, per
    curve where they are of curves; `posterior_predictive` and `observed_data` the mean of every
    row, on the scale of the model's errors (an interval's is NaN).

    Args:
        fit: from `fit_dose_occupancy`.
        seed: of the replications.

    Raises:
        MissingLibraryError: arviz is not installed.
    """
    try:
        arviz = import_module("arviz")
    except ImportError as error:
        raise MissingLibraryError(
            "arviz is not installed; get it with pip install 'occupancy[arviz]'"
        ) from error
    curves = [f"{drug} {target}" for drug, target in fit.place.curves]
    posterior: dict[str, Any] = {}
    dims: dict[str, list[str]] = {"mean": ["row"]}
    for name, values in fit.parameters.items():
        of_curves = values.ndim > 2 and values.shape[2] == len(curves) > 1
        posterior[name] = values if of_curves or values.ndim == 2 else values[..., 0]
        if of_curves:
            dims[name] = ["curve"]
    chains, draws = fit.sample.q.shape[:2]
    again = posterior_prediction(fit, seed=seed).drawn.reshape(chains, draws, -1)
    rows = fit.place.rows
    return arviz.from_dict(
        posterior=posterior,
        posterior_predictive={"mean": again},
        observed_data={"mean": np.where(rows.interval, np.nan, rows.mean)},
        coords={
            "curve": curves,
            "row": [f"{x.drug} {x.target} {x.exposure:g}" for x in fit.place.points],
        },
        dims=dims,
    )

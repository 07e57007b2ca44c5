"""Curves from published points, and a person from a blood level.

Meta-analysis of occupancies (hierarchical Emax and ED50), exposure to occupancy in one study,
personal kinetics from measured levels, and the design of studies. May import `course`,
`population` and the rooms below; knows nothing of tapers, pictures or terminals. JAX and NumPyro
are imported only where a posterior is sampled. Names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.inference.chains import ess_bulk, ess_tail, rhat
    from occupancy.inference.meta import CurvePosterior, Interval, MetaFit, fit_dose_occupancy
    from occupancy.inference.meta_model import MetaModel, MetaPriors
    from occupancy.inference.point import Point
    from occupancy.inference.points import PointsError, PointTable, Problem, read_points

__all__ = [
    "CurvePosterior",
    "Interval",
    "MetaFit",
    "MetaModel",
    "MetaPriors",
    "Point",
    "PointTable",
    "PointsError",
    "Problem",
    "ess_bulk",
    "ess_tail",
    "fit_dose_occupancy",
    "read_points",
    "rhat",
]

_MODULE_OF: Final = {
    "CurvePosterior": "meta",
    "Interval": "meta",
    "MetaFit": "meta",
    "MetaModel": "meta_model",
    "MetaPriors": "meta_model",
    "Point": "point",
    "PointTable": "points",
    "PointsError": "points",
    "Problem": "points",
    "ess_bulk": "chains",
    "ess_tail": "chains",
    "fit_dose_occupancy": "meta",
    "read_points": "points",
    "rhat": "chains",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'occupancy.inference' has no attribute {name!r}")
    value = getattr(import_module(f"occupancy.inference.{_MODULE_OF[name]}"), name)
    globals()[name] = value  # a submodule of the same name must not stand in its place
    return value

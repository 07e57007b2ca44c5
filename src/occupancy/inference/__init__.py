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
    from occupancy.inference.level import Level, LevelError, parse_level
    from occupancy.inference.meta import CurvePosterior, Interval, MetaFit, fit_dose_occupancy
    from occupancy.inference.meta_model import MetaModel, MetaPriors
    from occupancy.inference.personal import Disagreement, Personal, personalise
    from occupancy.inference.personal_model import PersonalModel
    from occupancy.inference.point import Point
    from occupancy.inference.points import PointsError, PointTable, Problem, read_points

__all__ = [
    "CurvePosterior",
    "Disagreement",
    "Interval",
    "Level",
    "LevelError",
    "MetaFit",
    "MetaModel",
    "MetaPriors",
    "Personal",
    "PersonalModel",
    "Point",
    "PointTable",
    "PointsError",
    "Problem",
    "ess_bulk",
    "ess_tail",
    "fit_dose_occupancy",
    "parse_level",
    "personalise",
    "read_points",
    "rhat",
]

_MODULE_OF: Final = {
    "CurvePosterior": "meta",
    "Disagreement": "personal",
    "Interval": "meta",
    "Level": "level",
    "LevelError": "level",
    "MetaFit": "meta",
    "MetaModel": "meta_model",
    "MetaPriors": "meta_model",
    "Personal": "personal",
    "PersonalModel": "personal_model",
    "Point": "point",
    "PointTable": "points",
    "PointsError": "points",
    "Problem": "points",
    "ess_bulk": "chains",
    "ess_tail": "chains",
    "fit_dose_occupancy": "meta",
    "parse_level": "level",
    "personalise": "personal",
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

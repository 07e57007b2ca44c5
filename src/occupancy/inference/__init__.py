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
    from occupancy.inference.exposure import ExposureFit, fit_exposure_occupancy
    from occupancy.inference.exposure_model import Scan
    from occupancy.inference.level import Level, LevelError, parse_level
    from occupancy.inference.meta import CurvePosterior, Interval, MetaFit, fit_dose_occupancy
    from occupancy.inference.meta_checks import (
        leave_one_study_out,
        misfit_probability,
        posterior_prediction,
        prior_prediction,
    )
    from occupancy.inference.meta_model import MetaModel, MetaPriors
    from occupancy.inference.personal import Disagreement, Personal, personalise
    from occupancy.inference.personal_model import PersonalModel
    from occupancy.inference.point import Point
    from occupancy.inference.points import PointsError, PointTable, Problem, read_points
    from occupancy.inference.scan_times import ScanTime, plan_scans, scan_candidates
    from occupancy.inference.study_design import (
        Design,
        efficiency,
        expected_information,
        optimal_design,
        power_to_tell_apart,
    )

__all__ = [
    "CurvePosterior",
    "Design",
    "Disagreement",
    "ExposureFit",
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
    "Scan",
    "ScanTime",
    "efficiency",
    "ess_bulk",
    "ess_tail",
    "expected_information",
    "fit_dose_occupancy",
    "fit_exposure_occupancy",
    "leave_one_study_out",
    "misfit_probability",
    "optimal_design",
    "parse_level",
    "personalise",
    "plan_scans",
    "posterior_prediction",
    "power_to_tell_apart",
    "prior_prediction",
    "read_points",
    "rhat",
    "scan_candidates",
]

_MODULE_OF: Final = {
    "CurvePosterior": "meta",
    "Design": "study_design",
    "Disagreement": "personal",
    "ExposureFit": "exposure",
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
    "Scan": "exposure_model",
    "ScanTime": "scan_times",
    "efficiency": "study_design",
    "ess_bulk": "chains",
    "ess_tail": "chains",
    "expected_information": "study_design",
    "fit_dose_occupancy": "meta",
    "fit_exposure_occupancy": "exposure",
    "leave_one_study_out": "meta_checks",
    "misfit_probability": "meta_checks",
    "optimal_design": "study_design",
    "parse_level": "level",
    "personalise": "personal",
    "plan_scans": "scan_times",
    "posterior_prediction": "meta_checks",
    "power_to_tell_apart": "study_design",
    "prior_prediction": "meta_checks",
    "read_points": "points",
    "rhat": "chains",
    "scan_candidates": "scan_times",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'occupancy.inference' has no attribute {name!r}")
    value = getattr(import_module(f"occupancy.inference.{_MODULE_OF[name]}"), name)
    globals()[name] = value  # a submodule of the same name must not stand in its place
    return value

"""The chain composed: a drug, a person and a regimen become curves and courses with draws.

May import every room below (evidence, laws, units, drug, regimen, person, kinetics); knows
nothing of pictures, terminals or pages. Names are imported on first use, so that a curve does
not wait for what only a course needs; xarray is imported only when a Dataset is made.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.course.curves import DoseCurve, dose_curve
    from occupancy.course.dataset import course_dataset, curve_dataset
    from occupancy.course.profile import DoseProfile, profile_at, profile_of_dose
    from occupancy.course.sampling import Sampling
    from occupancy.course.simulation import TargetCourse, Trajectory, trajectory
    from occupancy.course.window import TargetWindow

__all__ = [
    "DoseCurve",
    "DoseProfile",
    "Sampling",
    "TargetCourse",
    "TargetWindow",
    "Trajectory",
    "course_dataset",
    "curve_dataset",
    "dose_curve",
    "profile_at",
    "profile_of_dose",
    "trajectory",
]

_MODULE_OF: Final = {
    "DoseCurve": "curves",
    "DoseProfile": "profile",
    "Sampling": "sampling",
    "TargetCourse": "simulation",
    "TargetWindow": "window",
    "Trajectory": "simulation",
    "course_dataset": "dataset",
    "curve_dataset": "dataset",
    "dose_curve": "curves",
    "profile_at": "profile",
    "profile_of_dose": "profile",
    "trajectory": "simulation",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'occupancy.course' has no attribute {name!r}")
    value = getattr(import_module(f"occupancy.course.{_MODULE_OF[name]}"), name)
    globals()[name] = value  # a submodule of the same name must not stand in its place
    return value

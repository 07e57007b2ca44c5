"""The chain composed: a drug, a person and a regimen become curves and courses with draws.

May import every room below (evidence, laws, units, drug, regimen, person, kinetics); knows
nothing of pictures, terminals or pages. xarray is imported only when a Dataset is made.
"""

from occupancy.course.dataset import course_dataset, curve_dataset
from occupancy.course.dose_curve import DoseCurve, dose_curve
from occupancy.course.sampling import Sampling, quantiles
from occupancy.course.trajectory import TargetCourse, Trajectory, trajectory
from occupancy.course.window import TargetWindow

__all__ = [
    "DoseCurve",
    "Sampling",
    "TargetCourse",
    "TargetWindow",
    "Trajectory",
    "course_dataset",
    "curve_dataset",
    "dose_curve",
    "quantiles",
    "trajectory",
]

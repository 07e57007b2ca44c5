"""Curves from published points, and a person from a blood level.

Meta-analysis of occupancies (hierarchical Emax and ED50), exposure to occupancy in one study,
personal kinetics from measured levels, and the design of studies. May import `course`,
`population` and the rooms below; knows nothing of tapers, pictures or terminals. JAX and NumPyro
are imported only where a posterior is sampled. Names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.inference.point import Point
    from occupancy.inference.points import PointsError, PointTable, Problem, read_points

__all__ = [
    "Point",
    "PointTable",
    "PointsError",
    "Problem",
    "read_points",
]

_MODULE_OF: Final = {
    "Point": "point",
    "PointTable": "points",
    "PointsError": "points",
    "Problem": "points",
    "read_points": "points",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'occupancy.inference' has no attribute {name!r}")
    value = getattr(import_module(f"occupancy.inference.{_MODULE_OF[name]}"), name)
    globals()[name] = value  # a submodule of the same name must not stand in its place
    return value

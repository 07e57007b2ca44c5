"""Many people through one course at once, compiled; and what runs the pieces where.

A course is compiled once to an `EventGrid`; `simulate_linear` runs people through it, NumPy for
a few, JAX for many, and `linear_program` is the same as a function to differentiate.
`simulate_stiff` integrates any system of equations given as a function, stiff ones too, and
`stiff_program` differentiates it; `slow_states` carries what takes weeks. Results are reduced
by exact bands (`quantile_bands`) or, in constant memory, by `sketch.Course`.
Executors apply a function to many tasks: here, in threads or processes, on JAX's device, on Dask.
May import NumPy, the kinetics room and those below; JAX and Dask are imported when first needed,
and names on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from occupancy.engine.averaging import SlowCourse, SlowGrid, slow_grid, slow_states
    from occupancy.engine.bands import quantile_bands
    from occupancy.engine.executor_words import executor_of
    from occupancy.engine.executors import (
        Devices,
        Executor,
        ExecutorError,
        Processes,
        Serial,
        Threads,
    )
    from occupancy.engine.grid import Cycle, EventGrid, event_grid
    from occupancy.engine.histogram import Bins, Histogram
    from occupancy.engine.jax_runtime import EngineUnavailable
    from occupancy.engine.linear import simulate_linear
    from occupancy.engine.linear_course import LinearCourse
    from occupancy.engine.linear_differentiable import LinearProgram, linear_program
    from occupancy.engine.mesh import Mesh
    from occupancy.engine.person_doses import PersonDoses, doses_of_people
    from occupancy.engine.sketch import Course
    from occupancy.engine.stiff import simulate_stiff
    from occupancy.engine.stiff_differentiable import StiffProgram, stiff_program
    from occupancy.engine.stiff_inputs import InputCourse, InputForcing
    from occupancy.engine.stiff_model import Forcing, FunctionForcing, StiffModel, StiffState
    from occupancy.engine.stiff_plasma import PlasmaForcing
    from occupancy.engine.stiff_result import StiffError, StiffResult
    from occupancy.engine.target import Target

_HOMES = {
    "Bins": "histogram",
    "Course": "sketch",
    "Cycle": "grid",
    "Devices": "executors",
    "EngineUnavailable": "jax_runtime",
    "EventGrid": "grid",
    "Executor": "executors",
    "ExecutorError": "executors",
    "Forcing": "stiff_model",
    "FunctionForcing": "stiff_model",
    "Histogram": "histogram",
    "InputCourse": "stiff_inputs",
    "InputForcing": "stiff_inputs",
    "LinearCourse": "linear_course",
    "LinearProgram": "linear_differentiable",
    "Mesh": "mesh",
    "PersonDoses": "person_doses",
    "PlasmaForcing": "stiff_plasma",
    "Processes": "executors",
    "Serial": "executors",
    "SlowCourse": "averaging",
    "SlowGrid": "averaging",
    "StiffError": "stiff_result",
    "StiffModel": "stiff_model",
    "StiffProgram": "stiff_differentiable",
    "StiffResult": "stiff_result",
    "StiffState": "stiff_model",
    "Target": "target",
    "Threads": "executors",
    "doses_of_people": "person_doses",
    "event_grid": "grid",
    "executor_of": "executor_words",
    "linear_program": "linear_differentiable",
    "quantile_bands": "bands",
    "simulate_linear": "linear",
    "simulate_stiff": "stiff",
    "slow_grid": "averaging",
    "slow_states": "averaging",
    "stiff_program": "stiff_differentiable",
}

__all__ = [
    "Bins",
    "Course",
    "Cycle",
    "Devices",
    "EngineUnavailable",
    "EventGrid",
    "Executor",
    "ExecutorError",
    "Forcing",
    "FunctionForcing",
    "Histogram",
    "InputCourse",
    "InputForcing",
    "LinearCourse",
    "LinearProgram",
    "Mesh",
    "PersonDoses",
    "PlasmaForcing",
    "Processes",
    "Serial",
    "SlowCourse",
    "SlowGrid",
    "StiffError",
    "StiffModel",
    "StiffProgram",
    "StiffResult",
    "StiffState",
    "Target",
    "Threads",
    "doses_of_people",
    "event_grid",
    "executor_of",
    "linear_program",
    "quantile_bands",
    "simulate_linear",
    "simulate_stiff",
    "slow_grid",
    "slow_states",
    "stiff_program",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'occupancy.engine' has no attribute {name!r}")
    return getattr(import_module(f"occupancy.engine.{_HOMES[name]}"), name)

"""Many people through one course at once, compiled; and what runs the pieces where.

A course is compiled once to an `EventGrid`; `simulate_linear` runs people through it, NumPy for
a few, JAX for many, and `linear_program` is the same as a function to differentiate.
`simulate_stiff` integrates any system of equations given as a function, stiff ones too, and
`stiff_program` differentiates it; `slow_states` carries what takes weeks. Results are reduced
by exact bands (`quantile_bands`) or, in constant memory, by `sketch.Course`.
Executors apply a function to many tasks: here, in threads or processes, on JAX's device, on Dask.
May import NumPy, the kinetics room and those below; JAX and Dask are imported when first needed.
"""

from occupancy.engine.averaging import SlowCourse, SlowGrid, slow_grid, slow_states
from occupancy.engine.bands import quantile_bands
from occupancy.engine.executors import (
    Devices,
    Executor,
    ExecutorError,
    Processes,
    Serial,
    Threads,
    executor_of,
)
from occupancy.engine.grid import Cycle, EventGrid, event_grid
from occupancy.engine.jax_runtime import EngineUnavailable
from occupancy.engine.linear import LinearCourse, simulate_linear
from occupancy.engine.linear_program import LinearProgram, linear_program
from occupancy.engine.mesh import Mesh
from occupancy.engine.person_doses import PersonDoses, doses_of_people
from occupancy.engine.sketch import Bins, Course, Histogram
from occupancy.engine.stiff import StiffError, StiffResult, simulate_stiff
from occupancy.engine.stiff_inputs import InputCourse, InputForcing
from occupancy.engine.stiff_model import Forcing, FunctionForcing, StiffModel, StiffState
from occupancy.engine.stiff_plasma import PlasmaForcing
from occupancy.engine.stiff_program import StiffProgram, stiff_program
from occupancy.engine.target import Target

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

"""How much is computed where: the drivers behind populations, and what runs their pieces.

May import `kinetics` and the rooms below it.
"""

from occupancy.engine.executors import (
    Executor,
    ExecutorError,
    Processes,
    Serial,
    Threads,
    executor_of,
)

__all__ = [
    "Executor",
    "ExecutorError",
    "Processes",
    "Serial",
    "Threads",
    "executor_of",
]

"""The word for where to compute, as it is typed at a command or given to a function."""

from importlib.util import find_spec

from occupancy.engine.cluster import Dask
from occupancy.engine.executors import (
    Devices,
    Executor,
    ExecutorError,
    Processes,
    Serial,
    Threads,
    worker_count,
)


def executor_of(where: str, workers: int | None = None) -> Executor:
    """The executor that a word names.

    `serial`, `threads`, `processes`, `jax` (a GPU where JAX has one), `dask` (a cluster of
    processes made here for the occasion), or the address of a Dask scheduler such as
    `tcp://host:8786`.

    Raises:
        ExecutorError: another word, a package that is not installed, or workers asked of a
            scheduler that has its own.
    """
    if workers is not None:
        worker_count(workers)
    match where:
        case "serial":
            return Serial()
        case "threads":
            return Threads(workers)
        case "processes":
            return Processes(workers)
        case "jax":
            if find_spec("jax") is None:
                raise ExecutorError(
                    "JAX is not installed; install it with: pip install 'occupancy[jax]'"
                )
            return Devices()
    if where == "dask" or "://" in where:
        if where != "dask" and workers is not None:
            raise ExecutorError(
                f"workers = {workers} is not allowed with {where}: that cluster has its own"
            )
        return Dask(None if where == "dask" else where, workers)
    raise ExecutorError(
        f"{where!r} is not a place to compute; use serial, threads, processes, jax, dask, or the "
        "address of a Dask scheduler such as tcp://host:8786"
    )

"""What runs the pieces of a computation: this process, threads, processes, or a Dask cluster.

An executor applies one function to many tasks and gives the results back in the order of the
tasks, whatever finishes first, holding only a few at a time. It knows nothing of what is computed.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from concurrent.futures import (
    Executor as Pool,
)
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Literal, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

#: What computes linear kinetics within a task.
Backend = Literal["numpy", "jax"]
#: Tasks in flight for each worker: enough that none waits, few enough that memory stays small.
AHEAD = 2
#: How often a pool of processes is started anew after one of them died.
RESTARTS = 3


class ExecutorError(ValueError):
    """Work that cannot be run where it was asked for; the message says what to do."""


class Executor(Protocol):
    """Anything that runs tasks."""

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """`work` of every task, in the order of `tasks`.

        Closing the iterator early, or an exception, stops what has not begun.
        """
        ...


@dataclass(frozen=True)
class Serial:
    """One task after the other, in this process."""

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See `Executor.run`."""
        return map(work, tasks)


@dataclass(frozen=True)
class Devices:
    """One task after the other, linear kinetics compiled for JAX's device: a GPU where JAX has one.

    The answers are those of the other executors to 1e-12 of the peak, not to the last bit.
    """

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See `Executor.run`."""
        return map(work, tasks)


@dataclass(frozen=True)
class Threads:
    """Threads of this process; NumPy computes outside the interpreter's lock for most of it."""

    workers: int | None = None

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See `Executor.run`."""
        workers = worker_count(self.workers)
        pool = ThreadPoolExecutor(workers, thread_name_prefix="occupancy")
        try:
            yield from _in_order(pool, work, iter(tasks), AHEAD * workers)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class Processes:
    """Processes of this machine, each started clean.

    A process that dies costs the tasks it held: a new pool computes them again, a few times at
    most. A script that uses this needs the usual `if __name__ == "__main__":`.
    """

    workers: int | None = None

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See `Executor.run`.

        Raises:
            ExecutorError: processes keep dying.
        """
        workers = worker_count(self.workers)
        coming = iter(tasks)
        waiting: deque[Task] = deque()
        for attempt in range(RESTARTS + 1):
            pool = ProcessPoolExecutor(
                workers, mp_context=get_context("spawn"), initializer=_deaf_to_interrupts
            )
            try:
                yield from _in_order(pool, work, coming, AHEAD * workers, waiting)
                return
            except BrokenExecutor as error:
                if attempt == RESTARTS:
                    raise ExecutorError(
                        f"worker processes died {RESTARTS + 1} times, most likely for want of "
                        "memory; use fewer workers or smaller chunks"
                    ) from error
            finally:
                _stop(pool)


def _in_order(
    pool: Pool,
    work: Callable[[Task], Result],
    coming: Iterator[Task],
    ahead: int,
    waiting: deque[Task] | None = None,
) -> Iterator[Result]:
    """Results in order with at most `ahead` tasks handed out.

    `waiting` keeps the tasks that were taken and have not given a result yet, so that another
    pool can go on from there.
    """
    waiting = deque() if waiting is None else waiting
    futures: deque[Future[Result]] = deque(pool.submit(work, task) for task in waiting)
    while True:
        for task in islice(coming, max(ahead - len(futures), 0)):
            waiting.append(task)
            futures.append(pool.submit(work, task))
        if not futures:
            return
        result = futures[0].result()
        futures.popleft()
        waiting.popleft()
        yield result


def _deaf_to_interrupts() -> None:
    """Leave Ctrl-C, which reaches every process of a terminal, to the one that was started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the processes of a pool now: what they still compute is wanted by nobody."""
    running = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.terminate()
    for process in running:
        process.join()


def worker_count(asked: int | None) -> int:
    """How many workers: as many as asked for, else the cores this process may use.

    Raises:
        ExecutorError: fewer than one.
    """
    if asked is None:
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else (os.cpu_count() or 1)
        )
    if asked < 1:
        raise ExecutorError(f"workers = {asked} is not allowed; give 1 or more")
    return asked

"""Tasks on a Dask cluster: one made here for the occasion, or one that is running.

Dask keeps account of who computes what. When a worker is lost, the scheduler hands the tasks it
held to the others; results that have already come back are not computed again.
"""

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import count, islice
from typing import Any, TypeVar
from uuid import uuid4

from occupancy.engine.executors import AHEAD, ExecutorError, worker_count
from occupancy.version import VERSION

Task = TypeVar("Task")
Result = TypeVar("Result")

#: How long a scheduler may take to answer, and how long a cluster may be without any worker.
ANSWER_S = 10.0
WITHOUT_WORKERS_S = 60.0
POLL_S = 2.0
#: For glibc: blocks up to 32 MiB, its largest, come from memory that is kept up to 256 MiB.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": 32 << 20,
    "MALLOC_TRIM_THRESHOLD_": 256 << 20,
    "OMP_NUM_THREADS": 1,
    "OPENBLAS_NUM_THREADS": 1,
    "MKL_NUM_THREADS": 1,
}
#: Dask looks at its threads every 10 ms and at its event loops every 20 ms, for a dashboard: a
#: twentieth of two cores' time, where no dashboard is started.
SETTINGS = {
    "distributed.nanny.pre-spawn-environ": KEEP_MEMORY,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500 ms",
}


@dataclass(frozen=True)
class Dask:
    """A Dask cluster.

    Attributes:
        address: of a scheduler; None starts processes on this machine and ends them afterwards.
        workers: how many processes, when they are started here.
    """

    address: str | None = None
    workers: int | None = None

    def run(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """See `Executor.run`.

        Raises:
            ExecutorError: dask is not installed, nobody answers at the address, the workers
                run another version of this package, or all of them are lost.
        """
        try:
            distributed: Any = import_module("distributed")
        except ImportError as error:
            raise ExecutorError(
                "Dask is not installed; install it with: pip install 'occupancy[dask]'"
            ) from error
        with ExitStack() as stack:
            client = self._client(distributed, stack)
            try:
                yield from _in_order(distributed, client, work, iter(tasks))
            except (OSError, distributed.client.FutureCancelledError) as error:
                raise ExecutorError(
                    f"the Dask scheduler at {client.scheduler.address} went away: {error}"
                ) from error

    def _client(self, distributed: Any, stack: ExitStack) -> Any:
        if self.address is None:
            cluster = stack.enter_context(local_cluster(worker_count(self.workers)))
            return stack.enter_context(distributed.Client(cluster, direct_to_workers=True))
        try:
            # On this machine results need not pass through the scheduler; elsewhere workers may
            # be out of reach.
            direct = True if "//127.0.0.1:" in self.address else None
            client = distributed.Client(
                self.address, timeout=ANSWER_S, set_as_default=False, direct_to_workers=direct
            )
        except (OSError, ValueError, TimeoutError) as error:
            raise ExecutorError(
                f"no Dask scheduler answers at {self.address}; start one with `dask scheduler` "
                "and workers with `dask worker ADDRESS`, or check the address and the network"
            ) from error
        stack.enter_context(client)
        _same_version(client)
        return client


def local_cluster(workers: int) -> Any:
    """A Dask cluster of processes on this machine, one thread each, to be used in a `with`.

    Dask has its workers hand freed memory back to the system at once, which costs arrays of some
    megabytes more than computing them; here they keep it, as any other process does.
    """
    cluster: Any = import_module("distributed").LocalCluster
    dask: Any = import_module("dask")
    with _children_deaf_to_interrupts(), dask.config.set(SETTINGS):
        return cluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs="CRITICAL",
        )


@contextmanager
def _children_deaf_to_interrupts() -> Iterator[None]:
    """Processes started inside leave Ctrl-C, which reaches them all, to this one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def version_of_worker() -> str:
    """Version of this package where the function runs."""
    return VERSION


def _same_version(client: Any) -> None:
    """Refuse workers of another version: their answers would differ without a sign."""
    try:
        versions: dict[str, str] = client.run(version_of_worker, on_error="raise")
    except Exception as error:
        raise ExecutorError(
            f"the Dask workers cannot import occupancy ({type(error).__name__}: {error}); install "
            f"occupancy {VERSION} where they run"
        ) from error
    for worker, version in versions.items():
        if version != VERSION:
            raise ExecutorError(
                f"the Dask worker {worker} runs occupancy {version}, here is {VERSION}; install "
                "the same version on both"
            )


def _in_order(
    distributed: Any, client: Any, work: Callable[[Task], Result], coming: Iterator[Task]
) -> Iterator[Result]:
    run, number = uuid4().hex[:12], count()
    futures: deque[Any] = deque()
    threads, asked = 0, -POLL_S
    try:
        while True:
            if (now := time.monotonic()) - asked >= POLL_S:  # workers may come and go
                threads, asked = sum(client.nthreads().values()), now
            for task in islice(coming, max(AHEAD * max(threads, 1) - len(futures), 0)):
                # A key of its own: the same task of two runs is never mistaken for one.
                key = f"occupancy-{run}-{next(number)}"
                futures.append(client.submit(work, task, key=key, pure=False))
            if not futures:
                return
            result = _result(distributed, client, futures[0])
            futures.popleft().release()
            yield result
    finally:
        with suppress(Exception):
            client.cancel(list(futures), force=True)


def _result(distributed: Any, client: Any, future: Any) -> Any:
    """The result of a future, looking now and then whether anybody is left to compute it."""
    deserted: float | None = None
    while True:
        try:
            return future.result(timeout=POLL_S)
        except (TimeoutError, distributed.TimeoutError):
            if future.status == "error":
                raise
            if client.nthreads():
                deserted = None
                continue
            deserted = deserted or time.monotonic()
            if time.monotonic() - deserted > WITHOUT_WORKERS_S:
                raise ExecutorError(
                    f"no worker has been left at {client.scheduler.address} for "
                    f"{WITHOUT_WORKERS_S:.0f} s; start new ones and ask again"
                ) from None
        except distributed.scheduler.KilledWorker as error:
            raise ExecutorError(
                f"a piece of work killed several Dask workers, most likely for want of memory: "
                f"{error}"
            ) from error

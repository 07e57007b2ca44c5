"""Executors: order, few tasks in flight, and what is lost with a worker."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from occupancy.engine.executor_words import executor_of
from occupancy.engine.executors import (
    AHEAD,
    Executor,
    ExecutorError,
    Processes,
    Serial,
    Threads,
)
from occupancy.population import Population, trial

#: What Dask and its friends warn of by themselves is not ours.
dask_warnings = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def square(x: int) -> int:
    return x * x


def uneven(x: int) -> int:
    time.sleep(0.02 if x % 3 == 0 else 0.0)
    return x


def failing(x: int) -> int:
    if x == 5:
        raise ValueError("no five")
    return x


class Traced:
    """Leaves a file for each time that a task is begun; the file's name ends with the process."""

    def __init__(self, folder: Path, seconds: float = 0.15) -> None:
        self.folder, self.seconds = folder, seconds

    def __call__(self, x: int) -> int:
        (self.folder / f"{x}-{os.getpid()}-{time.monotonic_ns()}").touch()
        time.sleep(self.seconds)
        return x * x

    def begun(self) -> dict[int, int]:
        """How often each task was begun."""
        counts: dict[int, int] = {}
        for one in self.folder.iterdir():
            number = int(one.name.split("-")[0])
            counts[number] = counts.get(number, 0) + 1
        return counts

    def somebody(self) -> int | None:
        """A process that has begun something."""
        return next((int(one.name.split("-")[1]) for one in self.folder.iterdir()), None)


def kill_when_running(work: Traced, after: int) -> threading.Thread:
    """Kill one worker, once `after` tasks were begun."""

    def hunt() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if sum(work.begun().values()) >= after:
                victim = work.somebody()
                assert victim is not None
                os.kill(victim, signal.SIGKILL)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=hunt)
    thread.start()
    return thread


@pytest.mark.parametrize("executor", [Serial(), Threads(3), Processes(2)])
def test_results_come_in_the_order_of_the_tasks(executor: Executor) -> None:
    assert list(executor.run(uneven, range(12))) == list(range(12))
    assert list(executor.run(square, [])) == []


@pytest.mark.parametrize("executor", [Serial(), Threads(2), Processes(2)])
def test_an_error_of_the_work_is_raised(executor: Executor) -> None:
    results = executor.run(failing, range(10))
    assert [next(results) for _ in range(5)] == list(range(5))
    with pytest.raises(ValueError, match="no five"):
        next(results)


def test_only_a_few_tasks_are_in_flight() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for i in range(1000):
            taken.append(i)
            yield i

    results = Threads(2).run(square, tasks())
    for done in range(1, 6):
        next(results)
        assert len(taken) <= done + AHEAD * 2
    results.close()  # type: ignore[attr-defined]
    assert len(taken) < 20


def test_a_process_that_dies_costs_only_its_tasks(tmp_path: Path) -> None:
    work = Traced(tmp_path)
    thread = kill_when_running(work, after=6)
    assert list(Processes(2).run(work, range(16))) == [x * x for x in range(16)]
    thread.join()
    begun = work.begun()
    assert set(begun) == set(range(16))
    again = sum(n - 1 for n in begun.values())
    assert 1 <= again <= AHEAD * 2, begun


def dies(x: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return x


def test_processes_that_keep_dying_are_told() -> None:
    with pytest.raises(ExecutorError, match="processes died"):
        list(Processes(1).run(dies, range(3)))


@pytest.mark.parametrize(
    ("where", "workers", "message"),
    [
        ("moon", None, "not a place to compute"),
        ("threads", 0, "workers = 0"),
        ("tcp://127.0.0.1:1", 4, "has its own"),
    ],
)
def test_places_that_cannot_be(where: str, workers: int | None, message: str) -> None:
    with pytest.raises(ExecutorError, match=message):
        executor_of(where, workers)


@dask_warnings
def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra dask")
    from occupancy.engine import cluster

    monkeypatch.setattr(cluster, "ANSWER_S", 1.0)
    with pytest.raises(ExecutorError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"):
        list(executor_of("tcp://127.0.0.1:9").run(square, range(3)))


def test_dask_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutorError, match=r"occupancy\[dask\]"):
        list(executor_of("dask").run(square, range(3)))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A real cluster of two processes on this machine."""
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
        silence_logs="CRITICAL",
    ) as found:
        yield found


@dask_warnings
def test_a_worker_killed_midway_costs_only_its_tasks(cluster: Any, tmp_path: Path) -> None:
    work = Traced(tmp_path)
    thread = kill_when_running(work, after=8)
    results = list(executor_of(cluster.scheduler_address).run(work, range(24)))
    thread.join()
    assert results == [x * x for x in range(24)]
    begun = work.begun()
    assert set(begun) == set(range(24))
    again = sum(n - 1 for n in begun.values())
    assert 1 <= again <= AHEAD * 2, begun


@dask_warnings
def test_a_trial_on_a_cluster_that_loses_a_worker_is_the_same(cluster: Any) -> None:
    """Two worker processes, one killed while the trial runs; every count comes out the same."""
    distributed = pytest.importorskip("distributed")
    arms = ["risperidone 4 mg daily for 3 days", "olanzapine 10 mg daily for 3 days"]
    people = Population(6000, seed=5, ancestry="european")
    here = trial(arms, people, chunk=256)
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if done >= 1024 and not killed:
            with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
                victim = next(iter(client.run(os.getpid).values()))
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)

    there = trial(arms, people, chunk=256, executor=cluster.scheduler_address, progress=kill_one)
    assert killed
    assert there.census.people == here.census.people == 6000
    for name in arms:
        first, second = here.arms[name].targets["D2"], there.arms[name].targets["D2"]
        assert np.array_equal(first.bands, second.bands)
        assert np.array_equal(np.asarray(first.inside), np.asarray(second.inside))
        for metric, values in first.cycle.items():
            assert np.array_equal(values, second.cycle[metric])


@dask_warnings
def test_workers_of_another_version_are_refused(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from occupancy.engine import cluster as room

    monkeypatch.setattr(room, "VERSION", "99.0")
    with pytest.raises(ExecutorError, match="install the same version on both"):
        list(executor_of(cluster.scheduler_address).run(square, range(3)))


@pytest.fixture
def empty_cluster() -> Iterator[Any]:
    """A scheduler of its own process without any worker."""
    distributed = pytest.importorskip("distributed", reason="needs the extra dask")
    with distributed.LocalCluster(
        n_workers=0, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as found:
        yield found


@dask_warnings
def test_a_cluster_without_workers_is_told(
    empty_cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from occupancy.engine import cluster as room

    monkeypatch.setattr(room, "POLL_S", 0.1)
    monkeypatch.setattr(room, "WITHOUT_WORKERS_S", 0.5)
    with pytest.raises(ExecutorError, match="no worker has been left"):
        list(executor_of(empty_cluster.scheduler_address).run(square, range(3)))


@dask_warnings
def test_a_scheduler_that_is_killed_midway_is_told(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="needs the extra dask")
    address = tmp_path / "scheduler.json"
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
    start += ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(address)]
    scheduler = subprocess.Popen(start, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while not address.exists() and time.monotonic() < until:
            time.sleep(0.1)
        where = json.loads(address.read_text())["address"]
        threading.Timer(1.5, scheduler.kill).start()
        with pytest.raises(ExecutorError, match="went away"):
            list(executor_of(where).run(square, range(3)))
    finally:
        scheduler.kill()
        scheduler.wait()

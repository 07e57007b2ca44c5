"""How a trial scales: people per second on one core, and two Dask workers against one.

Task: risperidone 4 mg and olanzapine 10 mg daily for 28 days in the same people, hourly, with
bands, shares in window and the last cycle. Seconds are wall time, medians of turns in which each
way of computing runs once; a cluster is started and warmed for its turn and then ended, so that an
idle one takes no time from another. Ratio: one Dask worker over the engine. Needs as many free
cores as workers.

    python benchmarks/population.py [--quick]
"""

from __future__ import annotations

import os
import resource
import sys
import time
from importlib.util import find_spec
from statistics import median

from record import row, write

from occupancy.engine.cluster import local_cluster
from occupancy.population import Population, trial

ARMS = ("risperidone 4 mg daily for 28 days", "olanzapine 10 mg daily for 28 days")
TASK = "population: 2 arms x 28 d hourly, {people:,} people"


def seconds(people: int, executor: str) -> float:
    start = time.perf_counter()
    trial(ARMS, Population(people), executor=executor, progress=False)
    return time.perf_counter() - start


def turn(people: int, workers: int) -> float:
    """Seconds in this process, or on a cluster of so many workers, made and warmed for it."""
    if not workers:
        return seconds(people, "serial")
    with local_cluster(workers) as cluster:
        seconds(2_048 * workers, cluster.scheduler_address)
        return seconds(people, cluster.scheduler_address)


def main(quick: bool) -> None:
    people, turns = (16_384, 1) if quick else (262_144, 5)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    ways = {"serial, one process": 0}
    if find_spec("distributed") is None:
        print("distributed is not installed; left out")
    else:
        ways |= {"Dask, 1 worker": 1, "Dask, 2 workers": 2}
    seconds(2_048, "serial")
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, workers in ways.items():
            times[name].append(turn(people, workers))
    task = TASK.format(people=people)
    one = median(times["Dask, 1 worker"]) if len(ways) > 1 else None
    print(f"{task} ({cores} cores)\n{'engine':24s} {'s':>8s} {'people/s':>10s} {'ratio':>7s}")
    rows = []
    for name, spent in times.items():
        wall = median(spent)
        ratio = None if one is None else one / wall
        told = "" if ratio is None else f"{ratio:7.2f}"
        print(f"{name:24s} {wall:8.2f} {people / wall:10.0f} {told}")
        rows.append(row(task, name, wall, ratio=ratio))
    print(
        f"peak resident here: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"
    )
    write("population", rows)


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])

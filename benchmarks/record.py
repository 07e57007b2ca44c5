"""What every benchmark shares: one core, engines timed in turn, rows written in one form."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "bench"

Row = dict[str, object]


def one_core() -> None:
    """Keep this process, and what it starts, on one core; call before JAX is imported."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def in_turn(
    *works: Callable[[], object],
    rounds: int,
    seconds: float = 0.0,
    clock: Callable[[], float] = time.process_time,
) -> list[float]:
    """Median seconds of each, warm, run in turn so that a busy moment falls on all of them.

    At least `rounds` of each and for `seconds` by the wall, timed by `clock`: the processor's
    time, or that of the wall with `time.perf_counter`.
    """
    for work in works:
        work()
    spent: list[list[float]] = [[] for _ in works]
    begin, done = time.perf_counter(), 0
    while done < rounds or time.perf_counter() - begin < seconds:
        for work, times in zip(works, spent, strict=True):
            start = clock()
            work()
            times.append(clock() - start)
        done += 1
    return [median(times) for times in spent]


def row(
    task: str,
    engine: str,
    seconds: float,
    true_error: float | None = None,
    ratio: float | None = None,
    **more: object,
) -> Row:
    """A measurement: `ratio` is the time of the task's yardstick over that of the engine."""
    return {
        "task": task,
        "engine": engine,
        "seconds": seconds,
        "true_error": true_error,
        "ratio": ratio,
        **more,
    }


def write(name: str, rows: list[Row]) -> None:
    """Rows into build/bench/NAME.json."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"written to {path.relative_to(ROOT)}")

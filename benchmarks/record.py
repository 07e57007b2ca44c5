"""What every benchmark shares: one core, and rows written in one form."""

from __future__ import annotations

import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "bench"

Row = dict[str, object]


def one_core() -> None:
    """Keep this process, and what it starts, on one core; call before JAX is imported."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")


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

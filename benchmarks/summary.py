"""The tables of docs/performance.md, from what the benchmarks wrote to build/bench.

Only this program writes between the marks of that page.

    python benchmarks/summary.py
"""

from __future__ import annotations

import json
import platform
from datetime import date
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from record import FOLDER, ROOT, Row

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
ORDER = ("linear", "stiff", "circuit", "population", "pet", "inference", "kinetics", "startup")


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]} ({len(names)} cores)" if names else platform.processor()


def accelerator() -> str:
    from occupancy.engine.jax_runtime import load

    device = load().devices()[0]
    if device.platform == "cpu":
        return "No GPU was at hand: nothing here was measured on one."
    return f"GPU: {device.device_kind}."


def told(value: object, form: str) -> str:
    return "" if value is None else format(value, form)


def seconds(value: object) -> str:
    assert isinstance(value, float)
    return f"{1e3 * value:.3g} ms" if value < 1 else f"{value:.3g} s"


def table(rows: list[Row]) -> list[str]:
    lines = ["| engine | time | true error | ratio |", "|---|---:|---:|---:|"]
    for one in rows:
        memory = one.get("peak_resident_GiB")
        name = str(one["engine"]) + ("" if memory is None else f" (peak {memory:.2f} GiB resident)")
        error, ratio = told(one["true_error"], ".1e"), told(one["ratio"], ".3g")
        lines.append(f"| {name} | {seconds(one['seconds'])} | {error} | {ratio} |")
    return lines


def main() -> None:
    lines = [
        f"Measured {date.today().isoformat()} on {processor()}, "
        f"Python {platform.python_version()}, JAX {version('jax')}, "
        f"NumPy {version('numpy')}. {accelerator()}",
    ]
    for name in ORDER:
        path = FOLDER / f"{name}.json"
        if not path.exists():
            continue
        for task, rows in groupby(json.loads(path.read_text()), key=lambda one: one["task"]):
            lines += ["", f"### {task[0].upper()}{task[1:]}", "", *table(list(rows))]
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")
    print(f"written to {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

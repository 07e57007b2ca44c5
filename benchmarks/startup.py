"""Whole-process time of commands with `--json` beside `python -c "import numpy"`.

Both commands run in turn, so that the ratio holds on a noisy machine. A curve may take 3 times as
long, a taper 4 times.
"""

import os
import shlex
import statistics
import subprocess
import sys
import time

from record import row, write

RUNS = 15
#: What is asked, its words, and how many times as long as NumPy it may take.
COMMANDS = (
    (3, ("curve", "citalopram")),
    (3, ("curve", "risperidone")),
    (3, ("curve", "quetiapine")),
    (4, ("taper", "citalopram 20 mg daily", "--product", "tablet 10 mg, halves", "--steps", "4")),
    (
        4,
        (
            *("taper", "citalopram 20 mg daily", "--product", "solution 2 mg/mL, 0.05 mL"),
            *("--steps", "12"),
        ),
    ),
)
TASK = "start-up: whole process"
CODE = "from occupancy.cli import main; main()"

# Compiled modules are kept between runs, as on a person's machine.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)
    return time.perf_counter() - start


def main() -> None:
    numpy = [sys.executable, "-c", "import numpy"]
    print(f"{'command':<72}{'median s':>10}{'numpy s':>10}{'ratio':>8}{'asked':>7}")
    rows = []
    for asked, words in COMMANDS:
        ours = [sys.executable, "-c", CODE, *words, "--json"]
        pairs = [(seconds(ours), seconds(numpy)) for _ in range(RUNS + 1)][1:]
        ratio = statistics.median(a / b for a, b in pairs)
        a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
        name = "occupancy " + shlex.join(words)
        print(f"{name[:70]:<72}{a:>10.3f}{b:>10.3f}{ratio:>8.2f}{asked:>7}")
        rows.append(row(TASK, name, a, ratio=1 / ratio))
    rows.append(row(TASK, "python -c 'import numpy'", b, ratio=1.0))
    write("startup", rows)


if __name__ == "__main__":
    main()

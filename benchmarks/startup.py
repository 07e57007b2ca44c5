"""Whole-process time of `occupancy curve DRUG --json` beside `python -c "import numpy"`.

Both commands run in turn, so that the ratio holds on a noisy machine; the gate is 3.
"""

import os
import statistics
import subprocess
import sys
import time

from record import row, write

RUNS = 15
DRUGS = ("citalopram", "risperidone", "quetiapine")
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
    print(f"{'command':<34}{'median s':>10}{'numpy s':>10}{'ratio':>8}   (asked: at most 3)")
    rows = []
    for drug in DRUGS:
        ours = [sys.executable, "-c", CODE, "curve", drug, "--json"]
        pairs = [(seconds(ours), seconds(numpy)) for _ in range(RUNS + 1)][1:]
        ratio = statistics.median(a / b for a, b in pairs)
        a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
        print(f"{'curve ' + drug + ' --json':<34}{a:>10.3f}{b:>10.3f}{ratio:>8.2f}")
        rows.append(
            row("start-up: whole process", f"occupancy curve {drug} --json", a, ratio=1 / ratio)
        )
    rows.append(row("start-up: whole process", "python -c 'import numpy'", b, ratio=1.0))
    write("startup", rows)


if __name__ == "__main__":
    main()

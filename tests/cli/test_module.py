"""`python -m occupancy`."""

import subprocess
import sys

from occupancy.version import VERSION


def test_the_package_runs_as_the_command() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "occupancy", "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == f"occupancy {VERSION}"

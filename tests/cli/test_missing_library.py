"""A library that an extra brings and that is not installed: one line, no traceback."""

import subprocess
import sys

import pytest

WITHOUT_JAX = """
import sys
sys.modules["jax"] = None  # importing it fails, as where it is not installed
from occupancy.cli import main
main()
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["circuit", "serotonin", "--sert", "0.8", "--days", "7"],
        ["course", "sertraline 100 mg daily for 14 days", "--circuit", "serotonin"],
    ],
)
def test_without_jax_a_command_says_how_to_get_it(arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_JAX, *arguments], capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert "pip install 'occupancy[jax]'" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not ended.stdout

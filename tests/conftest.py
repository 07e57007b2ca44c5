"""What holds for every test."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Machines are busy at times: how long one example takes says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="module")
def _programs_are_let_go() -> Iterator[None]:
    """Compiled programs of a file are not kept in memory for the next: they add up to gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()

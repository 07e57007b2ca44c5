from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

# A law takes microseconds; a busy machine should not fail it on time.
settings.register_profile("patient", settings.get_profile("default"), deadline=None)
settings.load_profile("patient")


@pytest.fixture
def jax64() -> Iterator[Any]:
    """JAX in double precision, put back as it was afterwards."""
    jax = pytest.importorskip("jax", reason="JAX is not installed (occupancy[jax])")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)

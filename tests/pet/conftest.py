"""What the tests of this room share: frames, an input, and where the reference data are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from beside import reference
from occupancy.pet.frames import Frames
from occupancy.pet.piecewise import Piecewise


@pytest.fixture
def reference_data() -> Path:
    return reference("reference/pet")


@pytest.fixture
def frames() -> Frames:
    """Frames of a 90 min scan, 10 s to 6 min."""
    lengths = [1 / 6] * 6 + [0.5] * 4 + [1.0] * 4 + [3.0] * 4 + [6.0] * 11 + [5.0]
    ends = np.cumsum(lengths)
    return Frames(ends - lengths, ends)


@pytest.fixture
def plasma() -> Piecewise:
    """Plasma after a bolus: Feng's form, sampled at 2 s."""
    t = np.arange(0.0, 95.0, 1 / 30)
    since = np.maximum(t - 0.4, 0.0)
    curve = (850 * since - 40) * np.exp(-4.1 * since) + 20 * np.exp(-0.01 * since)
    return Piecewise(t, np.where(t > 0.4, curve + 20 * np.exp(-0.12 * since), 0.0))

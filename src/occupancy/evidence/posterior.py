"""The stored posterior: draws of every default curve, re-estimated together from the records.

`make evidence-posterior` writes `records/posterior.npz`; nothing here samples. Each curve, a drug
at a target, holds draws of the ceiling Emax and of its half-saturating exposure over that of the
record's default model, drawn together, so that they stay a pair, and the names of the studies.
The file carries the fingerprint of what it was fitted to; a test fails when the records have
moved on.
"""

import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from occupancy.evidence.quantiles import median

Array = NDArray[np.float64]

POSTERIOR: Final[Path] = Path(__file__).parent / "records" / "posterior.npz"
FINGERPRINT: Final = "inputs"
STUDIES: Final = "studies"


@dataclass(frozen=True, eq=False)
class StoredCurve:
    """Draws of one curve in order of the occupancy they give at the published half exposure.

    Attributes:
        emax: fraction, shape (stored,).
        ratio: half-saturating exposure over the default model's, shape (stored,).
        studies: what it rests on, as in "Meyer 2004".
    """

    emax: Array
    ratio: Array
    studies: tuple[str, ...]

    def draws(self, n: int, seed: int, key: str) -> tuple[Array, Array]:
        """`n` pairs (Emax, ratio), stratified over the stored ones; one is the medians.

        Raises:
            ValueError: `n` below 1.
        """
        if n < 1:
            raise ValueError(f"number of draws is {n}; it must be 1 or more")
        if n == 1:
            return np.atleast_1d(median(self.emax)), np.atleast_1d(median(self.ratio))
        at = ((np.arange(n) + 0.5) * (self.emax.size / n)).astype(np.int64)
        generator = np.random.default_rng([seed, zlib.crc32(key.encode("utf-8"))])
        order = generator.permutation(at)
        return self.emax[order], self.ratio[order]


def stored_curves() -> frozenset[tuple[str, str]]:
    """Drug and target of every stored curve."""
    return frozenset(
        (drug, target)
        for name in _archive()
        if name not in (FINGERPRINT, STUDIES)
        for drug, _, target in [name.partition("|")]
    )


@cache
def stored_curve(drug: str, target: str) -> StoredCurve | None:
    """The stored draws of a curve; None where none was fitted."""
    archive = _archive()
    name = f"{drug}|{target}"
    if name not in archive:
        return None
    emax, ratio = np.asarray(archive[name], dtype=np.float64)
    order = np.argsort(emax / (1.0 + ratio), kind="stable")
    return StoredCurve(emax[order], ratio[order], tuple(_studies()[name]))


def stored_fingerprint() -> str:
    """What the stored draws were fitted to; empty when there are none."""
    archive = _archive()
    return str(archive[FINGERPRINT]) if FINGERPRINT in archive else ""


@cache
def _studies() -> dict[str, list[str]]:
    return json.loads(str(_archive()[STUDIES]))


@cache
def _archive() -> dict[str, NDArray[np.float32]]:
    if not POSTERIOR.exists():
        return {}
    with np.load(POSTERIOR, allow_pickle=False) as file:
        return dict(file)

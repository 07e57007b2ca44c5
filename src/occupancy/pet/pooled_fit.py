"""Hierarchical SRTM over regions and people: posterior draws that share k2' and pool BP_ND.

The model is that of `pooled_model`; the sampler is NumPyro's No-U-Turn, and whether its chains
agree is said. People of one group (all baselines, say) are taken to come from one population.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from occupancy.inference.chains import ess_bulk, rhat
from occupancy.inference.nuts import sample
from occupancy.pet.binding_table import BindingTable
from occupancy.pet.documents import PetPoolLine, PetSpreadLine, PetTypicalLine
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array
from occupancy.pet.pooled_model import PooledModel, Unknowns
from occupancy.pet.scan_result import ScanFit
from occupancy.pet.writing import estimate_line

MODEL: Final = "srtm-pooled"
MOST_RHAT: Final = 1.01
LEAST_ESS: Final = 400.0
SPREAD_NAMES: Final = (
    "BP_ND between people", "BP_ND between regions of a person", "R1 between people",
    "k2' between scans",
)  # fmt: skip
_TARGETS: Final = (0.9, 0.98)  # of acceptance; the second where the first left divergences


@final
@dataclass(frozen=True, eq=False)
class PooledFit:
    """The posterior of a study.

    Attributes
    ----------
    scans, regions, groups
        Names; `group_of` is the group of each scan, as an index of `groups`.
    fits
        One per scan, its regions with posterior medians and standard deviations.
    bp, R1
        Draws, (draws, scans, regions); nan where a scan has no such region.
    k2prime
        Draws, (draws, scans), 1/min.
    typical_bp
        Draws of exp μ, the typical person's BP_ND, (draws, groups, regions).
    spread
        Draws of the standard deviations of the logarithms, `SPREAD_NAMES`, (draws, 4).
    rhat, ess
        The worst and the least over all unknowns.
    divergences, chains, seed
        Steps after warm-up that diverged; chains run, and the seed of them.
    warnings
        Where the sampler is not to be trusted, and what was left out.
    """

    scans: tuple[str, ...]
    regions: tuple[str, ...]
    groups: tuple[str, ...]
    group_of: tuple[int, ...]
    fits: tuple[ScanFit, ...]
    bp: Array
    R1: Array
    k2prime: Array
    typical_bp: Array
    spread: Array
    rhat: float
    ess: float
    divergences: int
    chains: int
    seed: int
    warnings: tuple[str, ...]

    def document(self) -> PetPoolLine:
        """Return what the scans give together, for the document of their fits."""
        typical = [
            PetTypicalLine(
                group=group, region=region,
                BP_ND=estimate_line(posterior_estimate(self.typical_bp[:, g, r])),
            )
            for g, group in enumerate(self.groups)
            for r, region in enumerate(self.regions)
            if np.isfinite(self.bp[0, np.array(self.group_of) == g, r]).any()
        ]  # fmt: skip
        spreads = [
            PetSpreadLine(of=name, sd=estimate_line(posterior_estimate(draws)))
            for name, draws in zip(SPREAD_NAMES, self.spread.T, strict=True)
        ]
        return PetPoolLine(
            typical=typical, spreads=spreads, draws=len(self.bp), chains=self.chains,
            rhat=self.rhat, ess=self.ess, divergences=self.divergences, seed=self.seed,
        )  # fmt: skip

    def table(self, scans: Sequence[str]) -> BindingTable:
        """Return BP_ND of some scans, the baseline first, with the posterior's covariance.

        Regions that every one of them has.

        Raises
        ------
        PetError
            A scan is not among those fitted, or they share no region.
        """
        for name in scans:
            if name not in self.scans:
                raise PetError(f"No scan {name!r}; there are {', '.join(self.scans)}.")
        at = [self.scans.index(name) for name in scans]
        shared = np.flatnonzero(np.isfinite(self.bp[0, at]).all(axis=0))
        if shared.size == 0:
            raise PetError(f"The scans {', '.join(scans)} share no region.")
        draws = self.bp[:, at][:, :, shared].transpose(0, 2, 1)
        return BindingTable(
            "BP_ND", tuple(self.regions[r] for r in shared), tuple(scans), draws.mean(axis=0),
            np.cov(draws.reshape(len(draws), -1).T),
        )  # fmt: skip


def fit_pooled(
    scans: Sequence[ScanFit],
    *,
    groups: Sequence[str] | None = None,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int = 0,
) -> PooledFit:
    """Fit the regions of several people together by hierarchical SRTM.

    Parameters
    ----------
    scans
        Fits of SRTM, one scan each, exact; they hold the curves and say where to begin.
    groups
        The group of each scan; by default what its name says after the subject
        (`sub-01_ses-base` is of the group `ses-base`), so that baselines pool with baselines.
    draws, warmup, chains, seed
        Of the sampler.

    Raises
    ------
    PetError
        A scan of another model, groups that are not one per scan, or nothing to fit. Curves
        whose own fit has no BP_ND above zero with an error are left out and named.
    EngineUnavailable
        JAX or NumPyro is not installed.
    """
    from occupancy.engine.jax_runtime import load

    labels = tuple(groups) if groups is not None else tuple(_group(scan.scan) for scan in scans)
    if len(labels) != len(scans):
        raise PetError(f"{len(labels)} groups for {len(scans)} scans: one each.")
    names = tuple(scan.scan or f"scan {i + 1}" for i, scan in enumerate(scans))
    regions = tuple(dict.fromkeys(name for scan in scans for name in scan.regions))
    rows: list[list[Fit | None]] = []
    notes: list[str] = []
    for name, scan in zip(names, scans, strict=True):
        own = {one.region: one for one in scan.fits}
        row = [_usable(own.get(region), name, notes) for region in regions]
        if all(one is None for one in row):
            raise PetError(f"Scan {name!r} has no region that can be pooled: {'; '.join(notes)}.")
        rows.append(row)
    kinds = tuple(dict.fromkeys(labels))
    model = PooledModel.of(rows, [kinds.index(label) for label in labels])
    xp = load().numpy
    found = sample(
        model.density(xp), model.dim, draws=draws, warmup=warmup, chains=chains, seed=seed,
        target_accept=_TARGETS, dense=True,
    )  # fmt: skip
    worst, least = float(rhat(found.q).max()), float(ess_bulk(found.q).min())
    at = _each(model, found.flat)
    bp, R1 = (np.where(model.present, np.exp(values), np.nan) for values in (at.log_bp, at.log_R1))
    warnings = [*notes]
    if worst > MOST_RHAT:
        warnings.append(f"the chains do not agree: R-hat {worst:.3f}, above {MOST_RHAT}")
    if least < LEAST_ESS:
        warnings.append(f"{least:.0f} effective draws, below {LEAST_ESS:.0f}; ask for more draws")
    if found.divergences:
        warnings.append(f"{found.divergences} steps diverged")
    k2prime = np.exp(at.log_k2prime)
    curves = model.curves(
        np.log(np.where(model.present, np.nanmedian(bp, axis=0), 1.0)),
        np.log(np.where(model.present, np.nanmedian(R1, axis=0), 1.0)),
        np.median(at.log_k2prime, axis=0),
    )
    fits = tuple(
        ScanFit(
            scan.scan, MODEL,
            tuple(
                _fit(one, bp[:, i, r], R1[:, i, r], k2prime[:, i], curves[i, r], labels[i])
                for r, one in enumerate(row)
                if one is not None
            ),
            scan.failures,
        )
        for i, (scan, row) in enumerate(zip(scans, rows, strict=True))
    )  # fmt: skip
    return PooledFit(
        names, regions, kinds, tuple(kinds.index(label) for label in labels), fits, bp, R1,
        k2prime, np.exp(at.mu), np.exp(at.log_spread), worst, least, found.divergences, chains,
        seed, tuple(dict.fromkeys(warnings)),
    )  # fmt: skip


def posterior_estimate(draws: Array, level: float = 0.95) -> Estimate:
    """Return the median of draws, their standard deviation and the middle `level` of them."""
    low, high = np.quantile(draws, [0.5 - 0.5 * level, 0.5 + 0.5 * level])
    return Estimate(float(np.median(draws)), float(draws.std(ddof=1)), float(low), float(high))


def _group(scan: str) -> str:
    return re.sub(r"^sub-[A-Za-z0-9]+_?", "", scan) if scan.startswith("sub-") else ""


def _usable(one: Fit | None, scan: str, notes: list[str]) -> Fit | None:
    if one is None:
        return None
    if one.model != "srtm" or one.problem is None:
        raise PetError(f"Scan {scan!r} is fitted by {one.model}; pooling takes SRTM.")
    needed = ("R1", "k2'", "BP_ND")
    determined = all(one[name] > 0 and np.isfinite(one.se[name]) for name in needed)
    if determined and one.degrees_of_freedom > 0:
        return one
    notes.append(f"{scan}, {one.region}: left out of the pool, its own fit does not determine it")
    return None


def _each(model: PooledModel, q: Array) -> Unknowns:
    """The unknowns of every draw."""
    rows = [model.unknowns(one)[0] for one in q]
    return Unknowns(*(np.array(parts) for parts in zip(*rows, strict=True)))


def _fit(one: Fit, bp: Array, R1: Array, k2prime: Array, curve: Array, group: str) -> Fit:
    """Return a curve's fit with posterior medians and standard deviations in place of its own."""
    draws = {"R1": R1, "k2": R1 * k2prime, "BP_ND": bp}
    draws |= {"k2a": draws["k2"] / (1.0 + bp), "k2'": k2prime}
    fitted = curve[: one.weights.size]
    residuals = one.fitted + one.residuals - fitted
    return replace(
        one,
        model=MODEL,
        parameters={name: float(np.median(x)) for name, x in draws.items()},
        se={name: float(x.std(ddof=1)) for name, x in draws.items()},
        names=tuple(draws),
        covariance=np.cov(np.array(list(draws.values()))),
        fitted=fitted,
        residuals=residuals,
        wrss=float(np.sum(one.weights * np.where(one.weights > 0, residuals, 0.0) ** 2)),
        settings={**one.settings, "pooled": group or "all"},
        problem=None,
        shared=None,
    )

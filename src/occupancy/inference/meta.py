"""Meta-analysis of published occupancies: Emax and ED50 of every drug at every target."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from occupancy.inference.chains import ess_bulk, ess_tail, rhat
from occupancy.inference.least_squares import TwoReadings, two_readings
from occupancy.inference.meta_coordinates import sample_meta
from occupancy.inference.meta_density import log_density, unpack
from occupancy.inference.meta_layout import Array, Layout, layout
from occupancy.inference.meta_model import MetaModel
from occupancy.inference.nuts import Draws
from occupancy.inference.point import Point

#: Chains that agree less than this are told.
RHAT_LIMIT: Final = 1.01
ESS_LIMIT: Final = 400
#: A divergence is answered with smaller steps, twice.
ACCEPTS: Final = (0.9, 0.99, 0.997)
#: A half-saturating exposure is identified when its 90 % interval spans less than this factor,
WIDEST_IDENTIFIED: Final = 4.0
#: and when its reading does not change by more than this factor with the ceiling fixed or free.
LARGEST_DISAGREEMENT: Final = 1.5


@dataclass(frozen=True)
class Interval:
    """A median with the ends of an interval."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: Array, level: float) -> "Interval":
        """Median and central interval of a sample."""
        tail = 0.5 * (1.0 - level)
        low, middle, high = np.quantile(values, [tail, 0.5, 1.0 - tail])
        return Interval(float(middle), float(low), float(high))


@dataclass(frozen=True, eq=False)
class CurvePosterior:
    """Posterior of one curve.

    Attributes:
        drug: name of the drug; `target` that of the target.
        scale: "dose" (ED50 in mg) or "concentration" (EC50 in ng/mL).
        regimen: what the half-saturating exposure belongs to: repeated or single doses.
        emax: draws of the ceiling, shape (draws,), a fraction.
        ed50: draws of the half-saturating exposure.
        hill: draws of the Hill coefficient.
        rhat: the worst over these parameters; `ess` the least effective number of draws.
        readings: least squares with the ceiling at 100 % and with it free.
        points: the rows behind it.
        emax_free: whether the ceiling was fitted.
    """

    drug: str
    target: str
    scale: str
    regimen: str
    emax: Array
    ed50: Array
    hill: Array
    rhat: float
    ess: float
    readings: TwoReadings | None
    points: tuple[Point, ...]
    emax_free: bool

    def occupancy(self, exposure: Array | float) -> Array:
        """Occupancy at exposures (m,), shape (draws, m)."""
        x = np.atleast_1d(np.asarray(exposure, dtype=np.float64))
        with np.errstate(divide="ignore"):
            power = self.hill[:, None] * (np.log(x) - np.log(self.ed50)[:, None])
        return self.emax[:, None] / (1.0 + np.exp(-power))

    @property
    def why_not_identified(self) -> str:
        """Why Emax and ED50 cannot both be told from these points; empty when they can."""
        ed50 = Interval.of(self.ed50, 0.9)
        name = "ED50" if self.scale == "dose" else "EC50"
        unit = "mg" if self.scale == "dose" else "ng/mL"
        reasons: list[str] = []
        if ed50.high > WIDEST_IDENTIFIED * ed50.low:
            reasons.append(
                f"the 90 % interval of {name} spans a factor of {ed50.high / ed50.low:.1f}"
            )
        both = self.readings
        if self.emax_free and both is not None:
            ratio = max(both.fixed, 1e-300) / max(both.free, 1e-300)
            if max(ratio, 1.0 / ratio) > LARGEST_DISAGREEMENT:
                reasons.append(
                    f"{name} reads {both.fixed:.3g} {unit} with Emax fixed at 100 % and "
                    f"{both.free:.3g} {unit} with it free (Emax {both.emax:.0%})"
                )
        return "; ".join(reasons)

    @property
    def identified(self) -> bool:
        """Whether the points tell Emax and ED50 apart."""
        return not self.why_not_identified


@dataclass(frozen=True, eq=False)
class MetaFit:
    """A fitted meta-analysis: posterior draws, and how far they can be trusted.

    Attributes:
        place: the rows and where parameters stand in q.
        model: what was assumed.
        sample: draws of q, divergences and times.
    """

    place: Layout
    model: MetaModel
    sample: Draws

    @cached_property
    def parameters(self) -> dict[str, Array]:
        """Reported parameters on their own scales, shape (chains, draws, ...)."""
        q = self.sample.q
        u = unpack(self.place, self.model, q, np)
        out = {"log ED50": u.log_ed50, "misfit": u.misfit}
        if self.model.emax is None:
            out["Emax"] = u.emax
        if self.model.hill is None:
            out["Hill"] = u.hill
        if "spread" in self.place.slices:
            out["spread"] = u.spread
        if self.place.studies:
            out["study SD"] = np.exp(q[..., self.place.slices["study_scale"]])
        for factor in self.place.factors:
            at = self.place.slices[f"{factor.name}_scale"]
            out[f"{factor.name} SD"] = np.exp(q[..., at])
        if "single" in self.place.slices:
            out["single dose"] = self.model.priors.single_sd * q[..., self.place.slices["single"]]
        return out

    @cached_property
    def diagnostics(self) -> dict[str, tuple[Array, Array]]:
        """Per reported parameter: R-hat, and the lesser of bulk and tail effective sizes."""
        return {
            name: (rhat(values), np.minimum(ess_bulk(values), ess_tail(values)))
            for name, values in self.parameters.items()
        }

    @property
    def rhat(self) -> float:
        """The largest R-hat of any reported parameter."""
        return max(float(r.max()) for r, _ in self.diagnostics.values())

    @property
    def ess(self) -> float:
        """The least effective number of draws of any reported parameter."""
        return min(float(e.min()) for _, e in self.diagnostics.values())

    @property
    def divergences(self) -> int:
        """Divergent steps after warm-up."""
        return self.sample.divergences

    @property
    def distrust(self) -> tuple[str, ...]:
        """Why this posterior should not be relied on; empty when nothing speaks against it."""
        found: list[str] = []
        if self.rhat > RHAT_LIMIT:
            found.append(f"chains disagree: R-hat {self.rhat:.3f} is above {RHAT_LIMIT:g}")
        if self.ess < ESS_LIMIT:
            found.append(f"few effective draws: {self.ess:.0f} of at least {ESS_LIMIT}")
        if self.divergences:
            found.append(
                f"{self.divergences} divergent steps: parts of the posterior were not reached"
            )
        return tuple(found)

    @cached_property
    def curves(self) -> tuple[CurvePosterior, ...]:
        """The posterior of every curve, by drug and target."""
        p = self.parameters
        log_ed50 = p["log ED50"]
        out: list[CurvePosterior] = []
        for i, (drug, target) in enumerate(self.place.curves):
            own = tuple(one for one in self.place.points if one.curve == (drug, target))
            n = log_ed50[..., i].size
            worst = [
                (float(self.diagnostics[k][0][i]), float(self.diagnostics[k][1][i]))
                for k in ("log ED50", "Emax", "Hill")
                if k in p
            ]
            emax = p["Emax"][..., i].ravel() if "Emax" in p else np.full(n, self.model.emax)
            hill = p["Hill"][..., i].ravel() if "Hill" in p else np.full(n, self.model.hill)
            out.append(
                CurvePosterior(
                    drug=drug,
                    target=target,
                    scale="dose" if own[0].dose_mg is not None else "concentration",
                    regimen="repeated" if any(one.repeated for one in own) else "single",
                    emax=emax,
                    ed50=np.exp(log_ed50[..., i].ravel()),
                    hill=hill,
                    rhat=max(r for r, _ in worst),
                    ess=min(e for _, e in worst),
                    readings=two_readings(own),
                    points=own,
                    emax_free=self.model.emax is None,
                )
            )
        return tuple(out)

    def curve(self, drug: str, target: str) -> CurvePosterior:
        """The posterior of one curve.

        Raises:
            ValueError: no such curve; the message lists those that were fitted.
        """
        for one in self.curves:
            if (one.drug, one.target) == (drug.lower(), target):
                return one
        known = ", ".join(f"{d} {t}" for d, t in self.place.curves)
        raise ValueError(f"no curve of {drug} at {target}; fitted: {known}")


def fit_dose_occupancy(
    points: Sequence[Point],
    model: MetaModel | None = None,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int = 0,
) -> MetaFit:
    """Fit Emax and ED50 (or EC50) of every drug at every target, all points together.

    The mean of a row is normal about its curve, with its own sampling variance SD^2/n plus a
    common misfit; a row without SD takes one that is estimated; a range of n people enters
    through its middle; an interval or a censored row through its probability. See `MetaModel`
    for the curve, the differences between studies and the priors. A run with divergent steps is
    repeated once with smaller ones.

    Args:
        points: rows of `read_points`.
        model: default `MetaModel()`: ceilings fitted, Hill 1, natural scale.
        draws: kept per chain; `warmup` before them.
        chains: run together.
        seed: the same seed gives the same draws.

    Raises:
        ValueError: no points, or a curve that mixes doses and concentrations.
        EngineUnavailable: JAX or NumPyro is not installed.
    """
    model = model or MetaModel()
    if draws < 4 or warmup < 1 or chains < 1:
        raise ValueError(
            f"draws = {draws}, warmup = {warmup}, chains = {chains} are not allowed; "
            "give 4 draws, 1 warm-up step and 1 chain or more"
        )
    place = layout(points, model)
    found = sample_meta(
        place,
        model,
        log_density(place, model),
        draws=draws,
        warmup=warmup,
        chains=chains,
        seed=seed,
        target_accept=ACCEPTS,
    )
    return MetaFit(place, model, found)

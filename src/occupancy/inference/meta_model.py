"""What a meta-analysis assumes: the shape of the curve, what differs, and the priors.

theta = Emax X / (1 + X),  X = (x / ED50)^Hill

log ED50 of a row = log ED50 of its curve + study + tracer + region + single dose
logit Emax of a curve = m + tau z, m and tau shared by the curves of a target
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Scale = Literal["natural", "logit"]
Effect = Literal["study", "tracer", "region", "repeated"]

EFFECTS: Final[tuple[Effect, ...]] = ("study", "tracer", "region", "repeated")


@dataclass(frozen=True, kw_only=True)
class MetaPriors:
    """Scales of the priors; every one is a judgement that a caller may replace.

    Attributes:
        log_ed50_sd: SD of log ED50 of a curve about the mean log exposure of its rows.
        emax_logit: centre of the shared logit Emax, 2.5 for 92 %; published ceilings of
            transporters lie at 84-100 %, of D2 at 62-97 %.
        emax_logit_sd: SD of that centre, per target.
        emax_between: half-normal scale of the SD of logit Emax between curves of a target.
        effect_scale: half-normal scale of the SD of log ED50 between studies, tracers, regions.
        single_sd: SD of the shift of log ED50 from repeated to single doses.
        log_hill_sd: SD of log Hill about 0.
        misfit: half-normal scale of the SD of a row's mean about its curve beyond its own
            sampling error; a fraction on the natural scale, logits on the other.
        spread_log_sd: SD of the log of the SD between people, for rows that report none.
    """

    log_ed50_sd: float = 2.0
    emax_logit: float = 2.5
    emax_logit_sd: float = 0.8
    emax_between: float = 0.75
    effect_scale: dict[str, float] = field(
        default_factory=lambda: {"study": 0.4, "tracer": 0.3, "region": 0.2}
    )
    single_sd: float = 0.7
    log_hill_sd: float = 0.3
    misfit: float = 0.05
    spread_log_sd: float = 0.4


@dataclass(frozen=True, kw_only=True)
class MetaModel:
    """The model of one meta-analysis.

    Attributes:
        emax: None estimates a ceiling per curve; a number fixes it for all, 1.0 for 100 %.
        hill: a number fixes the Hill coefficient; None estimates one per curve.
        scale: scale on which errors are normal.
        effects: differences to allow for; one without two levels in the table is left out.
        priors: their scales.
    """

    emax: float | None = None
    hill: float | None = 1.0
    scale: Scale = "natural"
    effects: Sequence[Effect] = EFFECTS
    priors: MetaPriors = field(default_factory=MetaPriors)

    def __post_init__(self) -> None:
        """Check fixed values and names."""
        if self.emax is not None and not 0 < self.emax <= 1.0:
            raise ValueError(f"emax = {self.emax:g} is not allowed; give 0 to 1, or None to fit it")
        if self.hill is not None and not 0.1 <= self.hill <= 10.0:
            raise ValueError(
                f"hill = {self.hill:g} is not allowed; give 0.1 to 10, or None to fit it"
            )
        if self.scale not in ("natural", "logit"):
            raise ValueError(f"scale = {self.scale!r} is not allowed; give natural or logit")
        unknown = sorted(set(self.effects) - set(EFFECTS))
        if unknown:
            raise ValueError(f"unknown effects {', '.join(unknown)}; known: {', '.join(EFFECTS)}")

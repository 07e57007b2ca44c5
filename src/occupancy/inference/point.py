"""One published occupancy: where it was seen, at what dose or concentration, and how sure it is."""

import math
from dataclasses import dataclass
from typing import Final

#: Expected range of n standard normal values, the d2 of quality control (Tippett,
#: Biometrika 1925;17:364); n = 2 to 25.
_EXPECTED_RANGE: Final = (
    *(1.128, 1.693, 2.059, 2.326, 2.534, 2.704, 2.847, 2.970, 3.078, 3.173, 3.258, 3.336),
    *(3.407, 3.472, 3.532, 3.588, 3.640, 3.689, 3.735, 3.778, 3.819, 3.858, 3.895, 3.931),
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """A group's occupancy of one target at one exposure.

    Exactly one of `dose_mg` and `concentration` is given. What is known of the occupancy is
    one of:

    - a mean, `occupancy`, with the SD of its people or the lowest and highest of them;
    - an interval: no `occupancy`; the mean lies between `low` and `high`, of which one may be
      open (a censored row).

    Attributes:
        drug: name of the drug.
        target: name of the target.
        dose_mg: milligrams as labelled.
        concentration: in plasma, ng/mL.
        occupancy: mean as a fraction, None for an interval.
        sd: standard deviation between people, fraction.
        low: lowest value seen, or lower end of the interval; fraction.
        high: highest value seen, or upper end; fraction.
        n: people behind the row; None where not reported.
        study: who measured; rows of one study share its effect.
        tracer: the ligand, e.g. "[11C]DASB".
        region: the region of the brain.
        repeated: True after repeated doses, False after one.
        row: line of the file it came from, 0 when from none.
        fitted: stated by a published curve, so without scatter of its own about a curve.
        studies: how many studies `study` pools; the mean of several is nearer to the curve.
    """

    drug: str
    target: str
    dose_mg: float | None = None
    concentration: float | None = None
    occupancy: float | None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    study: str = ""
    tracer: str = ""
    region: str = ""
    repeated: bool = True
    row: int = 0
    fitted: bool = False
    studies: int = 1

    def __post_init__(self) -> None:
        """Check that the row says one thing about one exposure."""
        if (self.dose_mg is None) == (self.concentration is None):
            raise ValueError("give dose_mg or concentration, and not both")
        if not self.exposure > 0 or not math.isfinite(self.exposure):
            raise ValueError(f"exposure = {self.exposure:g} is not allowed; it must be above 0")
        if self.occupancy is None and self.low is None and self.high is None:
            raise ValueError("give occupancy, or low or high of an interval")

    @property
    def curve(self) -> tuple[str, str]:
        """Drug and target: the curve the point belongs to."""
        return self.drug, self.target

    @property
    def exposure(self) -> float:
        """The dose in mg, or the concentration in ng/mL."""
        value = self.dose_mg if self.dose_mg is not None else self.concentration
        assert value is not None
        return value

    @property
    def censored(self) -> bool:
        """Whether only an interval is known."""
        return self.occupancy is None

    @property
    def spread(self) -> float | None:
        """SD between people: reported, or the range over its expected length; else None.

        SD = (high - low) / d2(n), with d2 the expected range of n standard normal values.
        """
        if self.sd is not None:
            return self.sd
        if self.censored or self.low is None or self.high is None or self.n is None:
            return None
        if self.n < 2 or self.high <= self.low:
            return None
        return (self.high - self.low) / _EXPECTED_RANGE[min(self.n, 25) - 2]

    @property
    def people(self) -> int:
        """People behind the row; 1 where not reported, which weighs it least."""
        return self.n or 1

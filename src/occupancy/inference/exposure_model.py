"""One study of exposures and occupancies: its scans, and the density of what explains them.

y_ij = Emax x_ij / (x_ij + EC50_i) + e_ij,   log EC50_i ~ N(log EC50, omega^2)

The errors of a person's scans have the covariance that comes with them, plus sd^2 each:
with Q Lambda Q' = the covariance that was given, the components of Q'(y - prediction) are
independent with the variances Lambda + sd^2.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.jax_runtime import load

Array = NDArray[np.float64]
LinkKind = Literal["direct", "effect compartment", "binding"]

#: Scales of the priors: judgements, wide beside what any study finds.
LOG_EC50_SD: Final = 2.0
EMAX_LOGIT: Final = 2.5
EMAX_LOGIT_SD: Final = 1.0
OMEGA_SCALE: Final = 0.5
SD_SCALE: Final = 0.1
LOG_RATE_SD: Final = 1.5
_RATES: Final = {"direct": (), "effect compartment": ("log ke0",), "binding": ("log koff",)}


@dataclass(frozen=True)
class Scan:
    """One scan of one person.

    Attributes:
        person: who; scans of one person share an EC50.
        occupancy: fraction, with the scan's own error or without.
        exposure: concentration at the scan (or dose); for the direct link.
        error: SD of the scan, fraction; None leaves it to the residual.
        time_h: of the scan, and `course_h`, `course` the person's plasma course up to it, for
            links that lag.
    """

    person: str
    occupancy: float
    exposure: float
    error: float | None = None
    time_h: float | None = None
    course_h: tuple[float, ...] = ()
    course: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check numbers and that a course reaches the scan."""
        if not 0 <= self.exposure < math.inf:
            raise ValueError(f"exposure = {self.exposure:g} is not allowed; give 0 or more")
        if not -0.5 < self.occupancy < 1.5:
            raise ValueError(
                f"occupancy = {self.occupancy:g} is not allowed; give a fraction, as 0.8"
            )
        if self.error is not None and not self.error > 0:
            raise ValueError(f"error = {self.error:g} is not allowed; give it above 0, or None")
        if len(self.course_h) != len(self.course):
            raise ValueError("course and course_h differ in length")


@dataclass(frozen=True, eq=False)
class Study:
    """Scans as arrays; `turn` and `variance` are Q and Lambda of the errors' covariance."""

    link: LinkKind
    people: tuple[str, ...]
    whose: NDArray[np.int64]
    y: Array
    x: Array
    turn: Array
    variance: Array
    owner: NDArray[np.int64]
    centre: float
    course_h: Array
    course: Array
    emax: float | None = None

    @staticmethod
    def of_courses(scans: Sequence[Scan], link: LinkKind) -> tuple[Array, Array]:
        """Plasma courses on one grid: (scans, times), the last time that of the scan."""
        if link == "direct":
            return np.zeros((len(scans), 0)), np.zeros((len(scans), 0))
        missing = [one.person for one in scans if one.time_h is None or not one.course_h]
        if missing:
            raise ValueError(
                f"link {link!r} needs time_h and a plasma course; {missing[0]!r} has none"
            )
        grid = np.linspace(0.0, 1.0, 65)
        hours = np.array([grid * float(one.time_h or 0.0) for one in scans])
        levels = [np.interp(t, s.course_h, s.course) for t, s in zip(hours, scans, strict=True)]
        return hours, np.array(levels)

    @classmethod
    def of(
        cls,
        scans: Sequence[Scan],
        link: LinkKind = "direct",
        emax: float | None = None,
        covariance: Array | None = None,
    ) -> "Study":
        """The study of some scans; arguments as `fit_exposure_occupancy`."""
        if emax is not None and not 0.0 < emax <= 1.0:
            raise ValueError(f"emax = {emax:g} is not allowed; give it above 0 and at most 1")
        if len(scans) < 2:
            raise ValueError("give two scans or more")
        people = tuple(dict.fromkeys(one.person for one in scans))
        x = np.array([one.exposure for one in scans])
        if not (x > 0).any():
            raise ValueError("every exposure is 0; there is nothing to fit")
        hours, levels = cls.of_courses(scans, link)
        whose = np.array([people.index(one.person) for one in scans])
        turn, variance, owner = _components(_errors(scans, covariance), whose)
        return cls(
            link=link,
            people=people,
            whose=whose,
            y=np.array([one.occupancy for one in scans]),
            x=x,
            turn=turn,
            variance=variance,
            owner=owner,
            emax=emax,
            centre=float(np.log(x[x > 0]).mean()),
            course_h=hours,
            course=levels,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """What is estimated, in the order of p."""
        emax = () if self.emax is not None else ("logit Emax",)
        return ("log EC50", *emax, "log omega", "log sd", *_RATES[self.link])

    @property
    def size(self) -> int:
        """Length of p."""
        return len(self.names)

    def at(self, p: Any, name: str) -> Any:
        """The parameter of that name in p."""
        return p[self.names.index(name)]

    def predicted(self, p: Any, eta: Any, xp: Any) -> Any:
        """Occupancy of every scan; eta (people,) are standard normal."""
        log_ec50 = p[0] + xp.exp(self.at(p, "log omega")) * eta
        emax = self.emax
        if emax is None:
            emax = 1.0 / (1.0 + xp.exp(-self.at(p, "logit Emax")))
        ec50 = xp.exp(log_ec50)[self.whose]
        if self.link == "direct":
            return emax * self.x / (self.x + ec50)
        rate, lags = xp.exp(p[-1]), self.link == "effect compartment"
        step = self.course_h[:, 1] - self.course_h[:, 0]

        def forward(state: Any, level: Any) -> tuple[Any, None]:
            # Exact for a level held at its mean over the step, which is short.
            speed = rate if lags else rate * (1.0 + level / ec50)
            goal = level if lags else emax * level / (level + ec50)
            return goal + (state - goal) * xp.exp(-speed * step), None

        levels = 0.5 * (self.course[:, :-1] + self.course[:, 1:]).T
        # A loop: written out, its second derivatives take gigabytes to compile.
        state, _ = load().lax.scan(forward, xp.zeros(len(self.y)), xp.asarray(levels))
        return emax * state / (state + ec50) if lags else state

    def log_prior(self, p: Any, xp: Any) -> Any:
        """Of p, up to a constant."""
        total = -0.5 * ((p[0] - self.centre) / LOG_EC50_SD) ** 2
        if self.emax is None:
            emax = self.at(p, "logit Emax")
            total = total - 0.5 * ((emax - EMAX_LOGIT) / EMAX_LOGIT_SD) ** 2
        for name, scale in (("log omega", OMEGA_SCALE), ("log sd", SD_SCALE)):
            log_sd = self.at(p, name)
            total = total + log_sd - 0.5 * (xp.exp(log_sd) / scale) ** 2
        if _RATES[self.link]:
            total = total - 0.5 * ((p[-1] - math.log(0.2)) / LOG_RATE_SD) ** 2
        return total

    def log_likelihood(self, p: Any, eta: Any, xp: Any) -> Any:
        """Per component of the errors, each of which belongs to one person (`owner`)."""
        variance = xp.exp(2.0 * self.at(p, "log sd")) + self.variance
        z2 = (self.turn.T @ (self.y - self.predicted(p, eta, xp))) ** 2 / variance
        return -0.5 * (z2 + xp.log(2.0 * np.pi * variance))

    def joint(self) -> Callable[[Any], Any]:
        """The log density of p and every eta, of unknowns of about unit size."""
        xp, size = load().numpy, self.size

        def density(q: Any) -> Any:
            p, eta = self._own(q[:size]), q[size:]
            return (
                self.log_prior(p, xp)
                + xp.sum(self.log_likelihood(p, eta, xp))
                - 0.5 * xp.sum(eta**2)
            )

        return density

    def _own(self, q: Any) -> Any:
        """Parameters from unknowns of about unit size."""
        xp = load().numpy
        return xp.concatenate([xp.array([self.centre]) + q[:1], q[1:]])


def _errors(scans: Sequence[Scan], covariance: Array | None) -> Array:
    """The covariance of the scans' errors."""
    own = np.diag([(one.error or 0.0) ** 2 for one in scans])
    if covariance is None:
        return own
    if any(one.error is not None for one in scans):
        raise ValueError("errors stand in the scans and in the covariance; give one of them")
    given = np.asarray(covariance, dtype=np.float64)
    if given.shape != own.shape or not np.allclose(given, given.T):
        raise ValueError(
            f"covariance has the shape {given.shape}; give a symmetric one of {own.shape}"
        )
    return given


def _components(errors: Array, whose: NDArray[np.int64]) -> tuple[Array, Array, NDArray[np.int64]]:
    """Q, Lambda and the person of each component.

    Raises:
        ValueError: a variance below zero, or errors that people share.
    """
    n = len(errors)
    turn, variance, owner = np.zeros((n, n)), np.zeros(n), np.zeros(n, dtype=np.int64)
    for person in np.unique(whose):
        at = np.flatnonzero(whose == person)
        if np.abs(np.delete(errors[at], at, axis=1)).max(initial=0.0) > 0:
            raise ValueError("covariance: errors of different people must not covary")
        values, vectors = np.linalg.eigh(errors[np.ix_(at, at)])
        if values.min() < -1e-9 * max(values.max(), 1e-300):
            raise ValueError("covariance: a variance is below zero")
        turn[np.ix_(at, at)], owner[at] = vectors, person
        variance[at] = np.maximum(values, 0.0)
    return turn, variance, owner

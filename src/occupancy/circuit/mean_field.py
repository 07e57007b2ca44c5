"""Mean-field rates of cortex, basal ganglia and thalamus: van Albada and Robinson.

Eight populations, each with a mean potential V above rest and a firing rate
phi = Qmax / (1 + exp(-(V - theta) / sigma)). At a fixed point

    V_j = sum_k nu_jk phi_k

where inhibitory cortical cells fire as excitatory ones do. In time each potential follows its
drive through (1/(alpha beta)) V'' + (1/alpha + 1/beta) V' + V; the conduction delays of the paper
are left out, which moves no fixed point.

The equations have a second fixed point near saturation ("seizure"). It is never returned: the
search starts at the drug-free rates, moves in small steps and refuses a cortex above a limit.

Source: van Albada and Robinson 2009 (J Theor Biol 257:642), parts I and II.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from occupancy.laws._namespace import Array, promote

POPULATIONS = ("e", "d1", "d2", "p1", "p2", "z", "s", "r")
"""Cortex, striatal D1 and D2 cells, internal and external pallidum, subthalamic nucleus,
thalamic relay and reticular nucleus."""

CONNECTIONS = (
    ("e", "e"), ("e", "s"),
    ("d1", "e"), ("d1", "d1"), ("d1", "s"),
    ("d2", "e"), ("d2", "d2"), ("d2", "s"),
    ("p1", "d1"), ("p1", "p2"), ("p1", "z"),
    ("p2", "d2"), ("p2", "p2"), ("p2", "z"),
    ("z", "e"), ("z", "p2"),
    ("s", "e"), ("s", "p1"), ("s", "r"),
    ("r", "e"), ("r", "s"),
)  # fmt: skip
"""(to, from) of every coupling `nu_<to><from>`; `nu_ei` and `nu_sn` stand beside them."""

STEPS = 8
"""Steps from the drug-free parameters to those asked for."""
_NEWTON = 3
_POLISH = 6


_SHARED = ("sigma", "phi_n", "e_limit")
_FAMILIES = ("Qmax_", "theta_", "start_", "nu_")


class SaturatedError(ValueError):
    """The only fixed point that the search could reach is the saturated one."""


def firing_rate(V: Array, Qmax: Array, theta: Array, sigma: Array) -> Any:
    """Return phi = Qmax / (1 + exp(-(V - theta) / sigma)), per second; V, theta, sigma in mV."""
    xp, v, qmax, theta, sigma = promote(V, Qmax, theta, sigma)
    return qmax / (1.0 + xp.exp((theta - v) / sigma))


def potential(phi: Array, Qmax: Array, theta: Array, sigma: Array) -> Any:
    """Return the potential, mV, at which a population fires at `phi`: inverse of `firing_rate`."""
    xp, phi, qmax, theta, sigma = promote(phi, Qmax, theta, sigma)
    return theta - sigma * xp.log(qmax / phi - 1.0)


def rates(V: Array, p: Mapping[str, Array]) -> Any:
    """Return the firing rates, (8, ...) per second, at the potentials `V`, (8, ...) mV."""
    xp, v = promote(V)
    return xp.stack(
        [
            firing_rate(v[i], p[f"Qmax_{j}"], p[f"theta_{j}"], p["sigma"])
            for i, j in enumerate(POPULATIONS)
        ]
    )


def couplings(p: Mapping[str, Array]) -> tuple[Any, Any]:
    """Return (N, from outside), so that drive = N phi + from outside.

    N is (8, 8, ...) mV s, receiving population first; what comes from outside is (8, ...) mV.
    """
    xp, *values = promote(*(p[f"nu_{to}{source}"] for to, source in CONNECTIONS), p["nu_ei"])
    outside, zero = p["nu_sn"] * p["phi_n"], 0.0 * sum(values)
    zero = zero + 0.0 * outside
    index = {name: i for i, name in enumerate(POPULATIONS)}
    rows = [[zero] * len(POPULATIONS) for _ in POPULATIONS]
    for (to, source), value in zip(CONNECTIONS, values[:-1], strict=True):
        rows[index[to]][index[source]] = zero + value
    rows[0][0] = rows[0][0] + values[-1]
    entering = [zero + outside if name == "s" else zero for name in POPULATIONS]
    return xp.stack([xp.stack(row) for row in rows]), xp.stack(entering)


def drive(phi: Array, p: Mapping[str, Array]) -> Any:
    """Return sum_k nu_jk phi_k, (8, ...) mV, from rates `phi`, (8, ...) per second."""
    xp, phi = promote(phi)
    index = {name: i for i, name in enumerate(POPULATIONS)}
    total: dict[str, Any] = dict.fromkeys(POPULATIONS, 0.0 * phi[0])
    for to, source in CONNECTIONS:
        total[to] = total[to] + p[f"nu_{to}{source}"] * phi[index[source]]
    total["e"] = total["e"] + p["nu_ei"] * phi[0]
    total["s"] = total["s"] + p["nu_sn"] * p["phi_n"]
    return xp.stack([total[name] for name in POPULATIONS])


def residual(V: Array, p: Mapping[str, Array]) -> Any:
    """Return drive - V, (8, ...) mV: zero at a fixed point."""
    return drive(rates(V, p), p) - V


def parameters_under(
    d1_signal: Array, d2_signal: Array, p: Mapping[str, Array], pathways: str = "d2-synapses"
) -> dict[str, Any]:
    """Return the parameters at given dopamine signals, on the line from healthy to parkinsonian.

    x = x_healthy + (1 - s) (x_parkinsonian - x_healthy), s the signal of the receptor that the
    parameter answers to. A signal above 1 goes beyond healthy.

    Parameters
    ----------
    d1_signal, d2_signal
        Relative to drug-free, 0..2, (...). Beyond 2 the cortical drive of D2 cells would turn
        inhibitory.
    p
        Healthy parameters under their names, parkinsonian ones as `<name>_pd`.
    pathways
        "d2-synapses": the D2 signal moves the input of D2 cells from cortex and the one they
        give to the external pallidum. "d2-all": also the external pallidum's own inhibition and
        the thresholds of external pallidum and subthalamic nucleus.

    Raises
    ------
    ValueError
        `pathways` is none of the two.
    """
    moved = dict(PATHWAYS)
    if pathways not in moved:
        message = f"pathways = {pathways!r}; choose one of {', '.join(sorted(moved))}"
        raise ValueError(message)
    _, s1, s2 = promote(d1_signal, d2_signal)
    out: dict[str, Any] = dict(p)
    for name in moved[pathways]:
        out[name] = p[name] + (1.0 - s2) * (p[f"{name}_pd"] - p[name])
    out["nu_d1e"] = p["nu_d1e"] + (1.0 - s1) * (p["nu_d1e_pd"] - p["nu_d1e"])
    return out


PATHWAYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("d2-synapses", ("nu_d2e", "nu_p2d2")),
    ("d2-all", ("nu_d2e", "nu_p2d2", "nu_p2p2", "theta_p2", "theta_z")),
)

PARKINSONIAN = (
    "nu_d1e", "nu_d2e", "nu_p2p2", "nu_ee", "nu_ei", "nu_p2d2", "theta_p2", "theta_z",
)  # fmt: skip
"""Parameters that differ in the published parkinsonian state; `<name>_pd` holds their value."""


def parkinsonian(p: Mapping[str, Array]) -> dict[str, Any]:
    """Return the full parkinsonian parameter set of the paper."""
    return {**p, **{name: p[f"{name}_pd"] for name in PARKINSONIAN}}


def steady_rates(target: Mapping[str, Array], healthy: Mapping[str, Array]) -> Any:
    """Return the rates at the fixed point that continues the healthy one, (8, ...) per second.

    Newton's method on the potentials, begun at the drug-free rates `start_<population>` of
    `healthy` and carried to `target` in `STEPS` equal steps of all parameters.

    Raises
    ------
    SaturatedError
        The cortex ends above `e_limit`, or the equations are not met (NumPy only: under JAX
        tracing the answer is nan there).
    """
    names = [
        n for n in healthy if n in _SHARED or (n.startswith(_FAMILIES) and not n.endswith("_pd"))
    ]
    healthy = {n: healthy[n] for n in names}
    moving = [n for n in names if target[n] is not healthy[n]]
    xp, *values = promote(*(target[name] for name in moving), *healthy.values())
    shape = xp.broadcast_arrays(*values)[0].shape if values else ()
    zero = xp.zeros(shape)
    values = [zero + value for value in values]
    base = dict(zip(healthy, values[len(moving) :], strict=True))
    goal = dict(zip(moving, values[: len(moving)], strict=True))
    v = xp.stack(
        [
            zero
            + potential(base[f"start_{j}"], base[f"Qmax_{j}"], base[f"theta_{j}"], base["sigma"])
            for j in POPULATIONS
        ]
    )
    p = base
    for step in range(STEPS + 1):
        share = step / STEPS
        p = {**base, **{n: base[n] + share * (goal[n] - base[n]) for n in moving}}
        N, outside = couplings(p)
        for _ in range(_NEWTON if step < STEPS else _NEWTON + _POLISH):
            v = v + _newton_step(xp, v, p, N, outside)
    phi = rates(v, p)
    left = xp.max(xp.abs(residual(v, p)), axis=0)
    good = (phi[0] <= base["e_limit"]) & (left < 1e-9)
    phi = xp.where(good, phi, xp.nan)
    _refuse(xp, phi, base["e_limit"])
    return phi


def _refuse(xp: Any, phi: Any, limit: Any) -> None:
    """Raise where the values can be seen."""
    import numpy as np

    if xp is not np or not np.isnan(phi).any():
        return
    count = int(np.isnan(phi[0]).sum())
    message = (
        f"{count} of {phi[0].size} parameter sets have no fixed point with the cortex below "
        f"{float(np.max(limit)):g} /s on the branch that continues the healthy one; move the "
        "signals nearer to 1 or check the couplings."
    )
    raise SaturatedError(message)


def _newton_step(xp: Any, v: Any, p: Mapping[str, Any], N: Any, outside: Any) -> Any:
    """-J^-1 residual, with J from the couplings and the slope of the firing rate."""
    phi = rates(v, p)
    ceiling = xp.stack([0.0 * v[0] + p[f"Qmax_{j}"] for j in POPULATIONS])
    slope = phi * (1.0 - phi / ceiling) / p["sigma"]
    eye = xp.reshape(xp.eye(len(POPULATIONS), dtype=v.dtype), (8, 8) + (1,) * (v.ndim - 1))
    J = xp.moveaxis(N * slope[None] - eye, (0, 1), (-2, -1))
    f = xp.moveaxis(xp.sum(N * phi[None], axis=1) + outside - v, 0, -1)
    step = -xp.linalg.solve(J, f[..., None])[..., 0]
    # A step of more than one width of the sigmoid leaves the range of the linearisation.
    largest = xp.max(xp.abs(step), axis=-1, keepdims=True)
    step = step / xp.maximum(1.0, largest / p["sigma"][..., None])
    return xp.moveaxis(step, -1, 0)

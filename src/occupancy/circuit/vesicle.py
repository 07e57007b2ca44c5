"""Vesicles with linear loading: when depletion is occupancy, and how loss and feedback bend it.

    c' = S0 (1 + phi Delta) + l V + r f V - (1 - O) F u c - kc c
    V' = (1 - O) F u c - (l + f) V
    F' = kdeg (1 - F) - loss F

c and V are relative to rest through the balance of the parts; O is the share of transporters
occupied, F the share that still functions. With the cytosol clamped, Delta = O exactly.
"""

from __future__ import annotations

from typing import Any

from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Array, Circuit, Input, Named, Output, State, States

VMAT2 = Input("vmat2", "fraction", 0.0, 0.0, 1.0, "share of VMAT2 occupied reversibly")
VMAT2_LOSS = Input(
    "vmat2_loss", "1/h", 0.0, 0.0, 1e3, "rate at which an irreversible drug inactivates VMAT2"
)
FUNCTIONAL = State("VMAT2", "fraction", 0.0, 1.0, "share of VMAT2 that functions")
DEPLETION = Output("depletion", "fraction", "loss of vesicular dopamine against rest")


def depletion(occupied: Array, g: Array = 0.0, phi: Array = 0.0) -> Array:
    """Steady loss of vesicular dopamine at some VMAT2 occupancy O, linear loading.

    Q = (1 - O)(1 + g) / (1 + g (1 - O)),  Delta = (1 - Q) / (1 + phi Q)

    Args:
        occupied: VMAT2 occupancy O, 0..1.
        g: dopamine lost for good through release over dopamine lost in the cytosol, at O = 0;
            see `release_share`. 0 gives Delta = O.
        phi: rise of synthesis per depletion, S = S0 (1 + phi Delta).

    Returns:
        Fraction, 0..O, broadcast over the arguments.

    Raises:
        CircuitError: an argument outside its range.
    """
    for name, value, upper in (("occupied", occupied, 1.0), ("g", g, None), ("phi", phi, None)):
        _in_range(name, value, upper)
    free = 1.0 - occupied
    Q = free * (1.0 + g) / (1.0 + g * free)
    # 1 - Q without cancellation
    return occupied / (1.0 + g * free) / (1.0 + phi * Q)


def release_share(
    release: Array, leak: Array, uptake: Array, MAO: Array, recapture: Array
) -> Array:
    """g = (1 - r) f u / ((l + f) kc): loss through release over loss in the cytosol, at rest."""
    return (1.0 - recapture) * release * uptake / ((leak + release) * MAO)


def occupancy_for(Delta: Array, g: Array = 0.0, phi: Array = 0.0) -> Array:
    """VMAT2 occupancy that gives a wanted steady depletion; the inverse of `depletion`.

    Raises:
        CircuitError: an argument outside its range.
    """
    for name, value, upper in (("Delta", Delta, 1.0), ("g", g, None), ("phi", phi, None)):
        _in_range(name, value, upper)
    Q = (1.0 - Delta) / (1.0 + phi * Delta)
    return 1.0 - Q / (1.0 + g * (1.0 - Q))


def vmat_renewal(functional: Array, loss: Array, kdeg: Array) -> Array:
    """F' = kdeg (1 - F) - loss F, per hour."""
    return kdeg * (1.0 - functional) - loss * functional


def _clamped(t_h: Any, y: States, p: Named, u: Named) -> States:
    V, F = y
    out = p["leak"] + p["release"]
    return (
        out * ((1.0 - u["vmat2"]) * F - V),
        vmat_renewal(F, u["vmat2_loss"], p["kdeg_VMAT2"]),
    )


def _free(t_h: Any, y: States, p: Named, u: Named) -> States:
    """c in units of its rest, V in units of its rest, both multiplied by u / (l + f)."""
    c, V, F = y
    out = p["leak"] + p["release"]
    ratio = p["uptake"] / out  # vesicular over cytosolic dopamine at rest
    load = (1.0 - u["vmat2"]) * F * p["uptake"] * c
    lost = (1.0 - p["recapture"]) * p["release"]
    synthesis = (p["MAO"] + lost * ratio) * (1.0 + p["phi"] * (1.0 - V))
    back = (p["leak"] + p["recapture"] * p["release"]) * ratio * V
    return (
        synthesis + back - load - p["MAO"] * c,
        load / ratio - out * V,
        vmat_renewal(F, u["vmat2_loss"], p["kdeg_VMAT2"]),
    )


VESICLE = Circuit(
    name="dopamine-vesicle",
    inputs=(VMAT2, VMAT2_LOSS),
    states=(
        State("vesicular", "1", 0.0, None, "vesicular dopamine over rest, cytosol clamped"),
        FUNCTIONAL,
    ),
    read=(DEPLETION,),
    field=_clamped,
    outputs=lambda y, p, u: {"depletion": 1.0 - y[0]},
    guess=lambda p: (1.0, 1.0),
    record="dopamine-linear",
)
"""Depletion = occupancy, exactly: loading of a vesicle from a cytosol that does not change."""

LINEAR = Circuit(
    name="dopamine-linear",
    inputs=(VMAT2, VMAT2_LOSS),
    states=(
        State("cytosolic", "1", 0.0, None, "cytosolic dopamine over rest"),
        State("vesicular", "1", 0.0, None, "vesicular dopamine over rest"),
        FUNCTIONAL,
    ),
    read=(DEPLETION, Output("g", "1", "loss through release over loss in the cytosol")),
    field=_free,
    outputs=lambda y, p, u: {
        "depletion": 1.0 - y[1],
        "g": release_share(p["release"], p["leak"], p["uptake"], p["MAO"], p["recapture"]),
    },
    guess=lambda p: (1.0, 1.0, 1.0),
    record="dopamine-linear",
)
"""The linear terminal with a cytosol that moves: Delta = O / (1 + g (1 - O)), and phi."""


def _in_range(name: str, value: Array, upper: float | None) -> None:
    import numpy as np

    try:
        array = np.asarray(value, dtype=np.float64)
    except Exception:  # a traced value has no numbers to look at
        return
    wrong = ~(array >= 0.0) | (False if upper is None else array > upper)
    if wrong.any():
        bad = float(np.atleast_1d(array)[np.atleast_1d(wrong)][0])
        rule = "zero or more" if upper is None else f"between 0 and {upper:g}"
        raise CircuitError(f"{name} is {bad:g}; it must be {rule}.")

"""Which occupancies drive which input of a circuit.

Where a circuit takes an occupancy it is handed on as it is; where it takes a signal, what is left
of it is computed: for D2 (1 - theta) and the drug's own efficacy, for both receptors the
dopamine that is left at some VMAT2 occupancy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from occupancy.circuit import parameters_of
from occupancy.circuit.catalogue import circuit as circuit_called
from occupancy.circuit.dopamine_signal import dopamine_signal
from occupancy.circuit.dyskinesia import depleted
from occupancy.circuit.phasic import drug_over_K
from occupancy.course.sampling import Array
from occupancy.evidence import circuit_record

Named = Mapping[str, Any]


@dataclass(frozen=True)
class Driver:
    """An input of a circuit, the targets behind it, and how they make it.

    `of(occupancy, p, efficacy)` takes the occupancies by target of those that the drug has, the
    circuit's parameters and the drug's efficacy at D2.
    """

    input: str
    targets: tuple[str, ...]
    of: Callable[[Named, Named, float], Array]


def _same(name: str, target: str) -> Driver:
    return Driver(name, (target,), lambda theta, p, e: theta[target])


def _efficacy(theta: Named, p: Named, e: float) -> Array:
    return np.full_like(theta["D2"], e)


def _left(theta: Named) -> Any:
    """Dopamine left at the VMAT2 occupancy, as the circuit of dyskinesia has it."""
    if "VMAT2" not in theta:
        return 1.0
    return 1.0 - depleted(theta["VMAT2"], parameters_of(circuit_called("dyskinesia")))


def _signal(receptor: str) -> Callable[[Named, Named, float], Array]:
    def of(theta: Named, p: Named, e: float) -> Array:
        a = circuit_record("dyskinesia").parameters()["a_rest"].value
        held = theta.get(receptor, 0.0)
        shape = np.broadcast_shapes(*(np.shape(x) for x in theta.values()))
        left = dopamine_signal(held, a, _left(theta), 1.0, e if receptor == "D2" else 0.0)
        return np.broadcast_to(left, shape)

    return of


def _over_constant(theta: Named, p: Named, e: float) -> Array:
    return drug_over_K(theta["D2"], float(p["x_rest"] / p["K_DA"]))


_VESICLE: Final = (_same("vmat2", "VMAT2"),)
_TERMINAL: Final = (*_VESICLE, _same("dat", "DAT"), _same("d2_auto", "D2"))
_SEROTONIN: Final = (_same("sert", "SERT"), _same("net", "NET"))
_GANGLIA: Final = (
    Driver("d1_signal", ("D1", "VMAT2"), _signal("D1")),
    Driver("d2_signal", ("D2", "VMAT2"), _signal("D2")),
)

DRIVERS: Final[dict[str, tuple[Driver, ...]]] = {
    "dopamine": _TERMINAL,
    "dopamine-vesicle": _VESICLE,
    "dopamine-linear": _VESICLE,
    "dopamine-burst": _TERMINAL,
    "vmat-renewal": (*_VESICLE, _same("vmat1", "VMAT1")),
    "phasic": (Driver("drug", ("D2",), _over_constant),),
    "dyskinesia": (*_VESICLE, _same("d2", "D2"), Driver("efficacy", ("D2",), _efficacy)),
    "serotonin": _SEROTONIN,
    "serotonin-integral": _SEROTONIN,
    "serotonin-downstream": _SEROTONIN,
    "gpr": _GANGLIA,
    "van_albada": _GANGLIA,
    "van_albada-d2-all": _GANGLIA,
}


def targets_behind(name: str) -> tuple[str, ...]:
    """Targets whose occupancy drives the circuit called `name`."""
    return tuple(dict.fromkeys(t for one in DRIVERS[name] for t in one.targets))

"""Every circuit by name; the module of one is imported when it is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Final

from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit

#: Module, and the constant or function in it with its arguments.
_WHERE: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "dopamine": ("dopamine", "TERMINAL", ()),
    "dopamine-vesicle": ("vesicle", "VESICLE", ()),
    "dopamine-linear": ("vesicle", "LINEAR", ()),
    "dopamine-burst": ("burst", "BURST", ()),
    "vmat-renewal": ("vmat", "RENEWAL", ()),
    "phasic": ("phasic", "PHASIC", ()),
    "dyskinesia": ("dyskinesia", "DYSKINESIA", ()),
    "serotonin": ("serotonin", "serotonin", ("target",)),
    "serotonin-integral": ("serotonin", "serotonin", ("integral",)),
    "serotonin-downstream": ("serotonin", "serotonin", ("downstream",)),
    "gpr": ("selection", "selection", ()),
    "van_albada": ("basal_ganglia", "basal_ganglia", ("d2-synapses",)),
    "van_albada-d2-all": ("basal_ganglia", "basal_ganglia", ("d2-all",)),
}
NAMES: Final = tuple(_WHERE)
"""Names of the circuits."""


def circuit(name: str) -> Circuit:
    """The circuit called `name`, one of `NAMES`.

    Raises:
        CircuitError: no such circuit; suggests the nearest and names all.
    """
    if name not in _WHERE:
        near = get_close_matches(name.lower(), NAMES, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise CircuitError(f"no circuit called {name!r}: {hint}there are {', '.join(NAMES)}.")
    module, attribute, arguments = _WHERE[name]
    found = getattr(import_module(f"occupancy.circuit.{module}"), attribute)
    return found if isinstance(found, Circuit) else found(*arguments)

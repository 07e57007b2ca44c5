"""What binds where: the parameters that turn concentrations into the occupancy of a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from occupancy.kinetics.disposition import Array, Parameter


@dataclass(frozen=True, eq=False)
class Target:
    """Equilibrium occupancy of one target by one or more ligands that compete for it.

    theta = Emax · X^h / (1 + X^h),  X = Σ over ligands of C / EC50

    Attributes:
        name: the target.
        EC50: per output of the system (analyte or site), ng/mL, a number or (people,).
        Emax: fraction, a number or (people,).
        Hill: h, a number or (people,); None for 1.

    Raises ValueError naming the target and the field when a value is not allowed.
    """

    name: str
    EC50: Mapping[str, Parameter]
    Emax: Parameter = 1.0
    Hill: Parameter | None = None

    def __post_init__(self) -> None:
        """Check every value."""
        if not self.EC50:
            raise ValueError(f"Target {self.name!r}: EC50 is empty; give at least one ligand.")
        for field, value in self.parameters.items():
            where = f"Target {field.replace('.', ': ')}"
            wrong = ~np.isfinite(value) | (value <= 0)
            if field.endswith(".Emax"):
                wrong = ~((value >= 0) & (value <= 1))
            if value.ndim != 1 or value.size == 0:
                raise ValueError(f"{where} has shape {value.shape}; give a number or (people,).")
            if wrong.any():
                allowed = "0 to 1" if field.endswith(".Emax") else "finite and positive"
                raise ValueError(
                    f"{where} = {value[wrong][0]:g} (first at {np.flatnonzero(wrong)[0]}) is not "
                    f"allowed; it must be {allowed}."
                )

    @property
    def parameters(self) -> dict[str, Array]:
        """Values by name: `TARGET.EC50 LIGAND`, `TARGET.Emax` and `TARGET.Hill`."""
        found: dict[str, Parameter] = {
            f"{self.name}.EC50 {ligand}": value for ligand, value in self.EC50.items()
        }
        found[f"{self.name}.Emax"] = self.Emax
        if self.Hill is not None:
            found[f"{self.name}.Hill"] = self.Hill
        return {
            name: np.atleast_1d(np.asarray(value, dtype=np.float64))
            for name, value in found.items()
        }

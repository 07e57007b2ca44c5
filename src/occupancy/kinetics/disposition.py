"""What a linear pharmacokinetic model is: species, input paths, effect sites, and the system.

Every numeric parameter is a number or a one-dimensional array over the batch (draws of the
parameters, or people). Nothing is computed here beyond checking: a system that can be built
can be simulated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Parameter = float | Array
"""A number, or one value per member of the batch."""


def _checked(value: ArrayLike, where: str, *, zero_allowed: bool, max_ndim: int = 1) -> Array:
    array = np.asarray(value, dtype=np.float64)
    if array.ndim > max_ndim or array.size == 0:
        shapes = "a number or an array of shape (batch,)"
        if max_ndim == 2:
            shapes += " or (1 or batch, doses)"
        raise ValueError(f"{where} has shape {array.shape}; give {shapes}.")
    wrong = ~np.isfinite(array) | ((array < 0) if zero_allowed else (array <= 0))
    if wrong.any():
        bad = array[wrong].ravel()[0]
        allowed = "zero or positive" if zero_allowed else "positive"
        at = "" if array.ndim == 0 else f" (first at index {np.argwhere(wrong)[0].tolist()})"
        raise ValueError(f"{where} = {bad:g}{at} is not allowed; it must be finite and {allowed}.")
    return array


def _batch_of(arrays: Iterable[tuple[str, Array]]) -> int:
    batch, first = 1, ""
    for where, array in arrays:
        size = array.shape[0] if array.ndim else 1
        if size == 1:
            continue
        if batch == 1:
            batch, first = size, where
        elif size != batch:
            raise ValueError(
                f"{where} has {size} values but {first} has {batch}; every array of one system "
                "must have the same batch size (or be a single number)."
            )
    return batch


@dataclass(frozen=True, eq=False)
class Formation:
    """A species forms from a parent: rate [mg/h] = fraction · CL_parent · C_parent.

    `fraction` is in mg formed per mg of parent eliminated, so it already includes the ratio of
    molar masses and may exceed 1.
    """

    parent: str
    fraction: Parameter

    def __post_init__(self) -> None:
        """Check the fraction."""
        _checked(self.fraction, f"Formation from {self.parent!r}: fraction", zero_allowed=True)


@dataclass(frozen=True, eq=False)
class Species:
    """One analyte in plasma with one to three compartments (mammillary, first-order).

    dA1/dt = input + formation − (CL/V) A1 − Σ_i (Q_i/V) A1 + Σ_i (Q_i/V_i) A_i
    dA_i/dt = (Q_i/V) A1 − (Q_i/V_i) A_i,  C [ng/mL] = 1000 A1 [mg] / V [L]

    CL and Q in L/h, volumes in L. `dosed` is the fraction of the absorbed milligrams that
    enters as this species (0.5 for each enantiomer of a racemate; above zero for a metabolite
    formed before the systemic circulation).

    Raises ValueError naming the analyte and the field when a value is not allowed.
    """

    analyte: str
    CL: Parameter
    V: Parameter
    Q: Parameter | None = None
    V2: Parameter | None = None
    Q3: Parameter | None = None
    V3: Parameter | None = None
    dosed: Parameter = 0.0
    formed_from: tuple[Formation, ...] = ()

    def __post_init__(self) -> None:
        """Check every field."""
        if not self.analyte:
            raise ValueError("Species: analyte is empty; give the name of the analyte.")
        name = f"Species {self.analyte!r}"
        for pair in (("Q", "V2"), ("Q3", "V3")):
            missing = [f for f in pair if getattr(self, f) is None]
            if len(missing) == 1:
                given = pair[1 - pair.index(missing[0])]
                raise ValueError(
                    f"{name}: {missing[0]} is missing although {given} is given; a peripheral "
                    f"compartment needs both {pair[0]} (L/h) and {pair[1]} (L)."
                )
        if self.Q3 is not None and self.Q is None:
            raise ValueError(
                f"{name}: Q3 and V3 are given without Q and V2; describe a two-compartment "
                "model with Q and V2."
            )
        for field in ("CL", "V", "V2", "V3"):
            if getattr(self, field) is not None:
                _checked(getattr(self, field), f"{name}: {field}", zero_allowed=False)
        for field in ("Q", "Q3"):
            if getattr(self, field) is not None:
                _checked(getattr(self, field), f"{name}: {field}", zero_allowed=False)
        _checked(self.dosed, f"{name}: dosed", zero_allowed=True)

    @property
    def peripherals(self) -> tuple[tuple[Parameter, Parameter], ...]:
        """(Q, volume) of each peripheral compartment."""
        pairs = ((self.Q, self.V2), (self.Q3, self.V3))
        return tuple((q, v) for q, v in pairs if q is not None and v is not None)


@dataclass(frozen=True, eq=False)
class Input:
    """One path from the formulation to the central compartments.

    amount = dose · F · fraction enters after `lag_h`, at once or at a constant rate over
    `duration_h`, into the first compartment of the path: `n_transit` compartments emptying at
    `ktr` (1/h) one into the next, then a depot emptying at `ka` (1/h). Without `ka` the last
    transit compartment empties straight into the central compartment, and without both the
    path is intravenous. Several inputs act in parallel.

    `duration_h` may also have shape (1 or batch, doses): one duration per dose, for a release
    of known rate (duration = amount / rate).

    Raises ValueError naming the field when a value is not allowed.
    """

    fraction: Parameter = 1.0
    ka: Parameter | None = None
    lag_h: Parameter = 0.0
    duration_h: Parameter = 0.0
    ktr: Parameter | None = None
    n_transit: int = 0
    name: str = "input"

    def __post_init__(self) -> None:
        """Check every field."""
        name = f"Input {self.name!r}"
        if int(self.n_transit) != self.n_transit or self.n_transit < 0:
            raise ValueError(
                f"{name}: n_transit = {self.n_transit} is not allowed; it must be a whole "
                "number, 0 or more."
            )
        if (self.n_transit > 0) != (self.ktr is not None):
            raise ValueError(
                f"{name}: n_transit = {self.n_transit} and ktr = {self.ktr}; transit "
                "compartments need both n_transit >= 1 and ktr (1/h)."
            )
        _checked(self.fraction, f"{name}: fraction", zero_allowed=True)
        _checked(self.lag_h, f"{name}: lag_h", zero_allowed=True)
        _checked(self.duration_h, f"{name}: duration_h", zero_allowed=True, max_ndim=2)
        for field in ("ka", "ktr"):
            if getattr(self, field) is not None:
                _checked(getattr(self, field), f"{name}: {field}", zero_allowed=False)


@dataclass(frozen=True, eq=False)
class DeepSite:
    """A second stage behind an effect site.

    dC2/dt = k_in C1 − (k_out + k_back) C2, and the first stage loses k_in C1 and regains
    k_back C2. Rates in 1/h; concentrations in ng/mL. A published chain plasma -> brain 1 (KE1 in,
    KE2 out) -> brain 2 (KT in, KE3 out) is EffectSite(k_in=KE1, k_out=KE2, deep=DeepSite(k_in=KT,
    k_out=KE3)).
    """

    name: str
    k_in: Parameter
    k_out: Parameter
    k_back: Parameter = 0.0

    def __post_init__(self) -> None:
        """Check every field."""
        name = f"DeepSite {self.name!r}"
        _checked(self.k_in, f"{name}: k_in", zero_allowed=True)
        _checked(self.k_out, f"{name}: k_out", zero_allowed=True)
        _checked(self.k_back, f"{name}: k_back", zero_allowed=True)


@dataclass(frozen=True, eq=False)
class EffectSite:
    """A site such as the brain that follows plasma without depleting it.

    Either dCe/dt = keo (Kp Cp − Ce), or, with explicit rates, dCe/dt = k_in Cp − k_out Ce
    (Kp = k_in / k_out). With `deep`, a second stage is fed from the first. Rates in 1/h,
    Kp dimensionless, concentrations in ng/mL.

    Raises ValueError naming the site and the field when a value is not allowed.
    """

    name: str
    analyte: str
    keo: Parameter | None = None
    Kp: Parameter = 1.0
    k_in: Parameter | None = None
    k_out: Parameter | None = None
    deep: DeepSite | None = None

    def __post_init__(self) -> None:
        """Check every field."""
        name = f"EffectSite {self.name!r}"
        explicit = self.k_in is not None and self.k_out is not None
        partial = (self.k_in is None) != (self.k_out is None)
        if partial or explicit == (self.keo is not None):
            raise ValueError(
                f"{name}: give either keo (with Kp) or both k_in and k_out; got keo = "
                f"{self.keo}, k_in = {self.k_in}, k_out = {self.k_out}."
            )
        if self.keo is not None:
            _checked(self.keo, f"{name}: keo", zero_allowed=False)
        _checked(self.Kp, f"{name}: Kp", zero_allowed=True)
        if self.k_in is not None and self.k_out is not None:
            _checked(self.k_in, f"{name}: k_in", zero_allowed=True)
            _checked(self.k_out, f"{name}: k_out", zero_allowed=True)

    @property
    def rates(self) -> tuple[Parameter, Parameter]:
        """(k_in, k_out) in 1/h."""
        if self.keo is not None:
            return np.asarray(self.keo) * np.asarray(self.Kp), self.keo
        assert self.k_in is not None
        assert self.k_out is not None
        return self.k_in, self.k_out


@dataclass(frozen=True, eq=False)
class System:
    """A whole model: species in plasma, parallel inputs of one formulation, effect sites.

    `batch` is the common length of the array parameters (1 when all are numbers); `outputs`
    names what a simulation returns: analytes in the order given, then effect sites, each
    followed by its deep stage.

    Raises ValueError when a name is missing or repeated, when formation runs in a circle, or
    when two arrays differ in length.
    """

    species: tuple[Species, ...]
    inputs: tuple[Input, ...]
    effect_sites: tuple[EffectSite, ...] = ()

    def __post_init__(self) -> None:
        """Check names, references and batch sizes."""
        for field in ("species", "inputs", "effect_sites"):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        if not self.species:
            raise ValueError("System: species is empty; give at least one Species.")
        if not self.inputs:
            raise ValueError("System: inputs is empty; give at least one Input.")
        names = self.outputs
        repeated = sorted({n for n in names if names.count(n) > 1})
        if repeated:
            raise ValueError(f"System: the name {repeated[0]!r} is used twice; names must differ.")
        analytes = [s.analyte for s in self.species]
        for s in self.species:
            for f in s.formed_from:
                if f.parent not in analytes:
                    raise ValueError(
                        f"Species {s.analyte!r}: formed_from names {f.parent!r}, which is not "
                        f"a species of this system; its species are {analytes}."
                    )
        for site in self.effect_sites:
            if site.analyte not in analytes:
                raise ValueError(
                    f"EffectSite {site.name!r}: analyte {site.analyte!r} is not a species of "
                    f"this system; its species are {analytes}."
                )
        if not any(np.any(np.asarray(s.dosed) > 0) for s in self.species):
            raise ValueError(
                "System: no species has dosed > 0, so no dose would enter; set dosed (1.0 for "
                "the parent) on the species that is given."
            )
        self.formation_order()
        _ = self.batch

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the simulated concentrations, in order."""
        names = [s.analyte for s in self.species]
        for site in self.effect_sites:
            names.append(site.name)
            if site.deep is not None:
                names.append(site.deep.name)
        return tuple(names)

    @cached_property
    def batch(self) -> int:
        """Number of draws or people the parameters hold."""
        return _batch_of(self._arrays())

    def formation_order(self) -> tuple[int, ...]:
        """Indices of the species, parents before what forms from them."""
        index = {s.analyte: i for i, s in enumerate(self.species)}
        order: list[int] = []
        waiting = list(range(len(self.species)))
        while waiting:
            ready = [
                i
                for i in waiting
                if all(index[f.parent] in order for f in self.species[i].formed_from)
            ]
            if not ready:
                circle = [self.species[i].analyte for i in waiting]
                raise ValueError(
                    f"System: formation runs in a circle among {circle}; back-conversion is "
                    "not supported, remove one Formation."
                )
            order.extend(ready)
            waiting = [i for i in waiting if i not in order]
        return tuple(order)

    def _arrays(self) -> Iterable[tuple[str, Array]]:
        parts: list[tuple[str, object]] = [(f"Species {s.analyte!r}", s) for s in self.species]
        for s in self.species:
            parts += [(f"Species {s.analyte!r}: Formation", f) for f in s.formed_from]
        parts += [(f"Input {i.name!r}", i) for i in self.inputs]
        for site in self.effect_sites:
            parts.append((f"EffectSite {site.name!r}", site))
            if site.deep is not None:
                parts.append((f"DeepSite {site.deep.name!r}", site.deep))
        for where, part in parts:
            for field in fields(part):  # type: ignore[arg-type]
                value = getattr(part, field.name)
                if isinstance(value, np.ndarray | list) and np.ndim(value):
                    yield f"{where}: {field.name}", np.asarray(value, dtype=np.float64)

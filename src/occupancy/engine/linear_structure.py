"""The shape of a linear system, apart from its numbers.

Every rate of a `kinetics.System` is a product of its parameters (CL/V, ka·dosed, keo·Kp·1000/V),
so the structure is static and hashable and the parameters are a flat mapping of arrays: what a
compiled program needs, and what gradients are taken with respect to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from occupancy.kinetics import Input, System

NG_PER_ML_FROM_MG_PER_L = 1000.0


@dataclass(frozen=True)
class Product:
    """scale · Π up / Π down of named parameters."""

    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    scale: float = 1.0

    def __call__(self, parameters: Mapping[str, Any]) -> Any:
        """The value, of the broadcast shape of the parameters."""
        value: Any = self.scale
        for name in self.up:
            value = value * parameters[name]
        for name in self.down:
            value = value / parameters[name]
        return value


@dataclass(frozen=True)
class Structure:
    """States and flows of a linear system x' = A x.

    Attributes:
        states: names; the first `len(rate_paths)` are constant input rates [mg/h].
        block: of each state. Mass moves or is lost inside a block; between blocks there is
            only production, from lower to higher numbers.
        flows: (source, target, rate in 1/h).
        losses: (state, rate at which it leaves its block, 1/h).
        entries: (path, state, mg in the state per mg that arrives at once).
        outputs: (name, state, ng/mL per unit of the state).
        rate_paths: inputs that take time.
        paths: number of inputs.
    """

    states: tuple[str, ...]
    block: tuple[int, ...]
    flows: tuple[tuple[int, int, Product], ...]
    losses: tuple[tuple[int, Product], ...]
    entries: tuple[tuple[int, int, Product], ...]
    outputs: tuple[tuple[str, int, Product], ...]
    rate_paths: tuple[int, ...]
    paths: int

    @property
    def size(self) -> int:
        """Number of states."""
        return len(self.states)

    @cached_property
    def reach(self) -> tuple[tuple[int, ...], ...]:
        """For each state, the states whose past it depends on (itself among them), rising."""
        n = self.size
        reach = np.eye(n, dtype=bool)
        for source, target, _ in self.flows:
            reach[target, source] = True
        for _ in range(max(n - 1, 1).bit_length()):
            reach = (reach.astype(np.intp) @ reach.astype(np.intp)) > 0
        return tuple(tuple(int(j) for j in np.flatnonzero(row)) for row in reach)

    def decay(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Total rate out of each state, −A_jj in 1/h."""
        out: list[Any] = [0.0] * self.size
        for source, target, rate in self.flows:
            if self.block[source] == self.block[target]:
                out[source] = out[source] + rate(parameters)
        for state, rate in self.losses:
            out[state] = out[state] + rate(parameters)
        return out


class _Builder:
    def __init__(self) -> None:
        self.states: list[str] = []
        self.block: list[int] = []
        self.flows: list[tuple[int, int, Product]] = []
        self.losses: list[tuple[int, Product]] = []
        self.blocks = 0

    def open_block(self) -> None:
        self.blocks += 1

    def state(self, name: str) -> int:
        self.states.append(name)
        self.block.append(self.blocks - 1)
        return len(self.states) - 1


def structure(system: System, rate_paths: tuple[int, ...] = ()) -> Structure:
    """The structure of a system; `rate_paths` are the inputs that need a constant-rate state.

    States are numbered as in the kinetics room, so amounts can be exchanged with it.
    """
    b = _Builder()
    rate_state: dict[int, int] = {}
    for p in rate_paths:
        b.open_block()
        rate_state[p] = b.state(f"{p}:rate")
    chains = [_add_path(b, p, path) for p, path in enumerate(system.inputs)]
    central = _add_species(b, system)
    sites = _add_sites(b, system, central)

    entries: list[tuple[int, int, Product]] = []
    for p, states in enumerate(chains):
        dosed = [
            (central[s.analyte], f"{s.analyte}.dosed")
            for s in system.species
            if np.any(np.asarray(s.dosed) > 0)
        ]
        if states:
            out = "ka" if system.inputs[p].ka is not None else "ktr"
            for target, share in dosed:
                b.flows.append((states[-1], target, Product((f"input {p + 1}.{out}", share))))
            into = [(states[0], Product())]
        else:
            into = [(target, Product((share,))) for target, share in dosed]
        entries += [(p, state, share) for state, share in into]
        if p in rate_state:
            b.flows += [(rate_state[p], state, share) for state, share in into]

    outputs = [
        (s.analyte, central[s.analyte], Product((), (f"{s.analyte}.V",), NG_PER_ML_FROM_MG_PER_L))
        for s in system.species
    ]
    outputs += [(b.states[state], state, Product()) for state in sites]
    return Structure(
        tuple(b.states),
        tuple(b.block),
        tuple(b.flows),
        tuple(b.losses),
        tuple(entries),
        tuple(outputs),
        rate_paths,
        len(system.inputs),
    )


def _add_path(b: _Builder, index: int, path: Input) -> list[int]:
    rates = [f"input {index + 1}.ktr"] * int(path.n_transit)
    if path.ka is not None:
        rates.append(f"input {index + 1}.ka")
    if not rates:
        return []
    b.open_block()
    states = [b.state(f"{index}:{path.name} {k + 1}") for k in range(len(rates))]
    for source, target, rate in zip(states, states[1:], rates, strict=False):
        b.flows.append((source, target, Product((rate,))))
    b.losses.append((states[-1], Product((rates[-1],))))
    return states


def _add_species(b: _Builder, system: System) -> dict[str, int]:
    central: dict[str, int] = {}
    for i in system.formation_order():
        s = system.species[i]
        name = s.analyte
        b.open_block()
        centre = central[name] = b.state(name)
        b.losses.append((centre, Product((f"{name}.CL",), (f"{name}.V",))))
        for k, (q, volume) in enumerate((("Q", "V2"), ("Q3", "V3"))[: len(s.peripherals)]):
            side = b.state(f"{name} peripheral {k + 1}")
            b.flows.append((centre, side, Product((f"{name}.{q}",), (f"{name}.V",))))
            b.flows.append((side, centre, Product((f"{name}.{q}",), (f"{name}.{volume}",))))
        for parent in dict.fromkeys(one.parent for one in s.formed_from):
            rate = Product((f"{parent}.CL", f"{name}.from {parent}"), (f"{parent}.V",))
            b.flows.append((central[parent], centre, rate))
    return central


def _add_sites(b: _Builder, system: System, central: dict[str, int]) -> list[int]:
    states: list[int] = []
    for site in system.effect_sites:
        name = site.name
        into = ("keo", "Kp") if site.keo is not None else ("k_in",)
        out = "keo" if site.keo is not None else "k_out"
        b.open_block()
        first = b.state(name)
        states.append(first)
        rate = Product(
            tuple(f"{name}.{one}" for one in into), (f"{site.analyte}.V",), NG_PER_ML_FROM_MG_PER_L
        )
        b.flows.append((central[site.analyte], first, rate))
        b.losses.append((first, Product((f"{name}.{out}",))))
        if site.deep is not None:
            deep = site.deep.name
            second = b.state(deep)
            states.append(second)
            b.flows.append((first, second, Product((f"{deep}.k_in",))))
            b.flows.append((second, first, Product((f"{deep}.k_back",))))
            b.losses.append((second, Product((f"{deep}.k_out",))))
    return states


def parameters(system: System) -> dict[str, np.ndarray]:
    """The parameters of a system by name, shape (1 or people,).

    Names are `ANALYTE.CL` (V, Q, V2, Q3, V3, dosed), `ANALYTE.from PARENT`, `input N.ka` (ktr,
    fraction), `SITE.keo` and `SITE.Kp` or `SITE.k_in` and `SITE.k_out`, and for a deep stage
    its own name with k_in, k_out and k_back. Lags and durations are not among them: they are
    times, and belong to the grid.
    """
    found: dict[str, Any] = {}
    for s in system.species:
        for field in ("CL", "V", "Q", "V2", "Q3", "V3", "dosed"):
            found[f"{s.analyte}.{field}"] = getattr(s, field)
        for one in s.formed_from:
            name = f"{s.analyte}.from {one.parent}"
            found[name] = np.asarray(found.get(name, 0.0)) + np.asarray(one.fraction)
    for p, path in enumerate(system.inputs, start=1):
        for field in ("ka", "ktr", "fraction"):
            found[f"input {p}.{field}"] = getattr(path, field)
    for site in system.effect_sites:
        if site.keo is not None:
            found |= {f"{site.name}.keo": site.keo, f"{site.name}.Kp": site.Kp}
        else:
            found |= {f"{site.name}.k_in": site.k_in, f"{site.name}.k_out": site.k_out}
        if site.deep is not None:
            for field in ("k_in", "k_out", "k_back"):
                found[f"{site.deep.name}.{field}"] = getattr(site.deep, field)
    return {
        name: np.atleast_1d(np.asarray(value, dtype=np.float64))
        for name, value in found.items()
        if value is not None
    }

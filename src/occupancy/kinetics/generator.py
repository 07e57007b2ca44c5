"""A system as the matrix of its rates, kept in parts that never cancel.

x' = A x with A_ij >= 0 off the diagonal. The diagonal is not stored: the states fall into
blocks (one input path, one species, one effect site) inside which mass is only moved or lost,
so A_jj = −(Σ_i A_ij over the block + loss_j). Between blocks there is only production
(absorption, formation, distribution to an effect site), in one direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from occupancy.kinetics.disposition import Array, Input, Parameter, System

NG_PER_ML_FROM_MG_PER_L = 1000.0


@dataclass(frozen=True, eq=False)
class Generator:
    """Rates of a linear system in 1/h, for every member of the batch.

    rates (batch, n, n): from column to row, zero on the diagonal; loss (batch, n): rate of
    leaving the block altogether; block (n,): block of each state, numbered so that production
    runs from lower to higher; rows (batch, outputs, n): outputs [ng/mL] from states; entry
    (batch, paths, n): mg in each state per mg that arrives at once; rate_states: how many
    leading states are constant input rates [mg/h], in the order of `rate_paths`; state_names.
    """

    rates: Array
    loss: Array
    block: np.ndarray
    rows: Array
    entry: Array
    rate_paths: tuple[int, ...]
    state_names: tuple[str, ...]
    block_names: tuple[str, ...]

    @property
    def rate_states(self) -> int:
        """Number of leading states that are constant input rates."""
        return len(self.rate_paths)

    @property
    def within(self) -> np.ndarray:
        """Whether two states share a block, (n, n)."""
        return self.block[:, None] == self.block[None, :]

    @property
    def decay(self) -> Array:
        """Total rate out of each state, −A_jj, (batch, n)."""
        return (self.rates * self.within).sum(axis=-2) + self.loss


@dataclass
class _Builder:
    batch: int
    names: list[str]
    block: list[int]
    flows: list[tuple[int, int, Parameter]]
    losses: list[tuple[int, Parameter]]
    block_names: list[str]

    def open_block(self, name: str) -> None:
        self.block_names.append(name)

    def state(self, name: str) -> int:
        self.names.append(name)
        self.block.append(len(self.block_names) - 1)
        return len(self.names) - 1

    def flow(self, source: int, target: int, rate: Parameter) -> None:
        self.flows.append((source, target, rate))


def generator(system: System, rate_paths: tuple[int, ...] = ()) -> Generator:
    """The rates of a system; `rate_paths` are the inputs that need a constant-rate state."""
    b = _Builder(system.batch, [], [], [], [], [])
    rate_state = {}
    for p in rate_paths:
        b.open_block(f"{system.inputs[p].name} rate")
        rate_state[p] = b.state(f"{p}:rate")
    path_states = [_add_path(b, p, path) for p, path in enumerate(system.inputs)]
    central = _add_species(b, system)
    sites = _add_sites(b, system, central)

    entry_links: list[tuple[int, int, Parameter]] = []
    for p, (path, states) in enumerate(zip(system.inputs, path_states, strict=True)):
        dosed = [(central[s.analyte], s.dosed) for s in system.species]
        if states:
            out = path.ka if path.ka is not None else path.ktr
            assert out is not None
            for target, share in dosed:
                b.flow(states[-1], target, np.asarray(out) * np.asarray(share))
            entry_links.append((p, states[0], 1.0))
        else:
            entry_links += [(p, target, share) for target, share in dosed]
        if p in rate_state:
            for _, target, share in (link for link in entry_links if link[0] == p):
                b.flow(rate_state[p], target, share)

    n = len(b.names)
    rates = np.zeros((b.batch, n, n))
    loss = np.zeros((b.batch, n))
    entry = np.zeros((b.batch, len(system.inputs), n))
    rows = np.zeros((b.batch, len(system.outputs), n))
    for source, target, rate in b.flows:
        rates[:, target, source] += rate
    for state, rate in b.losses:
        loss[:, state] += rate
    for p, target, share in entry_links:
        entry[:, p, target] += share
    for i, s in enumerate(system.species):
        rows[:, i, central[s.analyte]] = NG_PER_ML_FROM_MG_PER_L / np.asarray(s.V)
    for i, state in enumerate(sites):
        rows[:, len(system.species) + i, state] = 1.0
    return Generator(
        rates, loss, np.asarray(b.block), rows, entry, rate_paths, tuple(b.names),
        tuple(b.block_names),
    )  # fmt: skip


def _add_path(b: _Builder, index: int, path: Input) -> list[int]:
    out_rates: list[Parameter] = []
    if path.ktr is not None:
        out_rates += [path.ktr] * int(path.n_transit)
    if path.ka is not None:
        out_rates.append(path.ka)
    if not out_rates:
        return []
    b.open_block(path.name)
    states = [b.state(f"{index}:{path.name} {k + 1}") for k in range(len(out_rates))]
    for source, target, rate in zip(states, states[1:], out_rates, strict=False):
        b.flow(source, target, rate)
    b.losses.append((states[-1], out_rates[-1]))
    return states


def _add_species(b: _Builder, system: System) -> dict[str, int]:
    central: dict[str, int] = {}
    by_name = {s.analyte: s for s in system.species}
    for i in system.formation_order():
        s = system.species[i]
        b.open_block(s.analyte)
        centre = central[s.analyte] = b.state(s.analyte)
        b.losses.append((centre, np.asarray(s.CL) / np.asarray(s.V)))
        for k, (q, volume) in enumerate(s.peripherals):
            side = b.state(f"{s.analyte} peripheral {k + 1}")
            b.flow(centre, side, np.asarray(q) / np.asarray(s.V))
            b.flow(side, centre, np.asarray(q) / np.asarray(volume))
        for formation in s.formed_from:
            parent = by_name[formation.parent]
            k_el = np.asarray(parent.CL) / np.asarray(parent.V)
            b.flow(central[parent.analyte], centre, k_el * np.asarray(formation.fraction))
    return central


def _add_sites(b: _Builder, system: System, central: dict[str, int]) -> list[int]:
    volume = {s.analyte: s.V for s in system.species}
    states: list[int] = []
    for site in system.effect_sites:
        k_in, k_out = site.rates
        b.open_block(site.name)
        first = b.state(site.name)
        states.append(first)
        per_mg = NG_PER_ML_FROM_MG_PER_L / np.asarray(volume[site.analyte])
        b.flow(central[site.analyte], first, np.asarray(k_in) * per_mg)
        b.losses.append((first, k_out))
        if site.deep is not None:
            second = b.state(site.deep.name)
            states.append(second)
            b.flow(first, second, site.deep.k_in)
            b.flow(second, first, site.deep.k_back)
            b.losses.append((second, site.deep.k_out))
    return states

"""Ageing as named scenarios: what falls with age, and what that does to signal and thresholds.

Densities fall by a recorded share per decade, density = (1 - loss)^((age - reference) / 10).
Three scenarios, because the evidence does not choose between them:

- "receptors": D1 and D2 receptors fall as measured, dopamine is that of youth.
- "receptors-and-transporters": the dopamine transporter falls too; with release as it was,
  dopamine rises as its clearance falls. Capacity to make dopamine did not fall in 95 studies.
- "less-dopamine": receptors as in youth, dopamine so low that 35 % occupancy in the old leaves
  the signal that 65 % leaves in the young. An assumption, not a finding.

An antagonist leaves the share 1 - theta of a signal, so equal signal in young and old means

    (1 - theta_old) s_old = (1 - theta_young) s_young

with s the drug-free signal. With s the dopamine-bound share a / (1 + a), 35 % and 65 % go
together when s_old / s_young = 0.35 / 0.65 = 0.538.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from occupancy.circuit.dopamine_signal import dopamine_signal
from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit
from occupancy.circuit.serotonin_equations import clearance
from occupancy.evidence import circuit_record
from occupancy.laws import occupancy
from occupancy.laws._namespace import Array, promote

RECORD: Final = "ageing"
SCENARIOS: Final = MappingProxyType(
    {
        "receptors": "D1 and D2 receptors fall as measured; dopamine is that of youth.",
        "receptors-and-transporters": "Receptors fall, and with fewer transporters dopamine rises.",
        "less-dopamine": "Receptors as in youth; dopamine falls as the claim of 35 % needs.",
    }
)
YOUNGEST, OLDEST = 18.0, 100.0


@dataclass(frozen=True)
class Aged:
    """A brain of some age under one scenario; every number relative to the reference age.

    Attributes:
        scenario: its name.
        age_y: years.
        a: dopamine over its affinity at D2 at the reference age.
        d1, d2: receptor densities.
        dopamine: extracellular dopamine.
        dat, sert, ht2a: densities of transporters and of cortical 5-HT2A.
        caveats: what travels with it.
    """

    scenario: str
    age_y: float
    a: float
    d1: float
    d2: float
    dopamine: float
    dat: float
    sert: float
    ht2a: float
    caveats: tuple[str, ...]

    def signals(
        self, d1: Array = 0.0, d2: Array = 0.0, *, efficacy: Array = 0.0, dopamine: Array = 1.0
    ) -> dict[str, Any]:
        """Inputs `d1_signal` and `d2_signal` of the basal ganglia, relative to a young brain.

        Args:
            d1, d2: occupancies by the drug.
            efficacy: of the drug at D2 relative to dopamine's.
            dopamine: what the drug leaves of dopamine, 1 unless it depletes.
        """
        released = self.dopamine * dopamine
        return {
            "d1_signal": dopamine_signal(d1, self.a, released, self.d1),
            "d2_signal": dopamine_signal(d2, self.a, released, self.d2, efficacy),
        }

    def serotonin_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Shares of clearance that bypass the transporter, once there are fewer of it.

        eps' = eps / (eps + (1 - eps) SERT): less of the clearance is left to block. Everything
        stays relative to the drug-free state at that age.
        """
        out = {}
        for name in ("other_raphe", "other_terminal"):
            other = float(getattr(parameters[name], "value", parameters[name]))
            out[name] = other / (other + (1.0 - other) * self.sert)
        return out


SIGNALS: Final = ("d1_signal", "d2_signal")


@dataclass(frozen=True)
class AgedCircuit:
    """What age does to one circuit.

    Attributes:
        inputs, parameters: of the circuit, those given and what age makes of them.
        notes: what travels with the answer.
    """

    inputs: dict[str, Any]
    parameters: dict[str, Any]
    notes: tuple[str, ...]


def in_aged(
    circuit: Circuit,
    brain: Aged,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any],
) -> AgedCircuit:
    """The inputs and parameters of `circuit` in a brain of some age.

    Signals at D1 and D2, given relative to drug-free at that age, become those relative to
    youth (exact for antagonists, and for all where dopamine is that of youth); the terminal of
    dopamine loses transporters, where the scenario says so, and that of serotonin always.

    Raises:
        CircuitError: a circuit, or a circuit under this scenario, that age leaves as it is.
    """
    out, changed = dict(inputs), dict[str, Any]()
    if set(SIGNALS) <= set(circuit.input_names):
        free = brain.signals()
        out |= {name: inputs.get(name, 1.0) * free[name] for name in SIGNALS}
    elif "other_raphe" in circuit.parameters:
        changed = brain.serotonin_parameters({**circuit.parameters, **parameters})
    elif "TH_Vmax" in circuit.parameters and brain.scenario == "receptors-and-transporters":
        uptake = parameters.get("DAT_Vmax", circuit.parameters["DAT_Vmax"].value)
        changed = {"DAT_Vmax": uptake * brain.dat}
    else:
        raise CircuitError(
            f'the scenario of ageing "{brain.scenario}" changes nothing in circuit '
            f"{circuit.name!r}; it acts on the basal ganglia and serotonin, "
            "receptors-and-transporters also on the full terminal of dopamine."
        )
    said = f"a brain of {brain.age_y:g} years under the scenario {brain.scenario}"
    return AgedCircuit(
        out,
        {**parameters, **changed},
        (f"{said}: {SCENARIOS[brain.scenario]} Rest is rest at that age.", *brain.caveats),
    )


def aged(scenario: str, age_y: float, a: float | None = None) -> Aged:
    """A brain of `age_y` under `scenario`, a key of `SCENARIOS`.

    Args:
        scenario: which changes are taken.
        age_y: 18 to 100 years; below the reference age nothing has changed yet.
        a: dopamine over its affinity at D2 in youth; None takes that of the receptor profiles.

    Raises:
        CircuitError: no such scenario, an age outside the range, or a ratio not above zero.
    """
    if scenario not in SCENARIOS:
        raise CircuitError(
            f"no scenario of ageing {scenario!r}; choose one of {', '.join(SCENARIOS)}."
        )
    if not YOUNGEST <= age_y <= OLDEST:
        raise CircuitError(
            f"age is {age_y:g} years; the losses were measured in adults, so give {YOUNGEST:g} to "
            f"{OLDEST:g}."
        )
    if a is None:
        a = circuit_record("receptor_profile").parameters()["dopamine_ratio"].value
    if not a > 0.0:
        raise CircuitError(f"dopamine over its affinity is {a:g}; it must be above zero.")
    record = circuit_record(RECORD)
    p = {name: one.value for name, one in record.parameters().items()}
    decades = max(age_y - p["reference_age"], 0.0) / 10.0

    def left(name: str) -> float:
        return (1.0 - p[f"{name}_loss"]) ** decades

    receptors = scenario != "less-dopamine"
    dat = left("dat")
    dopamine = left("synthesis")
    if scenario == "receptors-and-transporters":
        dopamine = dopamine / float(clearance(1.0 - dat, p["dat_other"]))
    elif scenario == "less-dopamine" and decades > 0.0:
        dopamine = dopamine_for_equal_effect(p["old_occupancy"], p["young_occupancy"], a)
    return Aged(
        scenario=scenario,
        age_y=age_y,
        a=a,
        d1=left("d1") if receptors else 1.0,
        d2=left("d2") if receptors else 1.0,
        dopamine=dopamine,
        dat=dat,
        sert=left("sert"),
        ht2a=left("ht2a"),
        caveats=record.caveat,
    )


def equal_effect_occupancy(theta_young: Array, signal_old: Array) -> Any:
    """Occupancy in the old that leaves the signal which `theta_young` leaves in the young.

    theta_old = 1 - (1 - theta_young) / signal_old; negative where the drug-free signal of the
    old is already lower.

    Parameters
    ----------
    theta_young
        Occupancy by an antagonist in the young, 0..1.
    signal_old
        Drug-free signal of the old relative to the young, above 0.
    """
    _, theta, s = promote(theta_young, signal_old)
    return 1.0 - (1.0 - theta) / s


def drug_free_signal_for(theta_old: Array, theta_young: Array) -> Any:
    """Drug-free signal of the old relative to the young that makes the two occupancies equal.

    (1 - theta_young) / (1 - theta_old); 0.538 for 0.35 and 0.65.
    """
    _, old, young = promote(theta_old, theta_young)
    return (1.0 - young) / (1.0 - old)


def dopamine_for_equal_effect(theta_old: float, theta_young: float, a: float) -> float:
    """Dopamine in the old relative to the young that makes the two occupancies equal.

    `a` is dopamine over its affinity in the young. 0.41 for 0.35 and 0.65 at a = 20/30, 0.21 at
    a = 100/30: the more receptors dopamine holds, the more of it has to go.

    Raises:
        CircuitError: occupancies outside 0..1, or that would need more dopamine than saturates.
    """
    for name, theta in (("theta_old", theta_old), ("theta_young", theta_young)):
        if not 0.0 <= theta < 1.0:
            raise CircuitError(f"{name} is {theta:g}; it must lie from 0 to below 1.")
    bound = float(drug_free_signal_for(theta_old, theta_young) * occupancy(a, 1.0))
    if bound >= 1.0:
        raise CircuitError(
            f"no dopamine in the old makes {theta_old:g} equal {theta_young:g} in the young: it "
            f"would have to hold {100 * bound:.0f} % of the receptors."
        )
    return bound / (1.0 - bound) / a

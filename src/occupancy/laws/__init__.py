"""The laws of binding: equations without numbers, written once for NumPy and JAX.

What it is for: from a concentration at the target to its occupancy and the effect that follows,
at equilibrium and in time. Each function takes Python floats, NumPy arrays or JAX arrays, which
broadcast, and answers in kind; under JAX each can be compiled, mapped and differentiated.

What it may import: numpy and array-api-compat, nothing of the house and never jax.

What it does not do: check. This is the hot path, so negative or non-finite inputs are not
refused here; the rooms above do that where data come in. An infinite concentration gives its
limit where one exists. Units are the caller's: a concentration and its constant share one, a rate
and a time share one.

- `binding`: mass action, competition, Cheng-Prusoff
- `kinetic_binding`: kon and koff, rebinding, displacement by a burst
- `turnover`: irreversible binding and renewal of the target
- `operational`: effect of full and partial agonists
- `effect_compartment`: the delay from plasma to the site
- `endogenous`: intrinsic and in-vivo constants, kept apart by type
- `pet_view`: what a pair of scans reports, and what is behind it
- `ternary_complex`: two sites with cooperativity
"""

from occupancy.laws.binding import (
    apparent_affinity,
    competition,
    free_fraction,
    ic50_from_ki,
    inverse_occupancy,
    ki_from_ic50,
    occupancy,
)
from occupancy.laws.effect_compartment import (
    effect_site_after,
    effect_site_after_exponential,
    effect_site_course,
)
from occupancy.laws.endogenous import (
    IntrinsicK,
    InVivoEC50,
    add_endogenous,
    competition_from_bp_increase,
    endogenous_occupancy_from_bp_increase,
    occupancy_against_endogenous,
    occupancy_in_vivo,
    remove_endogenous,
)
from occupancy.laws.kinetic_binding import (
    burst_displacement,
    occupancy_after,
    occupancy_course,
    rebound_rates,
    relaxation_rate,
)
from occupancy.laws.operational import operational_effect, operational_effect_of_pair
from occupancy.laws.pet_view import (
    pet_occupancy,
    pet_occupancy_from_bp,
    scaled_concentration_from_pet,
    true_occupancy_from_pet,
)
from occupancy.laws.ternary_complex import TernaryStates, closing_constant, ternary_complex
from occupancy.laws.turnover import (
    functional_after,
    functional_course,
    functional_steady_state,
    functional_washout,
    inactivation_rate,
    receptor_total_after,
    receptor_total_steady_state,
    recovery_time,
)

__all__ = [
    "InVivoEC50",
    "IntrinsicK",
    "TernaryStates",
    "add_endogenous",
    "apparent_affinity",
    "burst_displacement",
    "closing_constant",
    "competition",
    "competition_from_bp_increase",
    "effect_site_after",
    "effect_site_after_exponential",
    "effect_site_course",
    "endogenous_occupancy_from_bp_increase",
    "free_fraction",
    "functional_after",
    "functional_course",
    "functional_steady_state",
    "functional_washout",
    "ic50_from_ki",
    "inactivation_rate",
    "inverse_occupancy",
    "ki_from_ic50",
    "occupancy",
    "occupancy_after",
    "occupancy_against_endogenous",
    "occupancy_course",
    "occupancy_in_vivo",
    "operational_effect",
    "operational_effect_of_pair",
    "pet_occupancy",
    "pet_occupancy_from_bp",
    "rebound_rates",
    "receptor_total_after",
    "receptor_total_steady_state",
    "recovery_time",
    "relaxation_rate",
    "remove_endogenous",
    "scaled_concentration_from_pet",
    "ternary_complex",
    "true_occupancy_from_pet",
]

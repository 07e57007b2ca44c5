"""Clearance relative to a normal metaboliser without co-medication: the closed form."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.person.error import PersonError

#: Least clearance the closed form returns. No drug depends on one enzyme alone; without a floor
#: a share of exactly one and an absent enzyme would mean that the drug never leaves.
FLOOR: Final = 0.01


def relative_clearance(
    CR: Mapping[str, ArrayLike],
    activity: Mapping[str, ArrayLike] | None = None,
    inhibition: Mapping[str, ArrayLike] | None = None,
    induction: Mapping[str, ArrayLike] | None = None,
) -> NDArray[np.float64]:
    """Clearance with genes, inhibitors and inducers over that without.

        CLrel = sum_j CR_j f_j (1 - IR_j) (1 + IC_j) + (1 - sum_j CR_j)

    The exposure ratio is 1 / CLrel. Where the shares of one draw add to more than one they are
    scaled to one, so that their proportions stay; the result is never below `FLOOR`.

    Args:
        CR: share of clearance by each enzyme, in [0, 1].
        activity: f, the enzyme's activity relative to normal, >= 0; 1 where left out.
        inhibition: IR, the share of the activity that is inhibited, in [0, 1]; 0 where left out.
        induction: IC, the relative rise of activity, >= 0; 0 where left out.

    Returns:
        Array of the broadcast shape of all arguments.

    Raises:
        PersonError: a value outside its range, or not finite, naming the enzyme.

    Source: Ohno, Hisaka and Suzuki, Clin Pharmacokinet 2007;46:681; Tod et al., AAPS J 2014.
    """
    f, IR, IC = activity or {}, inhibition or {}, induction or {}
    if not CR:
        return np.asarray(1.0)
    shares = {name: _checked("CR", name, value, 1.0) for name, value in CR.items()}
    scale = np.maximum(sum(shares.values()), 1.0)
    kept = np.asarray(1.0)
    for name, share in shares.items():
        part = share / scale
        rate = (
            _checked("activity", name, f.get(name, 1.0), np.inf)
            * (1.0 - _checked("IR", name, IR.get(name, 0.0), 1.0))
            * (1.0 + _checked("IC", name, IC.get(name, 0.0), np.inf))
        )
        kept = kept + part * (rate - 1.0)
    return np.maximum(kept, FLOOR)


def _checked(what: str, enzyme: str, value: ArrayLike, highest: float) -> NDArray[np.float64]:
    array = np.asarray(value, dtype=np.float64)
    if not np.all(np.isfinite(array)) or np.any(array < 0.0) or np.any(array > highest):
        allowed = "0 or more" if np.isinf(highest) else f"between 0 and {highest:g}"
        raise PersonError(f"{what} of {enzyme} is {array}; it must be finite and {allowed}")
    return array

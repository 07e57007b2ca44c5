"""Equal steps of dose are unequal steps of occupancy: two ways down from 20 mg of citalopram.

It compares, it does not advise: which steps suit a person is decided with the prescriber.
"""

import sys
from itertools import pairwise

import occupancy

STEPS = {
    "equal steps of dose": (20.0, 15.0, 10.0, 5.0, 0.0),
    "halving": (20.0, 10.0, 5.0, 2.5, 0.0),
}


def main() -> None:
    """Print the fall of occupancy at each step, with its 90 % band."""
    for name, doses in STEPS.items():
        curve = occupancy.curve("citalopram", "SERT", doses_mg=doses, draws=400)
        sys.stdout.write(f"{name}\n")
        for before, after in pairwise(doses):
            drop = curve.occupancy.sel(dose=before) - curve.occupancy.sel(dose=after)
            low, middle, high = (100 * drop.quantile([0.05, 0.5, 0.95])).values
            sys.stdout.write(
                f"  {before:4g} -> {after:4g} mg: "
                f"{middle:4.0f} points of occupancy ({low:.0f} to {high:.0f})\n"
            )


if __name__ == "__main__":
    main()

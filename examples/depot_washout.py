"""After the last injection of haloperidol decanoate: how long D2 receptors stay occupied."""

import sys

import numpy as np

import occupancy

REGIMEN = "haloperidol decanoate 100 mg every 4 weeks im at steady state for 4 weeks then stop"
LEVELS = (0.65, 0.5, 0.25)


def main() -> None:
    """Print when occupancy falls below each level, median and 90 % of people."""
    course = occupancy.simulate(REGIMEN, days=364, draws=200)
    weeks = course.time.values / 168
    occupied = course.occupancy.sel(target="D2").values
    for level in LEVELS:
        above = occupied >= level
        last = np.where(above.any(axis=1), weeks[above.shape[1] - 1 - above[:, ::-1].argmax(1)], 0)
        low, middle, high = np.quantile(last, [0.05, 0.5, 0.95])
        sys.stdout.write(f"below {level:.0%} after {middle:.0f} weeks ({low:.0f} to {high:.0f})\n")


if __name__ == "__main__":
    main()

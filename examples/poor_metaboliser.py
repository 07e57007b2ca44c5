"""One dose of citalopram in four people: what a gene and an inhibitor do, alone and together.

The exposure ratios of a poor metaboliser and of omeprazole must not be multiplied: the inhibitor
finds nothing to inhibit where the gene has left no enzyme.
"""

import sys

import occupancy

REGIMEN = "citalopram 20 mg daily for 42 days"


def main() -> None:
    """Print concentration and SERT occupancy of the four."""
    people = {
        "normal": occupancy.Person(age_y=71, cyp2c19="NM"),
        "normal, omeprazole": occupancy.Person(
            age_y=71, cyp2c19="NM", comedication=("omeprazole",)
        ),
        "poor": occupancy.Person(age_y=71, cyp2c19="PM"),
        "poor, omeprazole": occupancy.Person(age_y=71, cyp2c19="PM", comedication=("omeprazole",)),
    }
    for name, person in people.items():
        course = occupancy.simulate(REGIMEN, person=person, draws=200)
        at_end = course.concentration.sel(analyte="S-citalopram").isel(time=-1).median()
        low, middle, high = course.average.sel(target="SERT").quantile([0.05, 0.5, 0.95], "draw")
        sys.stdout.write(
            f"{name:20} S-citalopram {float(at_end):5.1f} ng/mL   "
            f"SERT {float(middle):.0%} ({float(low):.0%} to {float(high):.0%})\n"
        )


if __name__ == "__main__":
    main()

"""What a product can be: fields that go together, ranges, and what must stay whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, get_args

from occupancy.evidence.productrecord import CAPSULES, DIVISIBLE, SLOW, DoseForm

if TYPE_CHECKING:
    from occupancy.taper.marketed import MarketedProduct

#: Smallest strength, concentration or volume that is read.
SMALLEST: Final = 1e-4
MOST_BEADS: Final = 2000


def wrong_fields(one: MarketedProduct) -> Iterator[tuple[str, str]]:
    """Fields that do not go with the others, each with what is wrong and what to write."""
    if one.form not in get_args(DoseForm):
        yield "form", f"{one.form!r} is no form; there are {', '.join(get_args(DoseForm))}."
    if one.liquid and one.mg_per_mL is None:
        yield "mg_per_mL", f"A {one.form} has a concentration: write 2 mg/mL or 10 mg/5 mL."
    if one.liquid and one.strength_mg is not None:
        yield "strength_mg", f"A {one.form} has mg/mL, not mg alone."
    if not one.liquid and one.mg_per_mL is not None:
        yield "mg_per_mL", f"A {one.form} has a strength in mg, not mg/mL."
    if not one.liquid and one.strength_mg is None:
        yield "strength_mg", f"A {one.form} has a strength: write 10 mg."
    for field in (
        "strength_mg",
        "mg_per_mL",
        "drops_per_mL",
        "step_mL",
        "equivalence",
        "weight_mg",
        "scale_mg",
    ):
        value = getattr(one, field)
        if value is not None and not SMALLEST <= value < 1e6:
            yield field, f"{value:g} is out of range: it lies from {SMALLEST:g} to a million."
    if one.form == "drops" and one.drops_per_mL is None:
        yield "drops_per_mL", "Drops need their number in a mL: write 20 drops/mL."
    if one.form != "drops" and one.drops_per_mL is not None:
        yield "drops_per_mL", f"Only drops are counted, a {one.form} is not: write drops."
    if one.parts != "whole":
        yield from _undivided(one)
    if one.scored is not None and one.form not in DIVISIBLE:
        yield "scored", f"Only a plain or dispersible tablet is scored, not a {one.form}."
    if one.beads is not None and one.form not in CAPSULES:
        yield "beads", f"Only a capsule holds beads to count, not a {one.form}."
    if one.beads is not None and not 2 <= one.beads <= MOST_BEADS:
        yield "beads", f"{one.beads} beads: 2 to {MOST_BEADS} of a capsule can be counted."
    if (one.weight_mg, one.scale_mg) != (None, None):
        yield from _unweighed(one)
    measured = one.liquid and one.form != "drops"
    if one.step_mL is not None and not measured:
        yield "step_mL", f"A {one.form} is not measured in mL; leave the volume out."
    if one.diluted is not None:
        if not measured:
            yield "diluted", f"A {one.form} is not diluted in mL; leave that out."
        if not SMALLEST <= one.diluted[0] < one.diluted[1] < 1e6:
            yield "diluted", "A dilution goes into a larger volume: write 1 mL in 10 mL."
    if any(not 0 < size < 1e6 for size in one.pack):
        yield "pack", "A pack holds more than 0 and less than a million units."


def _undivided(one: MarketedProduct) -> Iterator[tuple[str, str]]:
    if one.form in SLOW:
        how = "slowly" if one.form.startswith("XR") else "only past the stomach"
        why = one.why or f"whole, it releases the drug {how}; cut, it no longer does"
        yield (
            "parts",
            f"{one.kind} {one.size} must not be divided: {why}. Write it without {one.parts}.",
        )
    elif one.form not in DIVISIBLE:
        yield "parts", f"{one.kind} {one.size} is not divided: only plain tablets are."
    elif "split" in one.must_not:
        yield "parts", f"{one.kind} {one.size} must not be divided: {one.why}."


def _unweighed(one: MarketedProduct) -> Iterator[tuple[str, str]]:
    if one.weight_mg is None:
        yield "scale_mg", "A scale needs what it divides: write weighs 120 mg beside scale 1 mg."
    elif one.scale_mg is None:
        yield "weight_mg", "Say how finely the scale reads: write scale 1 mg beside the weight."
    elif one.form not in DIVISIBLE | CAPSULES:
        yield "weight_mg", f"Parts of {one.kind} {one.size} are not weighed: it stays whole."
    elif "crush" in one.must_not and one.form not in CAPSULES:
        yield "weight_mg", f"{one.kind} {one.size} must not be crushed: {one.why}."
    elif one.parts != "whole" or one.beads is not None:
        yield "weight_mg", "Either weigh it, or divide it, or count its beads: write one of them."
    elif one.scale_mg * 2 > one.weight_mg:
        yield "scale_mg", "The scale is too coarse for the weight: it reads half of it or more."

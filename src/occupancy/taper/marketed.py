"""A product as it is sold or as a person has it at hand, and what a product can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final, get_args

from occupancy.evidence import reference
from occupancy.evidence.productrecord import (
    CAPSULES,
    DIVISIBLE,
    LIQUIDS,
    SLOW,
    Act,
    DoseForm,
    Parts,
)
from occupancy.taper.producterror import WrongField
from occupancy.taper.recipe import PieceUnit

#: Most decimals a strength is read with: 10 mg/3 mL is taken as that fraction.
_FINEST: Final = 10**6
#: Smallest strength, concentration or volume that is read.
SMALLEST: Final = 1e-4
MOST_BEADS: Final = 2000


def exact(number: float) -> Fraction:
    """The number as it is written, not as it is stored: 0.1 is one tenth."""
    return Fraction(repr(float(number))).limit_denominator(_FINEST)


def written(number: float) -> str:
    """The number as a person writes it: 10, 0.35, 12.5."""
    text = f"{Decimal(repr(float(number))):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class MarketedProduct:
    """One strength of one form, and what may be done with it.

    Attributes:
        form: what it is.
        strength_mg: of one tablet, capsule or sachet; None for a liquid.
        mg_per_mL: of a liquid; None otherwise.
        drops_per_mL: of drops.
        parts: how far a tablet may be divided.
        beads: in a capsule that is opened and counted; None leaves it closed.
        weight_mg: what a tablet, or the content of a capsule, weighs when parts of it are weighed.
        scale_mg: how finely the scale reads that weighs them.
        step_mL: the volume that is measured in multiples of, as its owner says; None: the marks
            of the syringes on record.
        diluted: mL of the liquid and the mL that they are made up to, fresh every day.
        equivalence: milligrams of the usual form that one labelled milligram stands for.
        pack: units or mL of the packs it comes in; empty when not known.
        drug: its name; empty when the plan's drug is meant.
        drug_form: the form of the drug's record that has its kinetics; empty for the usual one.
        scored: None when not known.
        must_not: what must not be done with it, and `why`.
        dilute: whether it is mixed into a drink before it is taken.
        supply, market, as_of, cite, status, note: where it is on record; empty for a person's own
            product that is not.

    Raises:
        WrongField: naming the field that does not go with the others.
    """

    form: DoseForm
    strength_mg: float | None = None
    mg_per_mL: float | None = None
    drops_per_mL: float | None = None
    parts: Parts = "whole"
    beads: int | None = None
    weight_mg: float | None = None
    scale_mg: float | None = None
    step_mL: float | None = None
    diluted: tuple[float, float] | None = None
    equivalence: float = 1.0
    pack: tuple[float, ...] = ()
    drug: str = ""
    drug_form: str = ""
    scored: bool | None = None
    must_not: tuple[Act, ...] = ()
    why: str = ""
    dilute: bool = False
    supply: str = ""
    market: str = ""
    as_of: str = ""
    cite: str = ""
    status: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse a product that cannot be."""
        for field, problem in _wrong_fields(self):
            raise WrongField(field, problem)

    @property
    def liquid(self) -> bool:
        """Whether it is measured by volume or by drops."""
        return self.form in LIQUIDS

    @property
    def slow(self) -> bool:
        """Whether it releases the drug slowly, or past the stomach."""
        return self.form in SLOW

    @property
    def opened(self) -> bool:
        """Whether it is a capsule whose content is counted or weighed."""
        return self.form in CAPSULES and (self.beads is not None or self.weight_mg is not None)

    @property
    def unit(self) -> PieceUnit:
        """What is counted of it."""
        if self.form == "drops":
            return "drop"
        if self.liquid:
            return "mL"
        if self.form == "tapering strip":
            return "sachet"
        return "capsule" if self.form in CAPSULES or self.form == "compounded" else "tablet"

    @property
    def kind(self) -> str:
        """The form in its maker's word: "XL tablet" where the record has one."""
        own = self.drug_form.endswith((" tablet", " capsule")) and self.form in SLOW
        return self.drug_form if own else self.form

    @property
    def size(self) -> str:
        """Strength or concentration: "10 mg", "2 mg/mL"."""
        if self.mg_per_mL is not None:
            return f"{written(self.mg_per_mL)} mg/mL"
        assert self.strength_mg is not None
        return f"{written(self.strength_mg)} mg"

    @property
    def stock(self) -> str:
        """What is bought: "citalopram tablet 10 mg"."""
        return " ".join(part for part in (self.drug, self.kind, self.size) if part)

    @property
    def name(self) -> str:
        """What it is called among those at hand; a dilution is a product of its own."""
        if self.diluted is None:
            return self.stock
        part, whole = self.diluted
        return f"{self.stock}, {written(part)} mL in {written(whole)} mL"

    @property
    def phrase(self) -> str:
        """The words that `product` reads back as this."""
        words = [self.name]
        if self.parts != "whole":
            words.append(self.parts)
        if self.scored is not None:
            words.append("scored" if self.scored else "unscored")
        if self.beads is not None:
            words.append(f"{self.beads} beads")
        if self.weight_mg is not None and self.scale_mg is not None:
            words += [f"weighs {written(self.weight_mg)} mg", f"scale {written(self.scale_mg)} mg"]
        if self.drops_per_mL is not None:
            words.append(f"{written(self.drops_per_mL)} drops/mL")
        if self.step_mL is not None:
            words.append(f"{written(self.step_mL)} mL")
        if self.equivalence != 1.0:
            words.append(f"counts {written(self.equivalence)}")
        words += [f"pack {written(one)}" for one in self.pack]
        return ", ".join(words)

    @cached_property
    def mg_per_unit(self) -> Fraction:
        """Milligrams of the dose in one tablet, capsule, sachet, drop or mL, exactly."""
        if self.mg_per_mL is None:
            assert self.strength_mg is not None
            amount = exact(self.strength_mg)
        else:
            amount = exact(self.mg_per_mL)
            if self.drops_per_mL is not None:
                amount /= exact(self.drops_per_mL)
            if self.diluted is not None:
                amount *= exact(self.diluted[0]) / exact(self.diluted[1])
        return amount * exact(self.equivalence)

    @property
    def source(self) -> str:
        """Where and when it is on record; empty for a person's own product that is not."""
        if not self.cite:
            return ""
        return f"{self.stock} ({self.market}, {self.as_of}): {reference(self.cite).text()}"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What whoever makes a dose of it must know."""
        said: list[str] = []
        if self.opened and "open" in self.must_not:
            said.append(f"{self.stock} is not meant to be opened: {self.why}. Ask a pharmacist.")
        if self.beads is not None:
            said.append(
                f"{self.stock}: beads of one capsule differ in content, and makers differ in "
                "their number; count a capsule of the pack at hand. Never crush the beads."
            )
        if self.weight_mg is not None:
            said.append(
                f"{self.stock}: weights are of the whole content, {written(self.weight_mg)} mg, "
                f"not of the drug in it; weigh one of the pack at hand."
            )
        if self.dilute:
            said.append(f"{self.stock} is mixed into a drink, as its leaflet says, and then taken.")
        if self.equivalence != 1.0:
            said.append(
                f"{self.stock}: 1 mg as labelled counts as {written(self.equivalence)} mg of the "
                "usual form; doses here are of the usual form."
            )
        if self.supply in ("discontinued", "special order"):
            said.append(f"{self.stock} is on record as {self.supply} ({self.market}).")
        return tuple(said)


def _wrong_fields(one: MarketedProduct) -> Iterator[tuple[str, str]]:
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

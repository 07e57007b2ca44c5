"""A product in a phrase: "tablet 10 mg, halves", "solution 2 mg/mL, 0.1 mL"."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import Any, Final, TypeAlias

from occupancy.evidence import UnknownDrugError, drug_names, drug_record
from occupancy.taper.device import check_step
from occupancy.taper.marketed import MarketedProduct
from occupancy.taper.onrecord import on_record
from occupancy.taper.producterror import ProductError, WrongField
from occupancy.taper.productwords import (
    CLAUSE_WORDS,
    CLAUSES,
    EXAMPLES,
    FORMS,
    MILLIGRAMS,
    ML,
    NUMBER,
    SIZE,
    form_of,
)

_Span: TypeAlias = tuple[int, int]
#: Where a wrong field stands when the phrase does not say it.
_INSTEAD: Final = {"mg_per_mL": "strength_mg", "strength_mg": "mg_per_mL"}


def product(phrase: str, *, drug: str = "", market: str = "") -> MarketedProduct:
    """The product that a phrase names.

    Drug (may be left out), form and strength come first, in any order; then, after commas, how it
    is divided or measured. What is on record of the same form and strength is taken over: its
    equivalence, whether it is scored, what must not be done with it, its source; that of
    `market` first. The phrase's own words about parts, drops, packs and factors win.

    Args:
        phrase: "citalopram tablet 10 mg, halves", "solution 10 mg/5 mL, 0.1 mL".
        drug: the plan's; a product of another is refused.
        market: where it was bought, as far as known.

    Raises:
        ProductError: pointing at the word that is wrong, and saying what to write.
    """
    text = phrase
    if comma := re.search(r"[0-9],[0-9]", text):
        raise ProductError(
            "A comma inside a number could mean two things.",
            ("a point for decimals, as in 2.5 mg", "1000 mg without a mark", "a space after it"),
            text,
            comma.start(),
            comma.end(),
        )
    spans = [(m.start(), m.end()) for m in re.finditer(r"[^,;]+", text) if m.group().strip()]
    if not spans:
        raise ProductError("No product named.", EXAMPLES, text, 0, len(text))
    fields: dict[str, Any] = {}
    at: dict[str, _Span] = {}
    owner, word = _head(text, *_trim(text, *spans[0]), fields, at)
    for start, end in spans[1:]:
        _clause(text, *_trim(text, start, end), fields, at)
    fields["drug"] = _drug(text, owner, drug)
    found = on_record(fields, word, market)
    try:
        if found is None:
            one = MarketedProduct(**fields)
        else:
            one = replace(found, **{"parts": "whole", **fields, "form": found.form})
        check_step(one)
    except WrongField as error:
        place = error.field if error.field in at else _INSTEAD.get(error.field, "form")
        start, end = at.get(place, at["form"])
        raise ProductError(error.problem, (), text, start, end) from error
    return one


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _head(
    text: str, start: int, end: int, fields: dict[str, Any], at: dict[str, _Span]
) -> tuple[_Span, str]:
    """Read form and strength; return where the drug's name stands and the word for the form."""
    sizes = list(SIZE.finditer(text, start, end))
    if not sizes:
        raise ProductError("No strength.", ("10 mg", "2 mg/mL", "10 mg/5 mL"), text, start, end)
    size, *more = sizes
    if text[start : size.start()].rstrip().endswith(("-", "−")):
        raise ProductError("A strength cannot be negative.", (), text, start, end)
    _size(text, size, fields, at)
    if more:
        raise ProductError(
            "A second number without a comma before it.",
            ("a comma, as in solution 2 mg/mL, 0.1 mL",),
            text,
            *more[0].span(),
        )
    # Form and drug stand before the strength ("tablet 10 mg") or around it ("10 mg tablet").
    word = re.compile(r"\S+")
    words = [*word.finditer(text, start, size.start()), *word.finditer(text, size.end(), end)]
    for i in range(len(words)):
        name = " ".join(one.group().casefold() for one in words[i:])
        form = form_of(name)
        if form is not None:
            fields["form"] = form
            at["form"] = (words[i].start(), words[-1].end())
            return (start, words[i - 1].end()) if i else (start, start), name
    place = words[-1].span() if words else size.span()
    near = difflib.get_close_matches(words[-1].group() if words else "", FORMS, 3, 0.6)
    raise ProductError(
        "No form: is it a tablet, a capsule, a solution?",
        tuple(near) or tuple(dict.fromkeys(FORMS.values())),
        text,
        *place,
    )


def _size(text: str, size: re.Match[str], fields: dict[str, Any], at: dict[str, _Span]) -> None:
    number, unit, volume = size["n"], (size["unit"] or "").casefold(), size["vol"]
    if unit not in MILLIGRAMS:
        what = f"{number} of what?" if unit not in ("ml", "l") else "A volume is no strength."
        raise ProductError(
            what, (f"{number} mg", f"{number} mg/mL for a liquid"), text, *size.span()
        )
    milligrams = _scaled(number, MILLIGRAMS[unit])
    if volume is None:
        fields["strength_mg"], at["strength_mg"] = milligrams, size.span()
        return
    if not re.fullmatch(ML, volume, re.IGNORECASE):
        raise ProductError(
            f"A concentration is per mL, not per {volume}.", ("2 mg/mL",), text, *size.span("vol")
        )
    per = float(size["per"] or 1)
    if per == 0:
        raise ProductError("A volume of 0 mL.", ("2 mg/mL",), text, *size.span())
    fields["mg_per_mL"], at["mg_per_mL"] = milligrams / per, size.span()


def _scaled(number: str, factor: float) -> float:
    """Milligrams of a number with a unit, without a rounding of its own."""
    return float(number) / 1000 if factor == 0.001 else float(number) * factor


def _clause(text: str, start: int, end: int, fields: dict[str, Any], at: dict[str, _Span]) -> None:
    words = re.sub(r"\s+", " ", text[start:end])
    for field, pattern in CLAUSES:
        match = pattern.fullmatch(words)
        if match is None:
            continue
        if field in fields and field != "pack":
            raise ProductError("Said twice.", (), text, start, end)
        at[field] = (start, end)
        if field == "parts":
            word = match["parts"].casefold()
            fields[field] = {"w": "whole", "h": "halves", "q": "quarters"}[word[0]]
        elif field == "scored":
            fields[field] = match["un"] is None
        elif field in ("weight_mg", "scale_mg"):
            unit = match["unit"].casefold()
            if unit not in MILLIGRAMS:
                raise ProductError(
                    f"{match['n']} of what?", (f"{match['n']} mg",), text, start, end
                )
            fields[field] = _scaled(match["n"], MILLIGRAMS[unit])
        elif field == "beads":
            fields[field] = int(match["a"] or match["b"])
        elif field == "diluted":
            fields[field] = (float(match["n"]), float(match["m"]))
        elif field == "pack":
            fields[field] = (*fields.get(field, ()), float(match["n"]))
        else:
            fields[field] = float(match["n"])
        return
    if re.fullmatch(NUMBER, words):
        raise ProductError(
            f"{words} of what?", (f"{words} mL", "20 drops/mL", "250 beads"),
            text, start, end,
        )  # fmt: skip
    raise ProductError(f"'{words}' is not understood.", CLAUSE_WORDS, text, start, end)


def _drug(text: str, span: _Span, drug: str) -> str:
    """The drug's name; the plan's when the phrase has none."""
    words = " ".join(text[slice(*span)].casefold().split())
    if not words:
        return drug
    if drug and drug in drug_names():
        record = drug_record(drug)
        known = {drug, *(one.casefold() for one in record.synonyms)}
        known.update(alias.casefold() for form in record.form for alias in form.aliases)
        if words in known:
            return drug
    elif words == drug.casefold():
        return drug
    other = words if words in drug_names() else _resolved(text, span, words)
    if drug and other != drug:
        raise ProductError(
            f"A product of {other}, but the plan is of {drug}.",
            (f"a product of {drug}", "the form alone, as in tablet 10 mg"),
            text,
            *span,
        )
    return other


def _resolved(text: str, span: _Span, words: str) -> str:
    # Imported here because names other than a drug's own need all records.
    from occupancy.drugs import resolve

    try:
        return resolve(words).record.name
    except UnknownDrugError as error:
        raise ProductError(
            f"'{words}' is neither a form nor a drug on record: {error}", (), text, *span
        ) from error

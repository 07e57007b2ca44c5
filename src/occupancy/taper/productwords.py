"""The words of a product's phrase: forms with their synonyms, units, and what follows a comma."""

from __future__ import annotations

import re
from typing import Final

from occupancy.evidence.productrecord import DoseForm

_SLOWLY: Final = (
    *("xr", "er", "sr", "mr", "cr", "la", "xl", "pr", "extended-release", "extended release"),
    *("prolonged-release", "prolonged release", "modified-release", "modified release"),
    *("sustained-release", "sustained release", "slow-release", "slow release"),
    *("controlled-release", "controlled release"),
)
_PAST_STOMACH: Final = (
    *("gr", "dr", "ec", "gastro-resistant", "gastro resistant", "enteric", "enteric-coated"),
    *("enteric coated", "delayed-release", "delayed release"),
)


def _released(words: tuple[str, ...], unit: str, form: DoseForm) -> dict[str, DoseForm]:
    return dict.fromkeys((f"{a} {b}" for w in words for a, b in ((w, unit), (unit, w))), form)


def _named(form: DoseForm, *words: str) -> dict[str, DoseForm]:
    return dict.fromkeys(words, form)


#: Singular words for a form; an s at the end is taken off before looking up.
FORMS: Final[dict[str, DoseForm]] = {
    **_named("tablet", "tablet", "tab", "pill", "film-coated tablet"),
    **_named("tablet", "ir tablet", "immediate-release tablet", "immediate release tablet"),
    **_named("orodispersible tablet", "orodispersible tablet", "orally disintegrating tablet"),
    **_named("orodispersible tablet", "odt", "wafer"),
    **_named("dispersible tablet", "dispersible tablet"),
    **_released(_SLOWLY, "tablet", "XR tablet"),
    **_released(_PAST_STOMACH, "tablet", "GR tablet"),
    **_named("capsule", "capsule", "cap"),
    **_released(_SLOWLY, "capsule", "XR capsule"),
    **_released(_PAST_STOMACH, "capsule", "GR capsule"),
    **_named("drops", "drops", "drop", "oral drop"),
    **_named("solution", "solution", "oral solution", "liquid", "oral liquid", "syrup"),
    **_named("suspension", "suspension", "oral suspension"),
    **_named("concentrate", "concentrate", "oral concentrate"),
    **_named("compounded", "compounded", "compounded capsule"),
    **_named("tapering strip", "tapering strip", "strip", "sachet"),
}
#: Words that leave open which form of the kind is meant.
LOOSE: Final = frozenset(
    (
        *("tablet", "tab", "pill", "capsule", "cap", "solution", "liquid", "suspension"),
        *("concentrate", "oral solution", "oral liquid", "oral suspension", "syrup"),
    )
)
EXAMPLES: Final = (
    '"tablet 10 mg, halves"',
    '"solution 2 mg/mL, 0.1 mL"',
    '"drops 40 mg/mL, 20 drops/mL"',
    '"capsule 30 mg, 250 beads"',
    '"strip 0.5 mg"',
    '"compounded 0.5 mg"',
)

MILLIGRAMS: Final = {
    **dict.fromkeys(("mg", "milligram", "milligrams"), 1.0),
    **dict.fromkeys(("g", "gram", "grams"), 1000.0),
    **dict.fromkeys(("mcg", "ug", "µg", "μg", "microgram", "micrograms"), 0.001),
}
NUMBER: Final = r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
ML: Final = r"(?:ml|mls|cc|millilit(?:re|er)s?)"
_UNIT: Final = r"[^\W\d_]+"
#: A number with its unit and, of a liquid, its volume.
SIZE: Final = re.compile(
    rf"(?<![\w.])(?P<n>{NUMBER})\s*(?P<unit>{_UNIT})?"
    rf"(?:\s*(?:/|per\b)\s*(?P<per>{NUMBER})?\s*(?P<vol>{_UNIT}))?",
    re.IGNORECASE,
)
#: What may follow a comma, by the field it sets.
CLAUSES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (field, re.compile(pattern, re.IGNORECASE))
    for field, pattern in (
        ("parts", r"(?:in(?:to)? )?(?P<parts>whole|hal(?:f|ves)|quarters?)"),
        ("scored", r"(?P<un>un)?scored"),
        ("drops_per_mL", rf"(?P<n>{NUMBER}) ?drops ?(?:/|per) ?{ML}"),
        ("beads", r"(?:beads (?P<a>[0-9]+)|(?P<b>[0-9]+) beads)"),
        ("diluted", rf"(?:diluted )?(?P<n>{NUMBER}) ?{ML} (?:in(?:to)?|made up to) "
                    rf"(?P<m>{NUMBER}) ?{ML}"),
        ("step_mL", rf"(?:in |to )?(?:steps of )?(?P<n>{NUMBER}) ?{ML}(?: steps)?"),
        ("equivalence", rf"counts (?:as )?(?P<n>{NUMBER})"),
        ("weight_mg", rf"weighs (?P<n>{NUMBER}) ?(?P<unit>{_UNIT})"),
        ("scale_mg", rf"scale (?:of )?(?P<n>{NUMBER}) ?(?P<unit>{_UNIT})"),
        ("pack", rf"packs? (?:of )?(?P<n>{NUMBER})"),
    )
)  # fmt: skip
CLAUSE_WORDS: Final = (
    "halves",
    "quarters",
    "scored",
    "0.1 mL (the volume it is measured in multiples of)",
    "1 mL in 10 mL (a dilution)",
    "20 drops/mL",
    "250 beads",
    "weighs 120 mg",
    "scale 1 mg",
    "pack 28",
)


def form_of(words: str) -> DoseForm | None:
    """The form that words name, singular or plural, in lower case."""
    return FORMS.get(words) or FORMS.get(words.removesuffix("s"))

"""The words of the grammar: units, times, routes and parts of the day, with their synonyms.

Every word is in lower case (`str.casefold`), without the dots of `b.d.` or `p.o.`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

PartOfDay = Literal["morning", "noon", "evening", "night"]
Route = Literal["oral", "sublingual", "im", "sc", "iv", "transdermal"]

MASS_IN_MG: dict[str, Decimal] = {
    **dict.fromkeys(("mg", "mgs", "milligram", "milligrams"), Decimal(1)),
    **dict.fromkeys(("g", "gram", "grams"), Decimal(1000)),
    **dict.fromkeys(
        ("microgram", "micrograms", "mcg", "ug", "\u03bcg"),  # casefold maps the micro sign to mu
        Decimal("0.001"),
    ),
    **dict.fromkeys(("ng", "nanogram", "nanograms"), Decimal("0.000001")),
}
MASS_NAMES = ("mg", "g", "microgram (mcg, ug)", "ng")

_VOLUME = "a volume"
_COUNT = "a number of units of the product"
_AMOUNT = "an amount of substance"
NOT_A_MASS: dict[str, str] = {
    **dict.fromkeys(
        ("ml", "mls", "l", "dl", "cl", "ul", "\u03bcl", "cc", "litre", "liter"), _VOLUME
    ),
    **dict.fromkeys(("millilitre", "milliliter", "millilitres", "milliliters"), _VOLUME),
    **dict.fromkeys(("tablet", "tablets", "tab", "tabs", "pill", "pills"), _COUNT),
    **dict.fromkeys(("capsule", "capsules", "cap", "caps", "patch", "patches"), _COUNT),
    **dict.fromkeys(("drop", "drops", "gtt", "puff", "puffs", "spray", "sprays"), _COUNT),
    **dict.fromkeys(("unit", "units", "iu", "u"), "a biological activity"),
    **dict.fromkeys(("mol", "mmol", "umol", "\u03bcmol", "nmol", "pmol"), _AMOUNT),
    **dict.fromkeys(("bq", "kbq", "mbq", "gbq", "mci", "ci"), "a radioactivity"),
}

TIME_IN_MIN: dict[str, int] = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 1),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 60),
    **dict.fromkeys(("d", "day", "days"), 1440),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 7 * 1440),
    **dict.fromkeys(("month", "months"), 30 * 1440),
    **dict.fromkeys(("year", "years"), 365 * 1440),
}
TIME_NAMES = ("minutes", "hours", "days", "weeks", "months (of 30 days)", "years (of 365 days)")

COUNT_WORDS: dict[str, int] = {
    word: n
    for n, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
} | {"a": 1, "an": 1}

TIMES_WORDS: dict[str, int] = {"once": 1, "twice": 2, "thrice": 3}

INTERVAL_MIN: dict[str, int] = {
    **dict.fromkeys(("daily", "once-daily", "qd", "od"), 1440),
    **dict.fromkeys(("bd", "bid", "twice-daily"), 720),
    **dict.fromkeys(("tds", "tid"), 480),
    **dict.fromkeys(("qds", "qid"), 360),
    **dict.fromkeys(("eod", "qod"), 2 * 1440),
    **dict.fromkeys(("weekly", "once-weekly"), 7 * 1440),
    "fortnightly": 14 * 1440,
    "monthly": 30 * 1440,
}

PART_WORDS: dict[str, PartOfDay] = {
    **dict.fromkeys(("morning", "mornings"), "morning"),
    **dict.fromkeys(("noon", "midday"), "noon"),
    **dict.fromkeys(("evening", "evenings"), "evening"),
    **dict.fromkeys(("night", "nights", "bedtime"), "night"),
}
DAILY_PART_WORDS: dict[str, PartOfDay] = {
    **dict.fromkeys(("mane", "qam"), "morning"),
    **dict.fromkeys(("nocte", "qhs", "hs", "nightly"), "night"),
    "qpm": "evening",
}

ROUTE_WORDS: dict[str, Route] = {
    **dict.fromkeys(("oral", "orally", "po"), "oral"),
    **dict.fromkeys(("sublingual", "sublingually", "sl"), "sublingual"),
    **dict.fromkeys(("im", "intramuscular", "intramuscularly"), "im"),
    **dict.fromkeys(("sc", "subcutaneous", "subcutaneously", "subcut"), "sc"),
    **dict.fromkeys(("iv", "intravenous", "intravenously"), "iv"),
    **dict.fromkeys(("transdermal", "transdermally"), "transdermal"),
}
ROUTES: tuple[Route, ...] = ("oral", "sublingual", "im", "sc", "iv", "transdermal")
INFUSED: tuple[Route, ...] = ("iv", "sc", "transdermal")

MISSED_WORDS = frozenset({"missed", "missing", "skipped", "skip"})
STOP_WORDS = frozenset({"stop", "stopped"})
NOTHING_WORDS = frozenset({"nothing", "none"})
EVERY_WORDS = frozenset({"every", "each"})
NEEDED_WORDS = frozenset({"needed", "required", "necessary"})

RESERVED: frozenset[str] = (
    frozenset({"for", "until", "over", "then", "at", "in", "on", "and", "every", "each"})
    | frozenset({"alternate", "late", "steady", "steady-state", "single", "prn", "per", "by"})
    | frozenset({"times", "dose", "doses"})
    | frozenset(unit for unit in (*MASS_IN_MG, *TIME_IN_MIN) if len(unit) > 1)  # vitamin D
    | PART_WORDS.keys()
    | MISSED_WORDS
    | STOP_WORDS
    | NOTHING_WORDS
    | INTERVAL_MIN.keys()
    | DAILY_PART_WORDS.keys()
    | TIMES_WORDS.keys()
    | ROUTE_WORDS.keys()
)

CLAUSES = (
    "how often (daily, twice daily, every 4 weeks, on alternate days, once)",
    "when (in the morning, at night, at 08:00)",
    "a route (" + ", ".join(ROUTES) + ")",
    "over 30 min",
    "for 28 days",
    "until day 30",
    "then",
    "missed days 3 and 9",
    "late doses by 7 days",
    "at steady state",
)


def nearest(word: str, *vocabularies: Iterable[str]) -> str:
    """Return `: did you mean 'daily'?` for the nearest known word, or an empty string."""
    known = [w for words in vocabularies for w in words]
    found = difflib.get_close_matches(word[:40].casefold(), known, n=1, cutoff=0.6)
    return f": did you mean '{found[0]}'?" if found else ""

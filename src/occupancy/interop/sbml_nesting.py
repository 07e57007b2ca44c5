"""Formulas that build on each other, so that they stay small where names are written out.

Simulators put the formula of an assigned quantity wherever its name stands. Quantities that use
each other several times then grow without bound: twelve steps of Newton's method, each using the
one before eight times, would be 8^12 formulas. What a function is given is worked out once,
so where a formula would grow too long its parts are handed from function to function instead:

    q = f1(x),  f1(x) = f2(part(x), x),  f2(part, x) = what q is of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

MOST_NAMES = 500
"""Names in a formula once everything is written out; longer ones are handed on by functions."""
HANDED_ON = 20
"""What a quantity that functions make counts for where it is named."""
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?!\w|\s*\()")


@dataclass(frozen=True)
class Function:
    """A function definition: its id, the names it takes, and its text."""

    id: str
    takes: tuple[str, ...]
    text: str


def names_in(text: str) -> Counter[str]:
    """How often every quantity is named in a formula."""
    return Counter(_NAME.findall(text))


def handed_on(
    parts: Mapping[str, str], wanted: Mapping[str, str], prefix: str
) -> tuple[list[Function], dict[str, str]]:
    """The same formulas, none longer than `MOST_NAMES` when written out, and their functions.

    `parts` maps quantities to their formulas, in the order they are needed, `wanted` those that
    use them. Where one part alone makes a formula long, that part is made by functions, and
    those who share it stay as they are. Ids of functions start with `prefix`; a function only
    calls those before it.
    """
    texts = {**parts, **wanted}
    made: set[str] = set()
    for name in wanted:
        if _size(name, texts, made) > MOST_NAMES:
            below = sorted(_below(name, texts, made), key=[*parts].index)
            fits = (one for one in below if _size(name, texts, {*made, one}) <= MOST_NAMES)
            made.add(next(fits, name))
    functions: list[Function] = []
    for name in (one for one in texts if one in made):
        new, texts[name] = _chain(name, texts, made, f"{prefix}{len(functions) + 1}")
        functions += new
    return functions, texts


def _size(name: str, texts: Mapping[str, str], made: Set[str]) -> int:
    """Names in a formula once everything but what is `made` by functions is written out."""
    sizes: dict[str, int] = {}

    def size(one: str) -> int:
        if one not in sizes:
            inside = names_in(texts[one]) if one in texts else Counter()
            known = HANDED_ON if one in made else 1
            sizes[one] = (
                known
                if one in made or not inside
                else sum(times * size(part) for part, times in inside.items())
            )
        return sizes[one]

    return size(name)


def _below(name: str, texts: Mapping[str, str], made: Set[str]) -> set[str]:
    """All parts that a formula is built of, what is `made` by functions left whole."""
    found: set[str] = set()
    left = [name]
    while left:
        new = {part for part in names_in(texts[left.pop()]) if part in texts}
        left += new - found - made
        found |= new - made
    return found


def _chain(
    name: str, texts: Mapping[str, str], made: Set[str], prefix: str
) -> tuple[list[Function], str]:
    """One formula through functions of its parts, and what is left of it to write."""
    level: dict[str, int] = {}

    def depth(one: str) -> int:
        """How many parts stand below it."""
        if one not in level:
            below = [part for part in names_in(texts[one]) if part in texts and part not in made]
            level[one] = 1 + max(map(depth, below), default=0)
        return level[one]

    last = depth(name)
    functions: list[Function] = []
    text = texts[name]
    for at in range(last - 1, -1, -1):  # the outermost names everything once
        takes = tuple(sorted(names_in(text)))
        functions.append(Function(f"{prefix}_{last - at}", takes, text))
        given = [texts[one] if level.get(one) == at else one for one in takes]
        text = f"{functions[-1].id}({', '.join(given)})"
    return functions, text

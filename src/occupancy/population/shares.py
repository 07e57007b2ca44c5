"""Shares of a population: ancestries, sexes, smokers, phenotypes; recorded or given, checked."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from occupancy.evidence import Figure, genes, populations
from occupancy.population.error import PopulationError

Shares = tuple[tuple[str, float], ...]

#: How far given shares may lie from one, and recorded ones, which leave rare phenotypes out.
GIVEN_TOLERANCE: Final = 1e-6
RECORDED: Final = (0.9, 1.01)


def checked_share(name: str, value: float) -> float:
    """`value` as a share of people.

    Raises:
        PopulationError: not a number between 0 and 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise PopulationError(f"{name} = {value} is not allowed; give a share between 0 and 1")
    return float(value)


def checked_shares(what: str, given: Iterable[tuple[str, float]]) -> Shares:
    """Shares by name that add to one.

    Raises:
        PopulationError: a share outside 0 to 1 or not finite, or a sum that is not one.
    """
    found = tuple((name, checked_share(f"share of {name} in {what}", v)) for name, v in given)
    total = math.fsum(value for _, value in found)
    if abs(total - 1.0) > GIVEN_TOLERANCE:
        listed = ", ".join(f"{name} {value:g}" for name, value in found)
        raise PopulationError(f"{what}: {listed} add to {total:g}; shares must add to 1")
    return found


def ancestry_shares(given: str | Mapping[str, float] | Shares | None) -> Shares:
    """Populations of the evidence with their shares; empty when nothing was said.

    A word that stands for one population only, such as "white", is understood too.

    Raises:
        PopulationError: an unknown word, one that several populations share, or shares that do
            not add to one.
    """
    if given is None or given == ():
        return ()
    if isinstance(given, str):
        return ((_ancestry(given), 1.0),)
    pairs = given.items() if isinstance(given, Mapping) else given
    named = [(_ancestry(name), share) for name, share in pairs]
    if len({name for name, _ in named}) < len(named):
        raise PopulationError("ancestry: one population stands twice; add its shares")
    return checked_shares("ancestry", named)


def _ancestry(word: str) -> str:
    wanted = word.strip().lower()
    known = [one for one in populations().population if one.frequency]
    if any(one.name == wanted for one in known):
        return wanted
    meant = [one.name for one in known if wanted in one.synonyms]
    if len(meant) == 1:
        return meant[0]
    names = ", ".join(one.name for one in known)
    if meant:
        raise PopulationError(f"ancestry {word!r} could be {' or '.join(meant)}; name one")
    raise PopulationError(f"ancestry {word!r} has no frequencies on record; there are: {names}")


def gene_shares(
    given: Mapping[str, Mapping[str, float]] | Iterable[tuple[str, Shares]],
) -> tuple[tuple[str, Shares], ...]:
    """Frequencies of phenotypes by gene, as given for everybody.

    Raises:
        PopulationError: a gene or a phenotype that does not act, or impossible frequencies.
    """
    found: list[tuple[str, Shares]] = []
    acting = {one.name: one for one in genes().gene if one.acts}
    for name, shares in dict(given).items():
        gene = acting.get(name.upper())
        if gene is None:
            raise PopulationError(f"gene {name!r} does not act; genes that do: {', '.join(acting)}")
        pairs = tuple(shares.items()) if isinstance(shares, Mapping) else shares
        for code, _ in pairs:
            if code not in gene.activity:
                raise PopulationError(
                    f"{gene.name} has no phenotype {code!r}; use {', '.join(gene.activity)}"
                )
        found.append((gene.name, checked_shares(f"frequency of {gene.name}", pairs)))
    return tuple(found)


def recorded_shares(ancestry: str) -> dict[str, Shares]:
    """Frequencies of phenotypes by gene on record for an ancestry, scaled to add to one.

    Raises:
        PopulationError: a record whose frequencies are impossible.
    """
    found: dict[str, Shares] = {}
    for gene, refs in _population_frequency(ancestry).items():
        shares = [(code, _value(population_figure(ref))) for code, ref in refs.items()]
        total = math.fsum(value for _, value in shares)
        if not RECORDED[0] <= total <= RECORDED[1] or min(value for _, value in shares) < 0:
            raise PopulationError(
                f"recorded frequencies of {gene} in {ancestry} add to {total:g}, which is "
                "impossible; correct the record or give `frequency`"
            )
        found[gene] = tuple((code, value / total) for code, value in shares)
    return found


def recorded_share(what: str) -> float:
    """The recorded share of people called `what`: female or smoker."""
    return _value(population_figure(populations().share[what]))


def frequency_figures(ancestry: str, without: Iterable[str] = ()) -> tuple[str, ...]:
    """Ids of the figures behind `recorded_shares`, but for the genes in `without`."""
    return tuple(
        ref
        for gene, refs in _population_frequency(ancestry).items()
        if gene not in set(without)
        for ref in refs.values()
    )


def population_figure(ref: str) -> Figure:
    """The figure of the populations called `ref`."""
    return next(one for one in populations().figure if one.id == ref)


def _population_frequency(ancestry: str) -> Mapping[str, Mapping[str, str]]:
    return next(one.frequency for one in populations().population if one.name == ancestry)


def _value(figure: Figure) -> float:
    return figure.canonical(figure.central)

"""The records that are not drugs: complete, cited, and in agreement with themselves."""

import re

import pytest

from occupancy.evidence import genes, interactions, loader, populations, priors, targets
from occupancy.evidence.audit import audit_tables
from occupancy.evidence.figure import Figure
from occupancy.evidence.vocabulary import VOCABULARY

TABLES = (targets, genes, interactions, populations, priors)


def figures(name: str) -> dict[str, Figure]:
    table = {one.__name__: one for one in TABLES}[name]()
    return {one.id: one for one in table.figure}


def test_audit_finds_nothing() -> None:
    assert [str(one) for one in audit_tables()] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.__name__)
def test_figure_ids_stand_once_and_links_resolve(table) -> None:
    ids = [one.id for one in table().figure]
    assert len(ids) == len(set(ids))
    for one in table().figure:
        assert set(one.disputes) | set(one.paired_with) <= set(ids)


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.__name__)
def test_every_derived_figure_shows_its_arithmetic_or_says_judgement(table) -> None:
    for one in table().figure:
        if one.status == "derived":
            assert len(one.note) > 20, one.id


def test_effects_stand_where_they_belong() -> None:
    known = figures("interactions")
    for one in interactions().perpetrator:
        figure = known[one.effect]
        assert figure.quantity == ("IR" if one.kind == "inhibitor" else "IC")
        assert figure.distribution is not None, one.effect
        assert one.name == one.name.lower()
    for probe in interactions().probe:
        assert known[probe.CR].quantity == "CR"
    for seen in interactions().observed:
        assert known[seen.figure].quantity == "AUC ratio"


def test_one_effect_for_each_pair_and_one_meaning_for_each_name() -> None:
    pairs = [(one.name, one.enzyme) for one in interactions().perpetrator]
    assert len(pairs) == len(set(pairs))
    meaning: dict[str, str] = {}
    for one in (*interactions().perpetrator, *interactions().neutral):
        for word in (one.name, *one.synonyms):
            assert meaning.setdefault(word, one.name) == one.name


def test_derived_inhibition_needs_the_observed_ratio() -> None:
    """No recorded IR contradicts the least that its strongest pair with a known share demands."""
    known = figures("interactions")
    share = {(one.victim, one.enzyme): known[one.CR] for one in interactions().probe}
    for one in interactions().perpetrator:
        effect = known[one.effect]
        if one.kind != "inhibitor":
            continue
        lows: list[float] = []
        highs: list[float] = []
        for seen in interactions().observed:
            cr = share.get((seen.victim, seen.enzyme))
            if seen.perpetrator != one.name or seen.enzyme != one.enzyme or cr is None:
                continue
            ratio = known[seen.figure].central
            lows.append((ratio - 1) / ratio)
            highs.append((ratio - 1) / (ratio * (cr.low or cr.central)))
        if lows:
            assert effect.high is not None
            assert effect.low is not None
            assert effect.high >= min(lows), one.effect
            assert effect.low <= max(highs), one.effect


def test_every_pair_of_functions_has_one_phenotype() -> None:
    gene = next(one for one in genes().gene if one.name == "CYP2C19")
    functions = {one.function for one in gene.allele}
    pairs = [frozenset((one.first, one.second)) for one in gene.pair]
    assert len(pairs) == len(set(pairs)) == len(functions) * (len(functions) + 1) // 2


def test_every_activity_of_a_gene_is_an_activity() -> None:
    known = figures("genes")
    for gene in genes().gene:
        refs = [*gene.activity.values(), *(one.activity for one in gene.pair if one.activity)]
        for ref in refs:
            assert known[ref].quantity == "activity"
        for ref in gene.evidence:
            assert ref in known
        if gene.gene_dose:
            assert known[gene.gene_dose].quantity == "exponent"
        if gene.cite:
            loader.reference(gene.cite)


def test_windows_are_bands_and_say_they_do_not_predict() -> None:
    known = figures("targets")
    for target in targets().target:
        for window in target.window:
            assert known[window.low].central < known[window.high].central
            assert known[window.low].target == target.name
            assert window.note
    d2 = next(one for one in targets().target if one.name == "D2")
    assert "r = 0.4" in d2.note
    assert set(d2.window[0].not_for) == {"clozapine", "quetiapine", "partial agonist"}


def test_target_names_and_synonyms_are_unambiguous() -> None:
    words = [
        word.lower()
        for one in targets().target
        for word in dict.fromkeys((one.name, *one.synonyms))
    ]
    assert len(words) == len(set(words))


def test_frequencies_are_shares() -> None:
    known = figures("populations")
    for population in populations().population:
        for shares in population.frequency.values():
            total = sum(known[ref].canonical(known[ref].central) for ref in shares.values())
            assert 0.9 < total <= 1.001, population.name


def test_priors_cover_known_quantities_only() -> None:
    table = priors()
    for family in (table.uncertainty, table.between):
        assert set(family) - {"default"} <= set(VOCABULARY)
    assert "default" in table.uncertainty
    assert set(table.other.values()) <= {one.id for one in table.figure}


def test_prior_of_ki_follows_from_its_log10_spread() -> None:
    known = figures("priors")
    spread = known["Ki-anchor-log10-SD"].central
    cv = (10 ** (spread**2 * 2.302585092994046) - 1) ** 0.5
    assert known["uncertainty-Ki"].central == pytest.approx(cv, rel=0.01)


def test_nothing_in_the_tables_is_recalled() -> None:
    for table in TABLES:
        assert [one.id for one in table().figure if one.status == "recalled"] == []


def test_notes_are_plain() -> None:
    for table in TABLES:
        for one in table().figure:
            assert not re.search(r"https?://|\.csv", one.note)

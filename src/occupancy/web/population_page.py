"""The Population page: regimens in many virtual people, the same people in each."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from occupancy.web.answers import population
from occupancy.web.asked_page import AskedPage
from occupancy.web.questions import PopulationQuestion


def _figure(document: Any) -> Any:
    from occupancy.figures import population_figure

    return population_figure(document)


@cache
def ancestries() -> tuple[str, ...]:
    """Populations whose frequencies of genes are on record."""
    from occupancy.evidence import populations

    return tuple(one.name for one in populations().population if one.frequency)


PAGE: Final = AskedPage(
    name="population",
    question=PopulationQuestion,
    answer=population,
    figure=_figure,
    example={
        "regimens": "risperidone 2 mg daily for 14 days\nrisperidone 4 mg daily for 14 days",
        "people": "500",
        "ancestry": "european",
    },
    more=lambda: {"ancestries": [("", "not said"), *((one, one) for one in ancestries())]},
)
router = PAGE.router()

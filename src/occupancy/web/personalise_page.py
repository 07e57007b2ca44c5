"""The Personalise page: the person behind measured levels, and how sure that is."""

from __future__ import annotations

from typing import Any, Final

from occupancy.web.answers import personalise
from occupancy.web.asked_page import AskedPage
from occupancy.web.questions import PersonaliseQuestion


def _figure(document: Any) -> Any:
    from occupancy.figures import personal_figure

    return personal_figure(document)


PAGE: Final = AskedPage(
    name="personalise",
    question=PersonaliseQuestion,
    answer=personalise,
    figure=_figure,
    example={
        "regimen": "sertraline 100 mg daily for 30 days",
        "levels": "45 ng/mL at 14 h after dose\n38 ng/mL at trough",
    },
)
router = PAGE.router()

"""The evidence browser: every drug, every figure, who disagrees, and what is missing."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from occupancy.web import pages

router = APIRouter(prefix="/evidence")


@router.get("")
def drugs(request: Request) -> HTMLResponse:
    """All drugs; `q` keeps those whose name, class or target holds it."""
    from occupancy.course.catalogue import drugs_document

    wanted = request.query_params.get("q", "").strip()[:100]
    found = [
        one
        for one in drugs_document().drugs
        if wanted.lower()
        in " ".join([one.name, one.title, one.drug_class, *one.forms, *one.targets]).lower()
    ]
    return pages.of(request).show(request, "evidence.html", part=False, drugs=found, wanted=wanted)


@router.get("/{drug}")
def drug(request: Request, drug: str) -> HTMLResponse:
    """Every figure of one drug, its disputes and its gaps."""
    from occupancy.course.catalogue import evidence_document

    try:
        document = evidence_document(drug)
    except ValueError:
        raise HTTPException(404) from None
    groups: dict[str, list] = {}
    for one in document.figures:
        groups.setdefault(_group(one), []).append(one)
    return pages.of(request).show(
        request, "evidence_drug.html", part=False, document=document, groups=groups
    )


def _group(one: object) -> str:
    """Under which heading a figure stands."""
    if getattr(one, "target", None):
        return f"At {getattr(one, 'target')}"  # noqa: B009
    analyte = getattr(one, "analyte", None)
    return f"Of {analyte}" if analyte else "Other"

"""The JSON interface: every computation, the documents of the command line's `--json`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.openapi.utils import get_openapi

from occupancy.course.answer import Document
from occupancy.version import VERSION
from occupancy.web import (
    answers,
    circuit_answers,
    event_answers,
    meta_answers,
    pet_answers,
    record_answers,
    tapers,
)
from occupancy.web.event_answers import EventsQuestion
from occupancy.web.meta_answers import MOST_CHAINS, MOST_DRAWS, MOST_ROWS, MetaQuestion
from occupancy.web.mistakes import MistakesDocument, about
from occupancy.web.pet_questions import PetFitQuestion, PetOccupancyQuestion, PetPooledQuestion
from occupancy.web.questions import (
    CircuitQuestion,
    CompareQuestion,
    CourseQuestion,
    CurveQuestion,
    DrivenQuestion,
    PersonaliseQuestion,
    PopulationQuestion,
    ProfileQuestion,
    TaperQuestion,
    Words,
)

router = APIRouter(prefix="/api", tags=["computations"])

_REF: Final = "#/components/schemas/{model}"
_MISTAKES: Final = "mistakes"


def documented(name: str) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of an answer that is the document called `name`."""
    return {
        200: {
            "description": f"The document `{name}`.",
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        },
        422: {
            "description": "What is wrong, field by field.",
            "content": {
                "application/json": {"schema": {"$ref": f"#/components/schemas/{_MISTAKES}"}}
            },
        },
        **{
            status: {"description": text, "content": {"text/plain": {"schema": {"type": "string"}}}}
            for status, text in (
                (413, "A body that is too large."),
                (415, "A body that is not JSON."),
                (503, "A library that this needs is not installed; how to get it."),
            )
        },
    }


def as_json(document: Document, status: int = 200) -> Response:
    """A document as the answer, byte for byte what the command line prints."""
    return Response(document.to_json(), status, media_type="application/json")


@router.get("/curve", responses=documented("curve"), summary="Dose to occupancy")
def get_curve(asked: Annotated[CurveQuestion, Query()]) -> Response:
    """Occupancy of one target against dose at steady state, with band, points and sources."""
    return as_json(answers.curve(asked))


@router.post("/curve", responses=documented("curve"), summary="Dose to occupancy")
def post_curve(asked: CurveQuestion) -> Response:
    """Occupancy of one target against dose at steady state, with band, points and sources."""
    return as_json(answers.curve(asked))


@router.get("/course", responses=documented("course"), summary="A regimen over time")
def get_course(asked: Annotated[CourseQuestion, Query()]) -> Response:
    """Plasma, brain, occupancy and time in window of a regimen over time."""
    return as_json(answers.course(asked))


@router.post("/course", responses=documented("course"), summary="A regimen over time")
def post_course(asked: CourseQuestion) -> Response:
    """Plasma, brain, occupancy and time in window of a regimen over time."""
    return as_json(answers.course(asked))


@router.post("/course/events", responses=documented("course"), summary="Doses of an event table")
def post_events(asked: EventsQuestion) -> Response:
    """The doses of one subject of a NONMEM-style event table, `occupancy course --events`.

    Rows that cannot be read are named in the warnings of the answer; the others are followed.
    """
    return as_json(event_answers.course(asked))


@router.post("/course/circuits", responses=documented("course"), summary="What a course drives")
def post_driven(asked: DrivenQuestion) -> Response:
    """A regimen over time and the circuits driven by it, `occupancy course --circuit`.

    It takes seconds to a minute of a core and more than a gigabyte. So that one person cannot
    keep the server from all others, it is not there in team mode (status 403). Needs JAX: status
    503 says how to get it.
    """
    return as_json(circuit_answers.driven(asked))


@router.post("/compare", responses=documented("compare"), summary="Regimens side by side")
def post_compare(asked: CompareQuestion) -> Response:
    """Several regimens in the same person."""
    return as_json(answers.compare(asked))


@router.post("/taper", responses=documented("taper"), summary="A taper on products that exist")
def post_taper(asked: TaperQuestion) -> Response:
    """The plan whose largest fall of occupancy is smallest, its certificate, other methods."""
    return as_json(tapers.taper(asked))


@router.post("/population", responses=documented("population"), summary="Many virtual people")
def post_population(asked: PopulationQuestion) -> Response:
    """Regimens in the same virtual people: shares in the window, quantiles."""
    return as_json(answers.population(asked))


@router.post("/personalise", responses=documented("personalise"), summary="Measured levels")
def post_personalise(asked: PersonaliseQuestion) -> Response:
    """A person's kinetics and course from measured levels."""
    return as_json(answers.personalise(asked))


@router.post("/circuit", responses=documented("circuit"), summary="A circuit by itself")
def post_circuit(asked: CircuitQuestion) -> Response:
    """A circuit under constant inputs: its fixed point, or with days the way there."""
    return as_json(circuit_answers.circuit(asked))


@router.post("/profile", responses=documented("profile"), summary="Every receptor at once")
def post_profile(asked: ProfileQuestion) -> Response:
    """All receptors of a drug at a dose: measured in people, or anchored from affinities."""
    return as_json(circuit_answers.profile(asked))


@router.post("/pet/fit", responses=documented("pet-fit"), summary="Curves of scans to binding")
def post_pet_fit(asked: PetFitQuestion) -> Response:
    """A kinetic model fitted to every region of every scan."""
    return as_json(pet_answers.fit(asked))


@router.post("/pet/pooled", responses=documented("pet-fit"), summary="All scans fitted together")
def post_pet_pooled(asked: PetPooledQuestion) -> Response:
    """SRTM over all regions and people by sampling, `occupancy pet fit --hierarchical`.

    It takes seconds to minutes of every core. So that one person cannot keep the server from all
    others, it is not there in team mode (status 403). Needs JAX and NumPyro: status 503 says how
    to get them.
    """
    return as_json(pet_answers.pooled(asked))


@router.post(
    "/pet/occupancy", responses=documented("pet-occupancy"), summary="Occupancy between scans"
)
def post_pet_occupancy(asked: PetOccupancyQuestion) -> Response:
    """Occupancy of each scan on drug after a baseline, from curves or from results of fits."""
    return as_json(pet_answers.occupancy(asked))


@router.post(
    "/meta",
    responses=documented("meta"),
    summary="Curves from published occupancies",
    description="Emax and ED50 of every drug at every target, all studies together, by sampling: "
    f"at most {MOST_ROWS} rows, {MOST_CHAINS} chains and {MOST_DRAWS} draws of each, which takes "
    "seconds to minutes of every core. So that one person cannot keep the server from all others, "
    "it is not there in team mode (status 403). Needs JAX and NumPyro: status 503 says how to get "
    "them.",
)
def post_meta(asked: MetaQuestion) -> Response:
    """Curves estimated together from published occupancies."""
    return as_json(meta_answers.meta(asked))


@router.get("/drugs", responses=documented("drugs"), summary="Every drug")
def get_drugs() -> Response:
    """Drugs with their forms, targets and gaps."""
    from occupancy.course.catalogue import drugs_document

    return as_json(drugs_document())


@router.get("/evidence/{drug}", responses=documented("evidence"), summary="Figures of a drug")
def get_evidence(drug: Words) -> Response:
    """Every figure of a drug with its source and standing."""
    from occupancy.course.catalogue import evidence_document

    with about("drug", drug):
        return as_json(evidence_document(drug))


@router.get("/audit", responses=documented("audit"), summary="Checks of every figure")
def get_audit() -> Response:
    """What the checks of all figures find, `occupancy evidence audit`."""
    return as_json(record_answers.audit())


@router.get("/validation", responses=documented("validation"), summary="Published, recomputed")
def get_validation() -> Response:
    """Published observations recomputed: predicted, published, error, verdict."""
    return as_json(record_answers.validation())


@router.get("/openapi.json", include_in_schema=False)
def openapi_document(request: Request) -> dict[str, Any]:
    """The description of this interface."""
    return request.app.openapi()


def describe(application: Any) -> Callable[[], dict[str, Any]]:
    """What makes the OpenAPI document of `application`, its documents under their own names."""

    def make() -> dict[str, Any]:
        if application.openapi_schema is None:
            made = get_openapi(
                title="occupancy",
                version=VERSION,
                summary="From a dose to the receptor. Informs and compares; does not prescribe.",
                routes=application.routes,
            )
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(_documents())
            application.openapi_schema = made
        return application.openapi_schema

    return make


def _documents() -> dict[str, Any]:
    """The schemas of all documents, as components."""
    from pydantic import TypeAdapter

    from occupancy.documents import SCHEMAS

    named = {**SCHEMAS, _MISTAKES: MistakesDocument}
    found: dict[str, Any] = {}
    for name, kind in named.items():
        schema = TypeAdapter(kind).json_schema(ref_template=_REF)
        found.update(schema.pop("$defs", {}))
        found[name] = schema
    return found

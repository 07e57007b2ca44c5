"""The Circuits page: a circuit at rest and under a drug, the D2 window, a receptor profile."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from occupancy.web import pages
from occupancy.web.circuit_answers import fixed_point, profile
from occupancy.web.mistakes import MistakeLine, Mistakes, about
from occupancy.web.pictures import panels, svg
from occupancy.web.questions import CircuitQuestion, ProfileQuestion, Question, Words

if TYPE_CHECKING:
    from occupancy.circuit import Circuit, CircuitSteady
    from occupancy.course.circuit_documents import CircuitDocument
    from occupancy.course.profile_document import ProfileDocument

router = APIRouter(prefix="/circuits")

#: Circuits that are looked at in their fixed point, by their names, and what each is shown with
#: when nothing is asked: inputs under a drug.
CIRCUITS: Final[dict[str, dict[str, float]]] = {
    "dopamine": {"vmat2": 0.8},
    "vmat-renewal": {"vmat2": 0.8},
    "serotonin": {"sert": 0.75},
    "dyskinesia": {},
}
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=100)]


class WindowQuestion(Question, frozen=True):
    """Likelihoods against D2 occupancy."""

    view: Literal["window"] = "window"
    efficacy: Share = 0.0


class ReceptorsQuestion(Question, frozen=True):
    """Every target of a drug at a dose, or where it holds an occupancy of one."""

    view: Literal["profile"] = "profile"
    drug: Words = "clozapine"
    dose: Words | None = None
    anchor: Words | None = None
    occupancy: Annotated[float, Field(allow_inf_nan=False, ge=0, le=99)] | None = None


@router.get("")
def page(request: Request) -> HTMLResponse:
    """One of three views, with its form."""
    given = dict(request.query_params)
    view = given.get("view", "steady")
    typed = {name: text.strip() for name, text in given.items() if text.strip()}
    found: dict[str, Any] = {}
    mistakes: dict[str, MistakeLine] = {}
    name = typed.get("circuit", "dopamine")
    try:
        if view == "window":
            found = {"document": _window(WindowQuestion.of_form(typed.items()))}
        elif view == "profile":
            found = {"document": _profile(ReceptorsQuestion.of_form(typed.items()))}
        else:
            view = "steady"
            found = _steady(name, typed)
    except Mistakes as error:
        mistakes = error.by_field()
    return pages.of(request).show(
        request,
        "circuits.html",
        422 if mistakes else 200,
        part=False,
        view=view,
        typed=typed,
        mistakes=mistakes,
        found=found,
        names=[(key, circuit(key).title) for key in CIRCUITS],
        circuit=circuit(name) if name in CIRCUITS else circuit("dopamine"),
        chosen=name if name in CIRCUITS else "dopamine",
        query=request.url.query,
    )


@router.get("/picture")
def picture(request: Request) -> dict[str, Any]:
    """The picture of a view: panels with their rows."""
    shape, make = _figure(request)
    return {"panels": panels(("circuits", shape), make), "rows": {}}


@router.get("/picture.svg")
def still(request: Request) -> Response:
    """The picture as a file."""
    return Response(svg(_figure(request)[1]()), media_type="image/svg+xml")


def _figure(request: Request) -> tuple[Question, Callable[[], Any]]:
    given = request.query_params.multi_items()
    if request.query_params.get("view") == "profile":
        from occupancy.figures.receptor_profile import profile_figure

        receptors = ReceptorsQuestion.of_form(given)
        document = _profile(receptors)
        return receptors, lambda: profile_figure(document)
    from occupancy.figures.d2_window import window_figure

    window = WindowQuestion.of_form(given)
    documents = [_window(WindowQuestion())]
    if window.efficacy:
        documents.append(_window(window))
    return window, lambda: window_figure(documents)


@lru_cache(maxsize=32)
def _window(asked: WindowQuestion) -> dict[str, Any]:
    from occupancy.circuit.window_curves import window_curves

    with about("efficacy", asked.efficacy):
        return window_curves(asked.efficacy / 100)


@lru_cache(maxsize=32)
def _profile(asked: ReceptorsQuestion) -> ProfileDocument:
    said = {"drug": asked.drug, "anchor": asked.anchor}
    try:
        if asked.dose is not None:
            return profile(ProfileQuestion(**said, dose=asked.dose, draws=100))
        share = 0.5 if asked.occupancy is None else asked.occupancy / 100
        return profile(ProfileQuestion(**said, at=share))
    except Mistakes as error:
        raise _renamed(error, {"at": "occupancy"}) from error


def circuit(name: str) -> Circuit:
    """The circuit of that name."""
    from occupancy.circuit.catalogue import circuit as called

    return called(name)


def _steady(name: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """The fixed points of a circuit without and with what is asked."""
    if name not in CIRCUITS:
        line = MistakeLine(
            field="circuit",
            value=name[:100],
            message="there is no such circuit",
            allowed=list(CIRCUITS),
            do="Choose one of the list.",
        )
        raise Mistakes([line])
    one = circuit(name)
    inputs = {} if set(typed) - {"view", "circuit"} else CIRCUITS[name]
    asked = {k: v for k, v in typed.items() if k in one.input_names}
    for key, text in asked.items():
        with about(key, text):
            inputs = {**inputs, key: _number(text)}
    driven, document = _fixed(CircuitQuestion.model_validate({"circuit": name, "inputs": inputs}))
    return {
        "inputs": inputs,
        "document": document,
        "slowest_d": float(driven.slowest_h.max()) / 24,
    }


def _fixed(asked: CircuitQuestion) -> tuple[CircuitSteady, CircuitDocument]:
    """The fixed point; its mistakes by the names of the form's fields."""
    try:
        return fixed_point(asked)
    except Mistakes as error:
        names = {f"inputs.{name}": name for name in asked.inputs}
        raise _renamed(error, names) from error


def _renamed(error: Mistakes, names: Mapping[str, str]) -> Mistakes:
    return Mistakes([replace(one, field=names.get(one.field, one.field)) for one in error.lines])


def _number(text: str) -> float:
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError("this is not a number; write it in digits")
    return found

"""The Circuits page: a circuit at rest and under a drug, the D2 window, a receptor profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from occupancy.web import pages
from occupancy.web.mistakes import MistakeLine, Mistakes, about
from occupancy.web.pictures import panels, svg
from occupancy.web.questions import Question, Words

if TYPE_CHECKING:
    from occupancy.circuit import Circuit
    from occupancy.course.profile_document import ProfileDocument

router = APIRouter(prefix="/circuits")

#: Circuits that are looked at in their fixed point: a name for the address, module, maker.
CIRCUITS: Final[dict[str, tuple[str, str]]] = {
    "dopamine": ("dopamine", "TERMINAL"),
    "vmat2": ("vmat", "RENEWAL"),
    "serotonin": ("serotonin", "serotonin"),
    "dyskinesia": ("dyskinesia", "DYSKINESIA"),
}
#: What each circuit is shown with when nothing is asked: inputs under a drug.
_SHOWN: Final[dict[str, dict[str, float]]] = {
    "dopamine": {"vmat2": 0.8},
    "vmat2": {"vmat2": 0.8},
    "serotonin": {"sert": 0.75},
    "dyskinesia": {},
}
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=100)]


class WindowQuestion(Question, frozen=True):
    """Likelihoods against D2 occupancy."""

    view: Literal["window"] = "window"
    efficacy: Share = 0.0


class ProfileQuestion(Question, frozen=True):
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
            found = {"document": _profile(ProfileQuestion.of_form(typed.items()))}
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
        shown=_SHOWN,
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

        profile = ProfileQuestion.of_form(given)
        document = _profile(profile)
        return profile, lambda: profile_figure(document)
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
def _profile(asked: ProfileQuestion) -> ProfileDocument:
    from occupancy.course import Sampling
    from occupancy.course.profile import profile_at, profile_of_dose
    from occupancy.course.profile_writing import profile_document
    from occupancy.drugs import resolve
    from occupancy.web.answers import regimen_of

    with about("drug", asked.drug):
        drug = resolve(asked.drug).record.name
    if asked.dose is not None:
        regimen = regimen_of(f"{asked.drug} {asked.dose}", "dose")
        with about("dose", asked.dose):
            found = profile_of_dose(
                regimen, anchor=asked.anchor, sampling=Sampling(100, 0, variability=False)
            )
    else:
        share = 0.5 if asked.occupancy is None else asked.occupancy / 100
        with about("anchor" if asked.anchor else "occupancy", asked.anchor or asked.occupancy):
            found = profile_at(drug, share, anchor=asked.anchor, draws=200)
    return profile_document(found, 0.9)


@lru_cache(maxsize=8)
def circuit(name: str) -> Circuit:
    """The circuit of that name in an address."""
    module, attribute = CIRCUITS[name]
    made = getattr(import_module(f"occupancy.circuit.{module}"), attribute)
    return made() if name == "serotonin" else made


def _steady(name: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """The fixed points of a circuit without and with what is asked."""
    from occupancy.circuit import steady

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
    inputs = {k: v for k, v in _SHOWN[name].items() if k in one.input_names}
    asked = {k: v for k, v in typed.items() if k in one.input_names}
    if set(typed) - {"view", "circuit"}:
        inputs = {}
    for key, text in asked.items():
        with about(key, text):
            try:
                inputs[key] = float(text.replace(",", "."))
            except ValueError:
                raise ValueError("this is not a number; write it in digits") from None
            here = one.input(key)
            if not here.lower <= inputs[key] <= here.upper:
                raise ValueError(
                    f"{inputs[key]:g} is out of range; give {here.lower:g} to {here.upper:g}"
                )
    with about("circuit", name):
        rest, driven = steady(one), steady(one, inputs)
    names = [
        *((read.name, read.unit, read.text) for read in one.read),
        *((state.name, state.unit, state.text) for state in one.states),
    ]
    return {
        "inputs": inputs,
        "rows": [(text, unit, _value(rest[key]), _value(driven[key])) for key, unit, text in names],
        "slowest_d": _value(driven.slowest_h) / 24,
    }


def _value(value: Any) -> float:
    return float(np.ravel(np.asarray(value))[0])

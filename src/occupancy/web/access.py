"""Team mode's gate: who may come in by which route, decided in one list before anything is read.

A route that is not in the list is not there, so that a new one is closed until somebody decides.
Whose diary a request then reads is said by `diaries.diary_of` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import compile_path

from occupancy.web import pages
from occupancy.web.guard import App, Receive, Scope, Send, host_name
from occupancy.web.settings import LOOPBACK

if TYPE_CHECKING:
    from occupancy.diary.team.sessions import Visitor


class May(Enum):
    """Who may use a route."""

    ANYBODY_UNASKED = "anybody, and the database is not asked who it is"
    ANYBODY = "anybody"
    SIGNED_IN = "every account"
    READERS = "the person whose diary it is, and a clinician with whom it is shared"
    OWNER = "the person whose diary it is"
    PERSON = "persons"
    CLINICIAN = "clinicians"
    ALONE = "nobody: it would keep the server from everybody else for too long"


#: Every route of the application, and who may use it.
ROUTES: Final[dict[tuple[str, str], May]] = {
    ("GET", "/"): May.ANYBODY,
    ("GET", "/static/{hash}/{name}"): May.ANYBODY_UNASKED,
    ("GET", "/help-now"): May.ANYBODY_UNASKED,
    ("GET", "/about"): May.ANYBODY,
    ("GET", "/sign-in"): May.ANYBODY,
    ("POST", "/sign-in"): May.ANYBODY,
    ("GET", "/welcome/{token}"): May.ANYBODY,
    ("POST", "/welcome/{token}"): May.ANYBODY,
    ("POST", "/sign-out"): May.SIGNED_IN,
    ("GET", "/account"): May.SIGNED_IN,
    ("POST", "/account/password"): May.SIGNED_IN,
    ("POST", "/account/sessions"): May.SIGNED_IN,
    ("POST", "/account/grant"): May.PERSON,
    ("POST", "/account/revoke"): May.PERSON,
    ("GET", "/people"): May.CLINICIAN,
    ("GET", "/diary"): May.READERS,
    ("GET", "/diary/entry/{entry_id}"): May.READERS,
    ("POST", "/diary/entry/{entry_id}"): May.OWNER,
    ("POST", "/diary/add/{form}"): May.OWNER,
    ("POST", "/diary/plan"): May.OWNER,
    ("POST", "/diary/export"): May.OWNER,
    ("POST", "/diary/import"): May.OWNER,
    ("GET", "/my-course"): May.READERS,
    ("GET", "/my-course/panels"): May.READERS,
    ("GET", "/my-course.svg"): May.READERS,
    ("GET", "/report"): May.READERS,
    ("GET", "/report/file/{kind}"): May.READERS,
    # Seconds to minutes of work or gigabytes in one request. On one's own machine they are there.
    ("POST", "/api/course/circuits"): May.ALONE,
    ("POST", "/api/pet/pooled"): May.ALONE,
    ("POST", "/api/meta"): May.ALONE,
    **dict.fromkeys(
        (
            ("GET", "/explore"),
            ("GET", "/explore/answer"),
            ("GET", "/explore/panels"),
            ("GET", "/explore/{kind}.svg"),
            ("GET", "/taper"),
            ("GET", "/taper/look"),
            ("GET", "/taper/picture"),
            ("GET", "/taper/picture.svg"),
            ("GET", "/taper/file/{kind}"),
            ("POST", "/taper/calendar"),
            ("GET", "/population"),
            ("GET", "/population/picture"),
            ("GET", "/population/picture.svg"),
            ("GET", "/circuits"),
            ("GET", "/circuits/picture"),
            ("GET", "/circuits/picture.svg"),
            ("GET", "/pet"),
            ("POST", "/pet"),
            ("GET", "/personalise"),
            ("GET", "/personalise/picture"),
            ("GET", "/personalise/picture.svg"),
            ("GET", "/evidence"),
            ("GET", "/evidence/{drug}"),
            ("GET", "/api/curve"),
            ("POST", "/api/curve"),
            ("GET", "/api/course"),
            ("POST", "/api/course"),
            ("POST", "/api/course/events"),
            ("POST", "/api/compare"),
            ("POST", "/api/taper"),
            ("POST", "/api/population"),
            ("POST", "/api/personalise"),
            ("POST", "/api/circuit"),
            ("POST", "/api/profile"),
            ("POST", "/api/pet/fit"),
            ("POST", "/api/pet/occupancy"),
            ("GET", "/api/audit"),
            ("GET", "/api/validation"),
            ("GET", "/api/drugs"),
            ("GET", "/api/evidence/{drug}"),
            ("GET", "/api/openapi.json"),
        ),
        May.SIGNED_IN,
    ),
}
_COOKIE: Final = "occupancy"


class Gate:
    """Let in who may come in, and say to the routes who it is."""

    def __init__(self, app: App, unusable: Callable[[Request, Exception], Response]) -> None:
        """Stand before `app`; `unusable` answers when the database cannot say who asks."""
        self.app = app
        self.unusable = unusable
        self.rules = [
            (method, compile_path(path)[0], may) for (method, path), may in ROUTES.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "http":
            from anyio.to_thread import run_sync

            request = Request(scope, receive)
            refusal = await run_sync(self._refusal, request)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        request.state.visitor = None
        may = self._may(request)
        if may is May.ANYBODY_UNASKED:
            return None
        try:
            who = request.state.visitor = _visitor(request)
        except ValueError as error:
            return None if may is May.ANYBODY else self.unusable(request, error)
        if may is None:
            return _nothing(request) if who else _sign_in_first(request)
        if may is May.ANYBODY:
            return None
        if who is None:
            return _sign_in_first(request)
        return _wrong_role(request, may, who.role.value)

    def _may(self, request: Request) -> May | None:
        method, path = request.method, request.scope["path"]
        for one, pattern, may in self.rules:
            if one == method and pattern.match(path):
                return may
        return None


def hold_cookie(request: Request, response: Response, token: str) -> Response:
    """Give the browser the cookie of a session; it cannot be read by scripts or other sites."""
    from occupancy.diary.team.sessions import LONGEST

    response.set_cookie(
        _name(request),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=_secure(request),
        httponly=True,
        samesite="lax",
    )
    return response


def drop_cookie(request: Request, response: Response) -> Response:
    """Take the cookie of a session away."""
    response.delete_cookie(
        _name(request), path="/", secure=_secure(request), httponly=True, samesite="lax"
    )
    return response


def safe_next(text: str) -> str:
    """The page of this site that `text` names, to go to after signing in; else the first one."""
    inside = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if inside and text.isprintable() and len(text) < 2000 else "/"


def _visitor(request: Request) -> Visitor | None:
    token = request.cookies.get(_name(request), "")
    if not token:
        return None
    from occupancy.diary.team.sessions import visitor

    return visitor(request.app.state.keeper.store(), token)


def _secure(request: Request) -> bool:
    """Whether the cookie is for encrypted connections alone: all but a browser on this machine."""
    return request.url.scheme == "https" or host_name(request.headers.get("host", "")) not in (
        LOOPBACK
    )


def _name(request: Request) -> str:
    # A name with this beginning is taken by browsers from this host alone, and encrypted.
    return f"__Host-{_COOKIE}" if _secure(request) else _COOKIE


def _sign_in_first(request: Request) -> Response:
    path = request.url.path
    is_page = request.method == "GET" and not path.startswith("/api/")
    if not is_page or request.headers.get("hx-request") == "true":
        headers = {"HX-Redirect": "/sign-in", "WWW-Authenticate": "Cookie"}
        return PlainTextResponse("Sign in first.", 401, headers=headers)
    asked = path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?{urlencode({'next': asked})}", 303)


def _wrong_role(request: Request, may: May, role: str) -> Response | None:
    asked_for = request.query_params.get("who", "")
    match may:
        case May.READERS if role == "clinician" and not asked_for:
            return RedirectResponse("/people", 303)
        case May.OWNER if role != "person" or asked_for:
            return _not_yours(request)
        case May.PERSON if role != "person":
            return _not_yours(request)
        case May.ALONE:
            return PlainTextResponse(
                "This takes too much of a server of several people; run it on your own machine.",
                403,
            )
        case May.CLINICIAN if role != "clinician":
            return _nothing(request)
        case _:
            return None


def _not_yours(request: Request) -> Response:
    title, text = "That is not yours to do", "A diary is written by the person whose it is."
    return pages.of(request).show(request, "error.html", 403, title=title, text=text)


def _nothing(request: Request) -> Response:
    title, text = "There is no such page", "Check the address, or start from one of the pages."
    return pages.of(request).show(request, "error.html", 404, title=title, text=text)

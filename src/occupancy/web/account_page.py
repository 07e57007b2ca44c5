"""Team mode's pages: signing in and out, the invitation, the account, a clinician's people.

What is typed stays in the form when something is wrong, passwords excepted.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from occupancy.web import pages
from occupancy.web.access import drop_cookie, hold_cookie, safe_next
from occupancy.web.mistakes import MistakeLine, mistake

router = APIRouter()

Typed = Annotated[str, Form(max_length=1000)]
#: The same words whether the account is there or not.
_WRONG = "the name or the password is not right; check both and try again"


@router.get("/sign-in")
def sign_in_form(request: Request) -> Response:
    """The form; who is signed in goes on."""
    to = safe_next(request.query_params.get("next", "/"))
    if request.state.visitor is not None:
        return RedirectResponse(to, 303)
    return _sign_in_page(request, to=to)


@router.post("/sign-in")
def sign_in(
    request: Request,
    later: BackgroundTasks,
    name: Typed = "",
    password: Typed = "",
    next: Typed = "/",
) -> Response:
    """Sign in, or say that it did not work, after the same work in either case."""
    from occupancy.diary.team import sessions

    name, to = name.strip().lower(), safe_next(next)
    wait = request.app.state.limits.take(name, _address(request))
    if wait:
        return _sign_in_page(request, to=to, name=name, wait=wait)
    store = request.app.state.keeper.store()
    browser = request.headers.get("user-agent", "")
    token = sessions.sign_in(store, name, password, browser=browser)
    if token is None:
        # After the answer, so that its time does not say whether there is such an account.
        later.add_task(sessions.sign_in_failed, store, name)
        return _sign_in_page(request, to=to, name=name, wrong=mistake("password", "", _WRONG))
    request.app.state.limits.good(name, _address(request))
    if request.state.visitor is not None:
        sessions.sign_out(store, request.state.visitor)
    return hold_cookie(request, RedirectResponse(to, 303), token)


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End this session."""
    from occupancy.diary.team import sessions

    sessions.sign_out(request.app.state.keeper.store(), request.state.visitor)
    return drop_cookie(request, RedirectResponse("/sign-in", 303))


@router.get("/welcome/{token}")
def welcome(request: Request, token: str) -> HTMLResponse:
    """The form of an invitation: choose a password."""
    return _welcome_page(request, token)


@router.post("/welcome/{token}")
def join(request: Request, token: str, password: Typed = "", again: Typed = "") -> Response:
    """Open the account with the password that was chosen, and sign in."""
    from occupancy.diary import EntryError, NoSuchEntryError
    from occupancy.diary.team import accounts, sessions

    store = request.app.state.keeper.store()
    if password != again:
        line = mistake("again", "", "the two are not the same; write the password twice")
        return _welcome_page(request, token, {"again": line})
    try:
        account = accounts.join(store, token, password)
    except NoSuchEntryError:
        return _welcome_page(request, token)
    except EntryError as error:
        return _welcome_page(request, token, {error.field: mistake(error.field, "", error)})
    browser = request.headers.get("user-agent", "")
    made = sessions.sign_in(store, account.owner, password, browser=browser)
    if made is None:  # another link was made in the same moment
        return RedirectResponse("/sign-in", 303)
    return hold_cookie(request, RedirectResponse("/account", 303), made)


@router.get("/account")
def account(request: Request) -> HTMLResponse:
    """The password, the sessions, who reads the diary, and what was done."""
    return _account_page(request)


@router.post("/account/password")
def change_password(
    request: Request, old: Typed = "", new: Typed = "", again: Typed = ""
) -> Response:
    """Choose another password; every other session ends."""
    from occupancy.diary import EntryError
    from occupancy.diary.team import sessions

    who, limits = request.state.visitor, request.app.state.limits
    if new != again:
        line = mistake("again", "", "the two are not the same; write the new password twice")
        return _account_page(request, {"again": line})
    wait = limits.take(who.owner, _address(request))
    if wait:
        return _account_page(request, {"old": _waiting("old", wait)}, status=429)
    try:
        made = sessions.change_password(request.app.state.keeper.store(), who, old, new)
    except EntryError as error:
        field = "new" if error.field == "password" else error.field
        return _account_page(request, {field: mistake(field, "", error)})
    limits.good(who.owner, _address(request))
    said = {"said": "The password is changed; every other session has ended."}
    return hold_cookie(request, RedirectResponse(f"/account?{urlencode(said)}", 303), made)


@router.post("/account/sessions")
def end_sessions(request: Request) -> Response:
    """End every session but this one."""
    from occupancy.diary.team import sessions

    count = sessions.end_others(request.app.state.keeper.store(), request.state.visitor)
    said = {"said": f"{count} other session{'' if count == 1 else 's'} ended."}
    return RedirectResponse(f"/account?{urlencode(said)}", 303)


@router.post("/account/grant")
def grant(request: Request, reader: Typed = "") -> Response:
    """Let a clinician read the diary."""
    from occupancy.diary import EntryError
    from occupancy.diary.team import sharing

    name = reader.strip().lower()
    try:
        sharing.grant(request.app.state.keeper.store(), request.state.visitor.owner, name)
    except EntryError as error:
        line = mistake(error.field, reader, error)
        return _account_page(request, {error.field: line}, typed={"reader": reader})
    said = {"said": f"{name} can read your diary from now on."}
    return RedirectResponse(f"/account?{urlencode(said)}", 303)


@router.post("/account/revoke")
def revoke(request: Request, reader: Typed = "") -> Response:
    """Let a clinician no longer read the diary."""
    from occupancy.diary.team import sharing

    sharing.revoke(request.app.state.keeper.store(), request.state.visitor.owner, reader)
    said = {"said": f"{reader[:64]} can no longer read your diary."}
    return RedirectResponse(f"/account?{urlencode(said)}", 303)


@router.get("/people")
def people(request: Request) -> HTMLResponse:
    """Those who share their diary with the clinician who asks."""
    from occupancy.diary.team import sharing

    found = sharing.patients(request.app.state.keeper.store(), request.state.visitor.owner)
    return pages.of(request).show(request, "people.html", part=False, people=found)


def _sign_in_page(
    request: Request, *, to: str, name: str = "", wrong: MistakeLine | None = None, wait: int = 0
) -> HTMLResponse:
    line = _waiting("password", wait) if wait else wrong
    status = 429 if wait else 422 if wrong else 200
    page = pages.of(request).show(
        request,
        "sign_in.html",
        status,
        part=False,
        to=to,
        typed={"name": name},
        mistakes={} if line is None else {line.field: line},
    )
    if wait:
        page.headers["Retry-After"] = str(wait)
    return page


def _welcome_page(
    request: Request, token: str, mistakes: dict[str, MistakeLine] | None = None
) -> HTMLResponse:
    from occupancy.diary.team import accounts, passwords

    found = accounts.invited(request.app.state.keeper.store(), token)
    if found is None:
        title, text = (
            "This link is over",
            "It was used before, or is too old, or is not whole. Ask for a new one.",
        )
        return pages.of(request).show(request, "error.html", 404, title=title, text=text)
    return pages.of(request).show(
        request,
        "welcome.html",
        422 if mistakes else 200,
        part=False,
        invited=found,
        token=token,
        shortest=passwords.SHORTEST,
        mistakes=mistakes or {},
    )


def _account_page(
    request: Request,
    mistakes: dict[str, MistakeLine] | None = None,
    *,
    typed: dict[str, str] | None = None,
    status: int = 422,
) -> HTMLResponse:
    from occupancy.diary.team import audit, passwords, sessions, sharing

    store, who = request.app.state.keeper.store(), request.state.visitor
    values: dict[str, Any] = {
        "sessions": sessions.sessions(store, who.owner),
        "readers": sharing.readers(store, who.owner),
        "log": audit.log(store, who.owner),
        "shortest": passwords.SHORTEST,
    }
    return pages.of(request).show(
        request,
        "account.html",
        status if mistakes else 200,
        part=False,
        said=request.query_params.get("said", "")[:200],
        typed=typed or {},
        mistakes=mistakes or {},
        **values,
    )


def _waiting(field: str, wait: int) -> MistakeLine:
    minutes = -(-wait // 60)
    unit = "minute" if minutes == 1 else "minutes"
    return mistake(field, "", f"too many attempts; try again in {minutes} {unit}")


def _address(request: Request) -> str:
    if request.client is None:
        raise HTTPException(400, "This does not say where it comes from.")
    return request.client.host

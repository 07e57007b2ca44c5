"""The application: routes, guard, and what is said when something is wrong."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from occupancy.extras import MissingLibraryError
from occupancy.version import VERSION
from occupancy.web import api, pages
from occupancy.web.assets import Assets
from occupancy.web.diaries import Keeper
from occupancy.web.guard import Guard
from occupancy.web.mistakes import Mistakes, from_pydantic
from occupancy.web.pages import capital
from occupancy.web.routes import ROUTERS
from occupancy.web.settings import Settings

log = logging.getLogger(__name__)
#: Answers computed at the same time; more would only wait for one another.
AT_ONCE: Final = 4
#: No measuring of who asks what, whatever the environment says.
_SILENT: Final[Any] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}


def create_app(settings: Settings) -> FastAPI:
    """The application with `settings`."""
    assets = Assets(settings.data / "cache")

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        from anyio.to_thread import current_default_thread_limiter

        current_default_thread_limiter().total_tokens = AT_ONCE
        yield
        application.state.keeper.close()

    application = FastAPI(
        title="occupancy",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=running,
        telemetry=_SILENT,
    )
    application.state.settings = settings
    application.state.assets = assets
    application.state.pages = pages.Pages(assets)
    application.state.prepare = assets.prepare
    application.state.keeper = Keeper(settings)
    if settings.team:
        _for_a_team(application)
    application.include_router(api.router)
    for router in ROUTERS:
        application.include_router(router, include_in_schema=False)
    application.add_api_route("/", _home, include_in_schema=False)
    application.add_api_route("/static/{hash}/{name}", _static, include_in_schema=False)
    application.add_exception_handler(Mistakes, _mistaken)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _refused)
    application.add_exception_handler(ValueError, _unusable)
    application.add_exception_handler(MissingLibraryError, _missing)
    application.add_exception_handler(Exception, _broken)
    application.openapi = api.describe(application)
    _guarded(application, settings)
    return application


def _for_a_team(application: FastAPI) -> None:
    """Put the gate before the routes, and add those of accounts."""
    from occupancy.web import account_page
    from occupancy.web.access import Gate
    from occupancy.web.attempts import Limits

    application.state.limits = Limits()
    application.add_middleware(Gate, unusable=_unusable)
    application.include_router(account_page.router, include_in_schema=False)


def _guarded(application: FastAPI, settings: Settings) -> None:
    """Put the guard around everything, so that what breaks is answered through it too."""
    inside = application.build_middleware_stack

    def around() -> Guard:
        return Guard(
            inside(),
            hosts=settings.hosts,
            largest_body=settings.largest_body,
            larger={"/diary/import": settings.largest_archive, "/pet": settings.largest_table},
            strict=settings.team,
        )

    application.build_middleware_stack = around


def _home(request: Request) -> RedirectResponse:
    visitor = getattr(request.state, "visitor", None)
    if not request.app.state.settings.team:
        first = "/explore"
    elif visitor is None:
        first = "/sign-in"
    else:
        first = "/diary" if visitor.role == "person" else "/people"
    return RedirectResponse(first, 303)


def _static(request: Request, hash: str, name: str) -> Response:
    found = request.app.state.assets.answer(request, name)
    if found is None:
        raise HTTPException(404)
    return found


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _mistaken(request: Request, error: Exception) -> Response:
    assert isinstance(error, Mistakes)
    if _wants_json(request):
        return api.as_json(error.document(), 422)
    return pages.of(request).show(request, "mistake.html", 422, mistakes=error.lines)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _mistaken(request, from_pydantic(error.errors()))


#: What is said for each status: a heading, and what to do.
_SAID: Final = {
    404: ("There is no such page", "Check the address, or start from one of the pages above."),
    405: ("That cannot be done here", "Use the buttons of the page."),
}


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title, text = _SAID.get(error.status_code, ("That did not work", str(error.detail)))
    if _wants_json(request):
        return Response(f"{title}. {text}", error.status_code, media_type="text/plain")
    return pages.of(request).show(request, "error.html", error.status_code, title=title, text=text)


def _unusable(request: Request, error: Exception) -> Response:
    """The diary cannot be used: said in its own words. Any other ValueError is ours."""
    if not _is_of_the_diary(error):
        return _broken(request, error)
    if type(error).__name__ == "ReadOnlyDiaryError":
        return _refused(request, HTTPException(403, capital(str(error))))
    title, text = "The diary cannot be used", str(error)
    if _wants_json(request):
        return Response(f"{title}. {text}", 503, media_type="text/plain")
    return pages.of(request).show(request, "error.html", 503, title=title, text=text)


def _missing(request: Request, error: Exception) -> Response:
    """What this page computes with is not installed: said with how to get it."""
    title, text = "A library is not installed", capital(str(error))
    if _wants_json(request):
        return Response(f"{title}. {text}", 503, media_type="text/plain")
    return pages.of(request).show(request, "error.html", 503, title=title, text=text)


def _is_of_the_diary(error: Exception) -> bool:
    from occupancy.diary.error import DiaryError

    return isinstance(error, DiaryError)


def _broken(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    title, text = (
        "Something went wrong on our side",
        "Nothing was lost. The terminal shows what happened; please report it with the version.",
    )
    if _wants_json(request):
        return Response(f"{title}. {text}", 500, media_type="text/plain")
    return pages.of(request).show(request, "error.html", 500, title=title, text=text)


def state(request: Request) -> Any:
    """What the server keeps: settings, pages, assets."""
    return request.app.state

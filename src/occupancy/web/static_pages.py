"""Pages that say the same to everybody: about, and help now."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from occupancy.web import pages

router = APIRouter()


@router.get("/help-now")
def help_now(request: Request) -> HTMLResponse:
    """Where to call; never behind a score, a form or a script."""
    return pages.of(request).show(request, "help_now.html")


@router.get("/about")
def about(request: Request) -> HTMLResponse:
    """What the application is for, and its limits."""
    folder = request.app.state.settings.data
    return pages.of(request).show(request, "about.html", folder=str(folder))

"""The Diary pages: write down what happened in seconds, correct it, see its history."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from occupancy.web import diaries, entry_forms, pages
from occupancy.web.diaries import shown_of
from occupancy.web.mistakes import MistakeLine, Mistakes, mistake
from occupancy.web.tapers import PlanQuestion, plan

router = APIRouter(prefix="/diary")


@router.get("")
def diary(request: Request) -> HTMLResponse:
    """Today's dose, the forms, and what was written before."""
    return _page(request)


@router.post("/add/{form}")
async def add(request: Request, form: str) -> Response:
    """Write an entry down; a mistake shows the form again with what was typed."""
    if form not in entry_forms.FORMS:
        raise HTTPException(404)
    typed = await _typed(request)
    return await _in_thread(_add, request, form, typed)


def _add(request: Request, form: str, typed: dict[str, str]) -> Response:
    keeper = diaries.diary_of(request)
    try:
        content = entry_forms.content_of_form(form, typed)
        entry = keeper.add(content, entry_forms.moment_of_form(keeper, typed))
    except Mistakes as error:
        return _page(request, form=form, typed=typed, mistakes=error.by_field())
    said = {"said": entry_forms.in_words(entry)[:200], "id": entry.id}
    return RedirectResponse(f"/diary?{urlencode(said)}", 303)


@router.get("/entry/{entry_id}")
def entry(request: Request, entry_id: str) -> HTMLResponse:
    """One entry with every version of it, to be corrected or withdrawn."""
    return _entry_page(request, entry_id)


@router.post("/entry/{entry_id}")
async def correct(request: Request, entry_id: str) -> Response:
    """Write a correction; the version before is kept."""
    typed = await _typed(request)
    return await _in_thread(_correct, request, entry_id, typed)


def _correct(request: Request, entry_id: str, typed: dict[str, str]) -> Response:
    from occupancy.diary import DiaryError
    from occupancy.diary.error import ReadOnlyDiaryError

    keeper = diaries.diary_of(request)
    latest = _history(request, entry_id)[-1]
    reason = typed.get("reason", "").strip()
    try:
        if typed.get("withdraw"):
            made = keeper.withdraw(latest.id, reason=reason)
        else:
            content = entry_forms.content_of_form(entry_forms.form_of(latest), typed)
            at = entry_forms.moment_of_form(keeper, typed)
            unmoved = (
                entry_forms.with_minutes(latest).at.local == at.local and at.zone == latest.at.zone
            )
            made = keeper.correct(latest.id, content, at=None if unmoved else at, reason=reason)
    except Mistakes as error:
        return _entry_page(request, entry_id, typed=typed, mistakes=error.by_field())
    except ReadOnlyDiaryError:
        raise
    except DiaryError as error:
        line = mistake(getattr(error, "field", ""), "", error)
        return _entry_page(request, entry_id, typed=typed, mistakes={line.field: line})
    return RedirectResponse(f"/diary/entry/{made.id}", 303)


@router.post("/plan")
def keep(request: Request, agreed_by: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Keep the plan of the address in the diary."""
    asked = PlanQuestion.of_form(request.query_params.multi_items())
    made = plan(asked, date.today())
    keeper = diaries.diary_of(request)
    diaries.keep_plan(
        keeper,
        made.document,
        made.day_zero,
        agreed_by=agreed_by.strip(),
        earlier=keeper.current_plan(),
    )
    return RedirectResponse("/my-course", 303)


@router.post("/export")
def export(request: Request, passphrase: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Everything in the diary as one file, sealed under a passphrase when there is one."""
    from occupancy.diary import DiaryError, export_archive

    try:
        data = export_archive(diaries.diary_of(request), passphrase or None)
    except DiaryError as error:
        return _page(request, mistakes={"passphrase": mistake("passphrase", "", error)})
    diaries.note(request, "exported", "archive")
    ending, kind = (
        ("sealed", "application/octet-stream") if passphrase else ("zip", "application/zip")
    )
    name = f"occupancy-diary-{date.today()}.{ending}"
    return Response(
        data,
        media_type=kind,
        headers={"Content-Disposition": f"attachment; filename={pages.file_name(name)}"},
    )


@router.post("/import")
def bring(
    request: Request,
    archive: Annotated[UploadFile, File()],
    passphrase: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Add what an archive holds, all of it or nothing."""
    from occupancy.diary import DiaryError, import_archive

    try:
        found = import_archive(diaries.diary_of(request), archive.file.read(), passphrase or None)
    except DiaryError as error:
        return _page(request, mistakes={"archive": mistake("archive", archive.filename, error)})
    diaries.note(request, "imported", f"{found.entries} entries, {found.plans} plans")
    said = (
        f"{found.entries} entries and {found.plans} plans added; {found.already_there} were there"
    )
    return RedirectResponse(f"/diary?{urlencode({'said': said})}", 303)


def _page(
    request: Request,
    *,
    form: str = "",
    typed: dict[str, str] | None = None,
    mistakes: dict[str, MistakeLine] | None = None,
) -> HTMLResponse:
    from occupancy.diary import Moment, scales

    keeper = diaries.diary_of(request)
    entries = keeper.entries(newest_first=True, limit=diaries.SHOWN)
    current = keeper.current_plan()
    zone = keeper.zone
    now = Moment.now(zone).local
    last = next((one for one in entries if one.kind == "dose taken"), None)
    due = diaries.planned_today(current, now.date())
    drug = (
        current.document["drug"] if current else getattr(getattr(last, "content", None), "drug", "")
    )
    taken_today = [
        one for one in entries if one.kind == "dose taken" and one.at.local.date() == now.date()
    ]
    return pages.of(request).show(
        request,
        "diary.html",
        422 if mistakes else 200,
        part=False,
        form=form,
        typed=typed or {},
        mistakes=mistakes or {},
        days=diaries.by_day(entries),
        words=entry_forms.in_words,
        scales=scales(),
        due=due,
        drug=drug,
        usual=getattr(getattr(last, "content", None), "dose_mg", None),
        taken_today=taken_today,
        zone=zone,
        today=now.date(),
        **shown_of(request, keeper),
        said=request.query_params.get("said", "")[:300],
        said_id=request.query_params.get("id", "")[:36],
    )


def _entry_page(
    request: Request,
    entry_id: str,
    *,
    typed: dict[str, str] | None = None,
    mistakes: dict[str, MistakeLine] | None = None,
) -> HTMLResponse:
    from occupancy.diary import scales

    history = _history(request, entry_id)
    latest = history[-1]
    return pages.of(request).show(
        request,
        "diary_entry.html",
        422 if mistakes else 200,
        part=False,
        history=history,
        latest=latest,
        form=entry_forms.form_of(latest),
        typed=typed if typed is not None else entry_forms.typed_of(latest),
        mistakes=mistakes or {},
        words=entry_forms.in_words,
        scales=scales(),
        zone=latest.at.zone,
        **shown_of(request, diaries.diary_of(request)),
    )


def _history(request: Request, entry_id: str) -> Any:
    from occupancy.diary import NoSuchEntryError

    try:
        return diaries.diary_of(request).history(entry_id)
    except NoSuchEntryError:
        raise HTTPException(404) from None


async def _typed(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=200) as given:
        return {name: one for name, one in given.items() if isinstance(one, str)}


async def _in_thread(function: Any, *arguments: Any) -> Response:
    from anyio.to_thread import run_sync

    return await run_sync(function, *arguments)

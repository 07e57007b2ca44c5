"""`occupancy diary`: write down, look up, correct, move, report."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.diary_entry import KIND_WORDS, content_from, moment_from
from occupancy.cli.output import console, print_footer, print_json, warn

if TYPE_CHECKING:
    from occupancy.diary import Diary, Entry, ReportDocument, Store

_file = click.Path(dir_okay=False, path_type=Path)
database = click.option(
    "--database",
    metavar="PLACE",
    help="A file, or postgresql://user@host/name; default: the file in your data folder.",
)
owner = click.option("--owner", help="Whose diary, in a shared database; default: your own.")
encrypt = click.option(
    "--encrypt", is_flag=True, help="Ask for a passphrase (or take OCCUPANCY_PASSPHRASE)."
)


@click.group()
def diary() -> None:
    """What was planned, taken and felt, kept on this machine with every correction."""


def opened(database: str | None) -> Store:
    """The store that the options name."""
    from occupancy.diary import Store

    return Store.open(database)


def diary_of(store: Store, owner: str | None) -> Diary:
    """The diary that the options name."""
    from occupancy.diary import LOCAL_OWNER

    return store.diary(owner or LOCAL_OWNER)


def passphrase(*, again: bool) -> str:
    """The passphrase: of the environment, or typed without being shown."""
    named = os.environ.get("OCCUPANCY_PASSPHRASE")
    if named is not None:
        return named
    return click.prompt("Passphrase", hide_input=True, confirmation_prompt=again, err=True)


def _entry_options(command: Any) -> Any:
    for option in reversed(
        (
            click.option("--note", default="", help="Free words beside it."),
            click.option("--at", "when", metavar="TIME", help='"2026-12-01 08:00"; default: now.'),
            click.option("--zone", help="Time zone, Europe/Berlin; default: this machine's."),
            click.option(
                "--which",
                type=click.Choice(["first", "second"]),
                help="For an hour that the clock showed twice.",
            ),
            database,
            owner,
            options.json_option,
        )
    ):
        command = option(command)
    return command


@diary.command(epilog=KIND_WORDS)
@click.argument("kind")
@click.argument("words", nargs=-1)
@_entry_options
def add(kind: str, words: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Write an entry down: KIND and what happened, as listed below."""
    content = content_from(kind, words, given["note"])
    at = moment_from(given["when"], given["zone"], given["which"])
    with opened(given["database"]) as store:
        entry = diary_of(store, given["owner"]).add(content, at)
        _show(store, [entry], as_json, "written")


@diary.command("list")
@click.option("--kind", "kinds", multiple=True, help="Only these; repeat for more.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--limit", type=click.IntRange(min=1), help="The latest so many.")
@click.option("--history", "of", metavar="ID", help="Every version of one entry.")
@database
@owner
@options.json_option
def list_entries(as_json: bool, **given: Any) -> None:
    """List the entries, the latest version of each; with --history, all versions of one."""
    with opened(given["database"]) as store:
        kept = diary_of(store, given["owner"])
        if given["of"]:
            entries = kept.history(_whole_id(kept, given["of"]))
        else:
            entries = kept.entries(
                kinds=given["kinds"],
                first_day=_date(given["first"]),
                last_day=_date(given["last"]),
                limit=given["limit"],
                newest_first=given["limit"] is not None,
            )
            entries = entries[::-1] if given["limit"] is not None else entries
        _show(store, list(entries), as_json, "")


@diary.command(epilog=KIND_WORDS)
@click.argument("entry_id")
@click.argument("words", nargs=-1)
@click.option("--reason", default="", help="Why.")
@click.option("--withdraw", is_flag=True, help="Leave the entry out of account; it stays readable.")
@_entry_options
def correct(entry_id: str, words: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Write a new version of ENTRY_ID (its first letters are enough); the old one is kept."""
    with opened(given["database"]) as store:
        kept = diary_of(store, given["owner"])
        whole = _whole_id(kept, entry_id)
        if given["withdraw"]:
            entry = kept.withdraw(whole, reason=given["reason"])
        else:
            before = kept.entry(whole)
            content = content_from(before.kind, words, given["note"]) if words else None
            at = None
            if given["when"]:
                at = moment_from(given["when"], given["zone"] or before.at.zone, given["which"])
            entry = kept.correct(whole, content, at=at, reason=given["reason"])
        _show(store, [entry], as_json, "withdrawn" if given["withdraw"] else "corrected")


@diary.command("export")
@click.argument("file", type=_file)
@encrypt
@database
@owner
@options.json_option
def export_command(file: Path, encrypt: bool, as_json: bool, **given: Any) -> None:
    """Write everything to FILE: a zip of JSON and CSV, sealed with --encrypt."""
    from occupancy.diary import export_archive
    from occupancy.interop import save

    words = passphrase(again=True) if encrypt else None
    with opened(given["database"]) as store:
        kept = diary_of(store, given["owner"])
        save(export_archive(kept, words), file)
        file.chmod(0o600)
        counts = (len(kept.versions()), len(kept.plan_versions()))
        transferred(as_json, "export", store, file, encrypt, (*counts, 0))


@diary.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@database
@owner
@options.json_option
def import_command(file: Path, as_json: bool, **given: Any) -> None:
    """Add what an export holds; what is there already stays."""
    from occupancy.diary import import_archive
    from occupancy.diary.sealing import sealed

    data = file.read_bytes()
    words = passphrase(again=False) if sealed(data) else None
    with opened(given["database"]) as store:
        done = import_archive(diary_of(store, given["owner"]), data, words)
        counts = (done.entries, done.plans, done.already_there)
        transferred(as_json, "import", store, file, words is not None, counts)


@diary.command()
@click.option("--pdf", type=_file, metavar="FILE", help="Write the page.")
@click.option("--data", is_flag=True, help="With a second page of data.")
@click.option("--fhir", type=_file, metavar="FILE", help="Write what was taken and felt, FHIR R4.")
@click.option("--csv", type=_file, metavar="FILE", help="Write the table.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day; default today.")
@click.option("--drug", help="Default: that of the plan, or the one entered last.")
@click.option("--question", "questions", multiple=True, help="One of your own; repeat for more.")
@options.person
@options.plot
@database
@owner
@options.json_option
def report(as_json: bool, plot: Path | None, **given: Any) -> None:
    """One page for a conversation: plan, taken, felt, predicted occupancy, questions."""
    from occupancy.cli.people import person_of
    from occupancy.diary.report import report_document

    traits = ("age", "weight", "height", "sex", "cyp2d6", "cyp2c19", "smoker", "comedication")
    with opened(given["database"]) as store:
        mine = diary_of(store, given["owner"])
        document = report_document(
            mine,
            today=_date(given["last"]) or mine.today(),
            first_day=_date(given["first"]),
            drug=given["drug"],
            person=person_of({name: given[name] for name in (*traits, "ancestry")}),
            questions=given["questions"],
        )
    if plot is not None:
        from occupancy.cli.output import saved
        from occupancy.figures import report_figure, save

        save(report_figure(document), plot)
        saved(plot)
    if given["pdf"] is not None:
        from occupancy.figures import report_pdf
        from occupancy.interop import save as write

        write(report_pdf(document, data=given["data"]), given["pdf"])
        warn([f"page: {given['pdf']}"])
    if given["fhir"] is not None or given["csv"] is not None:
        _tables(document, given["fhir"], given["csv"])
    if as_json:
        print_json(document)
        return
    out = console()
    warn(document.warnings)
    for line in document.followed:
        out.print(f"{line.name}: {line.around_steps}", markup=False)
    for watch in document.watches:
        out.print(watch.text, markup=False)
    for question in document.questions:
        out.print(f"? {question}", markup=False)
    print_footer(out, document.version)


def _tables(document: ReportDocument, fhir: Path | None, csv: Path | None) -> None:
    from occupancy.interop import report_csv, report_json
    from occupancy.interop import save as write

    if fhir is not None:
        write(report_json(document).encode(), fhir)
        warn([f"FHIR: {fhir}"])
    if csv is not None:
        write(report_csv(document).encode(), csv)
        warn([f"table: {csv}"])


def transferred(
    as_json: bool,
    action: Any,
    store: Store,
    file: Path,
    encrypted: bool,
    counts: tuple[int, int, int],
) -> None:
    """Say what was moved."""
    from occupancy.diary.documents import TransferDocument
    from occupancy.version import VERSION

    entries, plans, there = counts
    if as_json:
        print_json(
            TransferDocument(
                version=VERSION,
                action=action,
                where=store.where,
                file=str(file),
                encrypted=encrypted,
                entries=entries,
                plans=plans,
                already_there=there,
            )
        )
        return
    known = f"; {there} were there already" if there else ""
    sys.stdout.write(
        f"{action}: {entries} versions of entries and {plans} of plans{known}; {file}\n"
    )


def _show(store: Store, entries: list[Entry], as_json: bool, done: str) -> None:
    from occupancy.diary.archive_lines import entry_line
    from occupancy.diary.documents import EntriesDocument
    from occupancy.version import VERSION

    if as_json:
        lines = [entry_line(one) for one in entries]
        print_json(EntriesDocument(version=VERSION, where=store.where, entries=lines))
        return
    from occupancy.cli.diary_entry import in_words

    for one in entries:
        gone = " (withdrawn)" if one.withdrawn else ""
        sys.stdout.write(f"{one.id[:8]}  {one.at}  {in_words(one.content)}{gone}\n")
    if done:
        sys.stderr.write(f"{done}: {store.where}\n")
    elif not entries:
        sys.stderr.write("note: nothing is written down here\n")


def _whole_id(kept: Diary, start: str) -> str:
    found = {one.id for one in kept.versions() if one.id.startswith(start)}
    if len(found) == 1:
        return found.pop()
    from occupancy.diary import NoSuchEntryError

    what = "no entry" if not found else f"{len(found)} entries"
    raise NoSuchEntryError(f"{what} with an id that begins with {start[:36]!r}; `diary list` shows "
                           "them.")  # fmt: skip


def _date(value: datetime | None) -> Any:
    return None if value is None else value.date()

"""`occupancy team`: the accounts of a shared database."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.diary import database, opened
from occupancy.cli.output import print_json

if TYPE_CHECKING:
    from occupancy.diary import Store
    from occupancy.diary.team.accounts import Account, Invitation

_address = click.option(
    "--address",
    default="http://127.0.0.1:8417",
    show_default=True,
    metavar="URL",
    help="Of the server, for the link.",
)


@click.group()
def team() -> None:
    """Accounts of `occupancy serve --team`: make them, list them, take them away."""


@team.command()
@click.argument("name")
@click.option(
    "--role", type=click.Choice(["person", "clinician"]), required=True, help="What it is for."
)
@click.option("--shown", default="", metavar="WORDS", help="The name as pages show it.")
@click.option("--zone", default="", help="Time zone of the diary, Europe/Berlin.")
@_address
@database
@options.json_option
def add(name: str, role: str, as_json: bool, **given: Any) -> None:
    """Make an account called NAME and print the link that opens it, once, within a week.

    Whoever has the link chooses the password. A diary of that name gets the account.
    """
    from occupancy.diary.team.accounts import Role, invite

    with opened(given["database"]) as store:
        made = invite(store, name, Role(role), name=given["shown"], zone=given["zone"])
        _linked(store, made, given["address"], as_json)


@team.command("list")
@database
@options.json_option
def list_accounts(database: str | None, as_json: bool) -> None:
    """List the accounts."""
    from occupancy.diary.team.accounts import accounts

    with opened(database) as store:
        _show(store, accounts(store), "", as_json)


@team.command()
@click.argument("name")
@_address
@database
@options.json_option
def reset(name: str, address: str, database: str | None, as_json: bool) -> None:
    """Print a new link for NAME; the password and every session end now."""
    from occupancy.diary.team.accounts import renew

    with opened(database) as store:
        _linked(store, renew(store, name), address, as_json)


@team.command()
@click.argument("name")
@database
@options.json_option
def close(name: str, database: str | None, as_json: bool) -> None:
    """Take the account NAME away, and what was shared with it; its own diary stays."""
    from occupancy.diary.team.accounts import accounts
    from occupancy.diary.team.accounts import close as closed

    with opened(database) as store:
        closed(store, name)
        _show(store, accounts(store), "", as_json)


def _linked(store: Store, made: Invitation, address: str, as_json: bool) -> None:
    link = f"{address.rstrip('/')}/welcome/{made.token}"
    if not as_json:
        sys.stderr.write(
            f"{made.account.owner} ({made.account.role}): whoever opens this link first chooses "
            "the password; it lasts a week. Hand it over in person.\n"
        )
    _show(store, (made.account,), link, as_json)


def _show(store: Store, found: tuple[Account, ...], link: str, as_json: bool) -> None:
    from occupancy.diary.documents import AccountLine, TeamDocument
    from occupancy.version import VERSION

    if as_json:
        lines = [
            AccountLine(
                name=one.owner,
                shown=one.name,
                role=one.role.value,
                opened=one.opened,
                link_until_utc=None if one.link_until is None else one.link_until.isoformat(),
                created_utc=one.created.isoformat(),
            )
            for one in found
        ]
        print_json(TeamDocument(version=VERSION, where=store.where, accounts=lines, link=link))
        return
    if link:
        sys.stdout.write(f"{link}\n")
        return
    for one in found:
        state = "" if one.opened else "  (not opened yet)"
        sys.stdout.write(f"{one.owner}  {one.role}  {one.name}{state}\n")
    if not found:
        sys.stderr.write("note: nobody has an account here\n")

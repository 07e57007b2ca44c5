"""`occupancy serve`: the application in a browser, on this machine alone or for a team."""

import sys
from pathlib import Path
from typing import Any

import click

#: Where the application listens when nothing is asked; kept here so that help needs no server.
PORT = 8417

_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port; 0 takes a free one.",
)
@click.option(
    "--data",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Folder of the database; default the system's place for applications.",
)
@click.option(
    "--database",
    metavar="PLACE",
    help="A file, or postgresql://user@host/name, which implies --team; default: in the folder.",
)
@click.option("--team", is_flag=True, help="With accounts; `occupancy team add` makes them.")
@click.option(
    "--name", "names", multiple=True, metavar="HOST", help="Name that browsers call it; repeat."
)
@click.option("--listen", metavar="ADDRESS", help="For a team: another address than 127.0.0.1.")
@click.option("--certificate", metavar="FILE", type=_file, help="For a team: certificate, PEM.")
@click.option("--key", metavar="FILE", type=_file, help="For a team: its private key, PEM.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
def serve(port: int, data: Path | None, open_page: bool, **given: Any) -> None:
    """Serve the web application on 127.0.0.1 until Ctrl+C; nothing leaves the machine."""
    from occupancy.web import ServeError
    from occupancy.web import serve as run

    def started(address: str) -> None:
        sys.stderr.write(f"occupancy: {address}  (Ctrl+C ends it)\n")
        sys.stderr.flush()
        if open_page:
            import webbrowser

            webbrowser.open(address)

    database = given["database"]
    team = None
    if given["team"] or (database or "").startswith(("postgresql:", "postgres:", "postgresql+")):
        from occupancy.web import Team

        team = Team(
            names=given["names"],
            address=given["listen"] or "127.0.0.1",
            certificate=given["certificate"],
            key=given["key"],
        )
    else:
        for option in ("names", "listen", "certificate", "key"):
            if given[option]:
                word = "name" if option == "names" else option
                raise ServeError(f"--{word} is for a team; add --team to serve with accounts")
    run(port=port, data=data, database=database, team=team, started=started)

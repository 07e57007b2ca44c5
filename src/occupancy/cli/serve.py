"""`occupancy serve`: the application in a browser, on this machine alone."""

import sys
from pathlib import Path

import click

#: Where the application listens when nothing is asked; kept here so that help needs no server.
PORT = 8417


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@click.option(
    "--data",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Folder of the database; default the system's place for applications.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
def serve(port: int, data: Path | None, open_page: bool) -> None:
    """Serve the web application on 127.0.0.1 until Ctrl+C; nothing leaves the machine."""
    from occupancy.web import serve as run

    def started(address: str) -> None:
        sys.stderr.write(f"occupancy: {address}  (Ctrl+C ends it)\n")
        sys.stderr.flush()
        if open_page:
            import webbrowser

            webbrowser.open(address)

    run(port=port, data=data, started=started)

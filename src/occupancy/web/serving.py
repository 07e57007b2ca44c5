"""Running the server until it is told to stop: on the loopback address, or for a team."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from occupancy.memory import keep_freed
from occupancy.web.settings import LOOPBACK, PORT, Settings, data_folder

HOST: Final = "127.0.0.1"


class ServeError(ValueError):
    """A server that cannot start; the message says what to change."""


@dataclass(frozen=True)
class Team:
    """How a server with accounts is reached.

    Attributes:
        names: by which browsers call it, beside those of this machine.
        address: on which it listens; off this machine only with a certificate.
        certificate: file with the certificate and those above it, PEM.
        key: file with its private key, PEM.
    """

    names: tuple[str, ...] = ()
    address: str = HOST
    certificate: Path | None = None
    key: Path | None = None

    def check(self) -> None:
        """Refuse what would send passwords in the open.

        Raises:
            ServeError: another address than loopback without a certificate, a file that is missing.
        """
        if (self.certificate is None) != (self.key is None):
            raise ServeError("a certificate needs its key; give --certificate FILE and --key FILE")
        for name, path in (("certificate", self.certificate), ("key", self.key)):
            if path is not None and not path.is_file():
                raise ServeError(f"{name} {path} is not there; give its file with --{name}")
        if self.certificate is None and self.address not in LOOPBACK:
            raise ServeError(
                f"listening on {self.address} without a certificate would send passwords in the "
                "open; give --certificate FILE and --key FILE, or listen on 127.0.0.1 behind a "
                "server that encrypts"
            )


def listen(port: int, address: str = HOST) -> socket.socket:
    """A socket bound to an address of this machine; port 0 takes a free one.

    Raises:
        ServeError: the port is in use, not allowed or no port at all, or no such address is here.
    """
    if not 0 <= port <= 65535:
        raise ServeError(f"port = {port} is no port; give --port 1024 to 65535")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise ServeError(
                f"{address} is no address of this machine; choose another with --listen"
            ) from None
        if error.errno == errno.EADDRINUSE:
            raise ServeError(
                f"port {port} is in use, perhaps by another occupancy; open "
                f"http://{HOST}:{port} or choose another with --port"
            ) from None
        raise ServeError(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from None
    return bound


def serve(
    *,
    port: int = PORT,
    data: Path | None = None,
    database: str | None = None,
    team: Team | None = None,
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the application until it is interrupted.

    Args:
        port: of the address.
        data: folder of database and cache; None takes the usual one.
        database: file or PostgreSQL URL of the diary; None is a file in `data`.
        team: with accounts, and how they reach it; None is alone on one's own machine.
        started: called with the address once the server can be reached.

    Raises:
        ServeError: the port cannot be used.
        FolderError: the folder cannot be used.
        StoreError: the diary in it cannot be used.
    """
    if team is not None:
        team.check()
    reached = team or Team()
    settings = Settings(
        data=data_folder(data),
        hosts=(*LOOPBACK, *reached.names, reached.address),
        database=database,
        team=team is not None,
    )
    bound = listen(port, reached.address)
    try:
        import uvicorn

        from occupancy.web.app import create_app
    except ImportError as error:
        bound.close()
        raise ServeError(
            f"the web application needs {error.name}; install it with: pip install 'occupancy[web]'"
        ) from None
    keep_freed()  # for the next answer, a fifth of its time
    application = create_app(settings)
    try:
        _open_diary(application)
    except ValueError:
        bound.close()
        raise
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=32_768,
        # A server on this machine that encrypts says for whom it asks.
        proxy_headers=team is not None,
        forwarded_allow_ips=HOST,
        ssl_certfile=reached.certificate,
        ssl_keyfile=reached.key,
    )
    server = uvicorn.Server(config)
    scheme = "http" if reached.certificate is None else "https"
    name = f"[{reached.address}]" if ":" in reached.address else reached.address
    address = f"{scheme}://{name}:{bound.getsockname()[1]}"
    bound.listen(128)
    threading.Thread(target=_warm, args=(application,), daemon=True).start()
    started(address)
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        return
    finally:
        bound.close()


def _open_diary(application: object) -> None:
    """Open the diary before anybody writes in it, so that what is wrong is said at once."""
    from occupancy.diary.error import NoDiaryLibraryError

    try:
        getattr(application, "state").keeper.store()  # noqa: B009
    except NoDiaryLibraryError:
        return  # the other pages need no diary, and its own says what to install


def _warm(application: object) -> None:
    """Make what the first page would wait for."""
    prepare = getattr(application, "state").prepare  # noqa: B009
    prepare()

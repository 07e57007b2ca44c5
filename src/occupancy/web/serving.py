"""Running the server on the loopback address until it is told to stop."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from occupancy.web.settings import PORT, Settings, data_folder

HOST: Final = "127.0.0.1"


class ServeError(ValueError):
    """A server that cannot start; the message says what to change."""


def listen(port: int) -> socket.socket:
    """A socket bound to the loopback address; port 0 takes a free one.

    Raises:
        ServeError: the port is in use, not allowed or no port at all.
    """
    if not 0 <= port <= 65535:
        raise ServeError(f"port = {port} is no port; give --port 1024 to 65535")
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
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
    started: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the application until it is interrupted.

    Args:
        port: on 127.0.0.1.
        data: folder of database and cache; None takes the usual one.
        started: called with the address once the server can be reached.

    Raises:
        ServeError: the port cannot be used.
        FolderError: the folder cannot be used.
        StoreError: the diary in it cannot be used.
    """
    settings = Settings(data=data_folder(data))
    bound = listen(port)
    try:
        import uvicorn

        from occupancy.web.app import create_app
    except ImportError as error:
        bound.close()
        raise ServeError(
            f"the web application needs {error.name}; install it with: pip install 'occupancy[web]'"
        ) from None
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
    )
    server = uvicorn.Server(config)
    address = f"http://{HOST}:{bound.getsockname()[1]}"
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

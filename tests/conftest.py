"""What holds for every test, and a PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings

# Machines are busy at times: how long one example takes says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="module")
def _programs_are_let_go() -> Iterator[None]:
    """Compiled programs of a file are not kept in memory for the next: they add up to gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()


#: Somebody without rights, to run a server as where the tests run as root.
NOBODY = 65534


def server_programs() -> Path | None:
    """Folder with initdb and postgres, or None."""
    found = [Path(one).parent for one in (shutil.which("postgres"),) if one]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((one for one in found if (one / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a server on the loopback address, without a database's name."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (initdb and postgres were not found)")
    as_user: dict[str, Any] = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="diary-pg-"))
    if as_user:
        os.chown(folder, NOBODY, NOBODY)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "test", "-A", "trust", "-E", "UTF8"],
        check=True,
        timeout=60,
        **quiet,
        **as_user,
    )
    settings = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=")
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", *(x for s in settings for x in ("-c", s))],
        **quiet,
        **as_user,
    )
    url = f"postgresql://test@127.0.0.1:{port}"
    try:
        _wait(url, server)
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing in it is kept
        try:
            server.wait(timeout=30)
        finally:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, server: subprocess.Popen[Any]) -> None:
    import time

    import psycopg

    for _ in range(100):
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError("the test server did not start")


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """URL of an empty database."""
    import psycopg

    name = f"diary_{uuid4().hex}"
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"{postgresql_server}/{name}"

"""What every request must pass and every answer carries: hosts, origins, bodies, headers.

Pure ASGI, so that a body is refused while it arrives and nothing is held in memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Nothing from elsewhere, nothing inline, no frame, no plug-in.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
#: The referrer stays on the site: without any, browsers hide the origin of a form from us too.
HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class Guard:
    """Refuse what has no business here; add the headers to what has."""

    def __init__(
        self,
        app: App,
        *,
        hosts: tuple[str, ...],
        largest_body: int,
        larger: Mapping[str, int] | None = None,
        strict: bool = False,
    ) -> None:
        """Guard `app`; see `settings.Settings` for the limits; `larger` holds those of paths.

        `strict` refuses what does not say where it comes from; without it, only what says that it
        comes from elsewhere.
        """
        self.strict = strict
        self.app = app
        self.larger = larger or {}
        self.hosts = frozenset(host.lower() for host in hosts)
        self.largest_body = largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with what is wrong."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope["method"], scope["path"], headers)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        most = self._most(scope["path"])
        seen = 0
        started = refused = False

        async def counted() -> Message:
            nonlocal seen, refused
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > most and not started:
                    refused = True
                    await _refuse(send, 413, _too_large(most))
                if seen > most:
                    return {"type": "http.disconnect"}
            return message

        async def dressed(message: Message) -> None:
            nonlocal started
            if refused:
                return
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _dressed(list(message.get("headers", ())))
            await send(message)

        try:
            await self.app(scope, counted, dressed)
        except Exception:
            if not refused:
                raise

    def _refusal(self, method: str, path: str, headers: dict[bytes, str]) -> tuple[int, str] | None:
        host = headers.get(b"host", "")
        if host_name(host) not in self.hosts:
            return 421, "This server answers only under its own name."
        length = headers.get(b"content-length", "0")
        if not length.isascii() or not length.isdigit():
            return 400, "Content-Length is not a number."
        most = self._most(path)
        if int(length) > most:
            return 413, _too_large(most)
        if method in _SAFE:
            return None
        if headers.get(b"sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "This came from another site; use the form on this one."
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "This came from another site; use the form on this one."
        if self.strict and origin is None and b"sec-fetch-site" not in headers:
            return 403, "This does not say where it comes from; send Origin with it."
        kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        allowed = ("application/json",) if path.startswith("/api/") else _FORMS
        if kind not in allowed:
            return 415, f"Content-Type is {kind or 'missing'!r}; send {' or '.join(allowed)}."
        return None

    def _most(self, path: str) -> int:
        return self.larger.get(path, self.largest_body)


def _too_large(most: int) -> str:
    return f"More than {most:,} bytes; send less."


def host_name(host: str) -> str:
    """The host without its port."""
    name, _, port = host.lower().rpartition(":")
    return name if name and port.isdigit() else host.lower()


def _dressed(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in headers}
    headers.extend(pair for pair in HEADERS if pair[0] not in present)
    if b"cache-control" not in present:
        headers.append((b"cache-control", b"no-store"))
    return headers


async def _refuse(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": _dressed(headers)})
    await send({"type": "http.response.body", "body": body})

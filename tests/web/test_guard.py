"""What every request must pass, and what every answer carries."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient

from occupancy.web.guard import Guard
from occupancy.web.settings import LARGEST_BODY, Settings

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGES = ["/explore", "/taper", "/evidence", "/about", "/help-now", "/nothing", "/api/drugs"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_what_comes_from_elsewhere(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert "https:" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_style_or_script_of_their_own_and_no_other_address(
    client: TestClient, path: str
) -> None:
    text = client.get(path).text
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    for piece in text.split("<script")[1:]:
        assert "src=" in piece.split(">")[0] or "application/json" in piece.split(">")[0]
    for piece in text.split('src="')[1:] + text.split('<link rel="')[1:]:
        assert "//" not in piece.split('"')[0]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "", "10.0.0.1:8417", "a@b"]
)
def test_another_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/explore", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8417", "LOCALHOST:9", "[::1]:8417"])
def test_the_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/about", headers={"Host": host}).status_code == 200


def test_a_body_of_ten_megabytes_is_refused(client: TestClient) -> None:
    body = b"x" * 10_000_000
    for path, kind in (
        ("/api/curve", "application/json"),
        ("/taper/calendar", FORM["Content-Type"]),
    ):
        answer = client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 413
        assert "bytes" in answer.text


def test_a_body_without_a_length_is_refused_when_it_grows(client: TestClient) -> None:
    pieces = (b"y" * 100_000 for _ in range(100))
    answer = client.post("/api/curve", content=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_what_grows_past_the_limit_is_not_read_to_its_end() -> None:
    read = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal read
        while (message := await receive()).get("more_body"):
            read += len(message["body"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"z" * 60_000, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/curve",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }
    guard = Guard(application, hosts=("localhost",), largest_body=LARGEST_BODY)
    asyncio.run(guard(scope, receive, send))
    assert sent[0]["status"] == 413
    assert read <= LARGEST_BODY


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/curve", "text/plain"),
        ("/api/curve", "application/x-www-form-urlencoded"),
        ("/api/taper", ""),
        ("/taper/calendar", "application/json"),
        ("/taper/calendar", "text/xml"),
    ],
)
def test_another_kind_of_body_is_refused(client: TestClient, path: str, kind: str) -> None:
    assert client.post(path, content=b"{}", headers={"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_post_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    body = {"drug": "citalopram"}
    assert client.post("/api/curve", json=body, headers=headers).status_code == 403


def test_a_post_from_its_own_pages_is_answered(client: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:8417", "Sec-Fetch-Site": "same-origin"}
    assert (
        client.post("/api/curve", json={"drug": "citalopram"}, headers=headers).status_code == 200
    )


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../../pages.py",
        "/static/x/%2e%2e%2fpages.py",
        "/static/x/..%5cpages.py",
        "/static/../settings.py",
        "/static/x/pages.py",
        "/static/x/htmx.min.js%00.css",
        "/evidence/..%2f..%2fetc%2fpasswd",
        "/evidence/%2e%2e",
        "//etc/passwd",
        "/taper/file/..%2f..%2fetc",
    ],
)
def test_a_path_reaches_nothing_but_what_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert "import" not in answer.text
    assert "root:" not in answer.text


def test_files_have_their_hash_in_their_address_and_stay(client: TestClient) -> None:
    page = client.get("/about").text
    sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = client.get(sheet, headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")


def test_what_breaks_is_answered_with_all_headers(settings: Settings) -> None:
    from occupancy.web import create_app

    application = create_app(settings)

    @application.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret of the house")

    client = TestClient(application, base_url="http://localhost", raise_server_exceptions=False)
    answer = client.get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Nothing was lost" in answer.text
    assert "content-security-policy" in answer.headers

"""Every route of the application, asked by those who have no business there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytest.importorskip("sqlalchemy")
pytest.importorskip("argon2")

from team import SECRET, Clinic, clinic

from occupancy.diary import backup
from occupancy.web.access import ROUTES, May
from occupancy.web.settings import Settings

#: A value for each part of a path that names something.
PARTS = {
    "hash": "x", "name": "style.css", "kind": "csv", "form": "note", "drug": "citalopram",
    "token": "anna.x",
}  # fmt: skip
#: What a form of each kind would hold, were it allowed.
TYPED: dict[str, dict[str, str]] = {
    "/diary/add/{form}": {"text": "not mine"},
    "/diary/entry/{entry_id}": {"withdraw": "yes"},
    "/diary/plan": {"agreed_by": "not me"},
    "/diary/export": {"passphrase": ""},
    "/account/grant": {"reader": "dr.d"},
    "/account/revoke": {"reader": "dr.b"},
    "/account/password": {"old": "four words are enough", "new": "1", "again": "2"},
    "/sign-in": {"name": "anna", "password": "not the password"},
}
#: Ways to say whose diary is meant.
CLAIMS = ("", "who=anna", "who=anna&who=anna", "owner=anna", "who=ANNA", "who=anna%00")
DIARY = (May.READERS, May.OWNER)


def routes(app: Any) -> list[tuple[str, str]]:
    """Every method and path that the application answers, however it came to have it."""
    try:
        from fastapi.routing import iter_route_contexts
    except ImportError:  # before routers were kept as they are
        found = app.routes
    else:
        found = list(iter_route_contexts(app.routes))
    return [(method, str(one.path)) for one in found for method in sorted(one.methods or ())]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with clinic(tmp_path_factory.mktemp("team")) as one:
        yield one


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Clinic]:
    """A clinic of a test's own."""
    with clinic(tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def browsers(team: Clinic) -> Iterator[dict[str, TestClient]]:
    found = {name: team.browser(name) for name in ("", "anna", "carl", "dr.b", "dr.d")}
    yield found
    for one in found.values():
        one.close()


def ask(browser: TestClient, team: Clinic, method: str, path: str, query: str = "") -> Any:
    address = path.format(**PARTS, entry_id=team.entry) + (f"?{query}" if query else "")
    if method == "GET":
        return browser.get(address)
    if path.startswith("/api/"):
        return browser.post(address, json={})
    if path == "/diary/import":
        return browser.post(address, files={"archive": ("a.zip", b"x", "application/zip")})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return browser.post(address, data=TYPED.get(path, {}), headers=form)


def test_every_route_has_a_decision_and_every_decision_a_route(team: Clinic) -> None:
    """A new route fails here until somebody decides who may use it."""
    assert set(routes(team.app)) == set(ROUTES)


def test_a_route_without_a_decision_is_closed(another: Clinic) -> None:
    team = another

    @team.app.get("/new")
    def new() -> str:
        return SECRET

    assert ("GET", "/new") in routes(team.app)
    for name, status in (("", 303), ("anna", 404), ("dr.b", 404)):
        answer = team.browser(name).get("/new")
        assert answer.status_code == status
        assert SECRET not in answer.text


def test_the_routes_of_accounts_are_not_there_alone(tmp_path: Path) -> None:
    from occupancy.web import create_app

    alone = create_app(Settings(data=tmp_path))
    own = {path for _, path in ROUTES if path.startswith(("/sign", "/account", "/welcome"))}
    assert {path for _, path in routes(alone)} == {path for _, path in ROUTES} - own - {"/people"}


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [
        (who, method, path)
        for (method, path), may in sorted(ROUTES.items())
        for who in ("", "carl", "dr.d")
        # What computes for every account computes the same for each; once is enough.
        if path != "/sign-out" and not (who == "dr.d" and may is May.SIGNED_IN)
    ],
)
def test_nobody_else_reaches_anything_of_anna(
    team: Clinic, browsers: dict[str, TestClient], who: str, method: str, path: str
) -> None:
    may = ROUTES[method, path]
    before = backup(team.store) if method == "POST" and who != "carl" else b""
    claims = CLAIMS if may in DIARY else ("who=anna",)
    for query in claims:
        answer = ask(browsers[who], team, method, path, query)
        assert SECRET not in answer.text
        assert "Anna" not in answer.text
        assert SECRET.encode() not in answer.content
        if not who and may not in (May.ANYBODY, May.ANYBODY_UNASKED):
            expected = 401 if method == "POST" or path.startswith("/api/") else 303
            assert answer.status_code == expected
        if not who and answer.status_code == 303:
            assert answer.headers["location"].startswith("/sign-in")
        if who and may in DIARY and query in ("who=anna", "who=anna&who=anna"):
            assert answer.status_code == (403 if may is May.OWNER else 404)
        if who == "dr.d" and may in (May.OWNER, May.PERSON):
            assert answer.status_code == 403
    if before:
        assert rows(backup(team.store)) == rows(before)


def rows(data: bytes) -> dict[str, set[bytes]]:
    """The lines of every table of a backup, failed sign-ins apart."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as file:
        found = {name: set(file.read(name).split(b"\n")) for name in file.namelist()}
    del found["backup.json"]
    found["audit.jsonl"] = {one for one in found["audit.jsonl"] if b"sign-in failed" not in one}
    return found


def test_a_reader_reads_by_the_readers_routes_and_writes_by_none(
    team: Clinic, browsers: dict[str, TestClient]
) -> None:
    seen = set()
    before = rows(backup(team.store))
    for (method, path), may in sorted(ROUTES.items()):
        if path in ("/sign-out", "/account/password", "/account/sessions", "/sign-in"):
            continue
        answer = ask(browsers["dr.b"], team, method, path, "who=anna")
        if SECRET in answer.text:
            seen.add((method, path))
            assert may is May.READERS
        if may in (May.OWNER, May.PERSON):
            assert answer.status_code == 403
    assert {("GET", "/diary"), ("GET", "/diary/entry/{entry_id}"), ("GET", "/report")} <= seen
    changed = {name for name, lines in rows(backup(team.store)).items() if lines != before[name]}
    assert changed <= {"audit.jsonl"}


def test_what_anna_sees_is_hers(team: Clinic, browsers: dict[str, TestClient]) -> None:
    for path in ("/diary", "/diary?who=anna", "/report"):
        assert SECRET in browsers["anna"].get(path).text
    assert "carl wrote that" in browsers["carl"].get("/diary").text
    assert SECRET not in browsers["carl"].get("/diary").text


def test_after_a_revoke_nothing_is_reachable(another: Clinic) -> None:
    team = another
    reader, person = team.browser("dr.b"), team.browser("anna")
    assert SECRET in reader.get("/diary?who=anna").text
    assert person.post("/account/revoke", data={"reader": "dr.b"}).status_code == 303
    for (method, path), may in sorted(ROUTES.items()):
        if may is May.SIGNED_IN and not path.startswith("/account"):
            continue
        answer = ask(reader, team, method, path, "who=anna")
        assert SECRET not in answer.text
        assert "Anna" not in answer.text
        if may is May.READERS:
            assert answer.status_code == 404

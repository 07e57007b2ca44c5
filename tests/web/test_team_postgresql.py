"""A team on PostgreSQL: the same journey, and the same walls; then its backup, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

pytest.importorskip("sqlalchemy")
pytest.importorskip("argon2")

from team import HOST, SECRET, WORDS, Clinic, clinic

from occupancy.diary import Store, backup, restore
from occupancy.diary.team import audit
from occupancy.web import Settings, create_app
from occupancy.web.access import ROUTES, May


@pytest.fixture
def team(tmp_path: Path, postgresql_url: str) -> Iterator[Clinic]:
    with clinic(tmp_path, postgresql_url) as one:
        yield one


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, postgresql_server: str) -> Iterator[Clinic]:
    """One clinic for the tests that change nothing in it."""
    import psycopg

    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE hostile")
    with clinic(tmp_path_factory.mktemp("hostile"), f"{postgresql_server}/hostile") as one:
        yield one


def test_a_diary_is_shared_and_no_longer_shared(team: Clinic) -> None:
    nobody, anna, carl, reader, other = (
        team.browser(name) for name in ("", "anna", "carl", "dr.b", "dr.d")
    )
    assert SECRET in anna.get("/diary").text
    assert SECRET in reader.get("/diary?who=anna").text
    assert anna.post("/diary/add/mood", data={"score": "6"}).status_code == 303
    assert reader.post("/diary/add/mood?who=anna", data={"score": "1"}).status_code == 403
    assert anna.post("/account/grant", data={"reader": "dr.d"}).status_code == 303
    assert SECRET in other.get("/report?who=anna").text
    for name in ("dr.b", "dr.d"):
        assert anna.post("/account/revoke", data={"reader": name}).status_code == 303
    for (method, path), may in ROUTES.items():
        if may is not May.READERS:
            continue
        address = path.format(entry_id=team.entry, kind="csv") + "?who=anna"
        for one in (nobody, carl, reader, other):
            answer = one.request(method, address)
            assert answer.status_code in (303, 404)
            assert SECRET not in answer.text
    wrong = nobody.post("/sign-in", data={"name": "anna", "password": "wrong password"})
    assert wrong.status_code == 422
    found = {one.what.name for one in audit.log(team.store, "anna")}
    assert {"FAILED", "SIGNED_IN", "READ", "SHARED", "REVOKED"} <= found


def test_its_backup_opens_on_sqlite(team: Clinic, tmp_path: Path) -> None:
    data, path = backup(team.store), tmp_path / "restored" / "diary.db"
    with Store.open(path) as back:
        restore(back, data)
        assert backup(back) == data
    app = create_app(Settings(data=path.parent, hosts=("clinic.example",), team=True))
    with TestClient(app, base_url=HOST, headers={"Origin": HOST}) as browser:
        page = browser.post("/sign-in", data={"name": "anna", "password": WORDS, "next": "/diary"})
        assert SECRET in page.text


HOSTILE = (
    "\0", "a\0b", "\ud800", "' OR 1=1 --", "<script>alert(1)</script>", "\u202e\u2028",
    "a" * 900, "../../etc/passwd", "\r\nSet-Cookie: a=b", "%s%n", "💊" * 80,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_nobody_should_send_is_refused_or_escaped(shared: Clinic, text: str) -> None:
    sent = quote(text.encode("utf-8", "surrogatepass"), safe="")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    nobody, anna = shared.browser(), shared.browser("anna")
    answers = [
        nobody.post("/sign-in", content=f"name={sent}&password={sent}&next={sent}", headers=form),
        nobody.get(f"/sign-in?next={sent}"),
        nobody.get(f"/welcome/{sent}"),
        nobody.post(f"/welcome/{sent}", content=f"password={sent}&again={sent}", headers=form),
        nobody.get("/account", headers={"Cookie": f"__Host-occupancy=anna.{sent}"}),
        anna.post("/account/grant", content=f"reader={sent}", headers=form),
        anna.post("/account/revoke", content=f"reader={sent}", headers=form),
        anna.post("/account/password", content=f"old={sent}&new={sent}&again=x", headers=form),
        anna.get(f"/account?said={sent}"),
        anna.get(f"/diary?who={sent}"),
        anna.get(f"/diary/entry/{sent}"),
        anna.post(f"/diary/entry/{sent}", content="withdraw=yes", headers=form),
        shared.browser("dr.b").get(f"/diary?who={sent}"),
        shared.browser("dr.b", headers={"User-Agent": ascii(text)}).get("/account"),
    ]
    for one in answers:
        assert one.status_code < 500, (one.request.url, one.text[:300])
        assert "<script>alert" not in one.text
        assert "a=b" not in str(one.headers.get_list("set-cookie"))

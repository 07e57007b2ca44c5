"""Signing in and out, the invitation, the account: as a browser without scripts sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sqlalchemy")
pytest.importorskip("argon2")

from team import HOST, SECRET, WORDS, Clinic, clinic

from occupancy.diary import backup
from occupancy.diary.team import audit
from occupancy.diary.team.accounts import Role, invite
from occupancy.diary.team.sessions import IDLE, LONGEST
from occupancy.web.access import safe_next
from occupancy.web.attempts import FOR_ACCOUNT, FROM_ADDRESS, WINDOW_S, Attempts, Limits

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Clinic]:
    with clinic(tmp_path) as one:
        yield one


def acts(team: Clinic, owner: str = "anna") -> list[str]:
    return [one.what.value for one in audit.log(team.store, owner)]


# Cookies and sessions


def test_the_cookie_is_for_this_host_encrypted_and_not_for_scripts(team: Clinic) -> None:
    answer = team.browser().post("/sign-in", data={"name": "anna", "password": WORDS})
    (cookie,) = answer.headers.get_list("set-cookie")
    name, *rest = [part.strip() for part in cookie.split(";")]
    assert re.fullmatch(r"__Host-occupancy=anna\.[\w-]{43}", name)
    assert {one.lower() for one in rest} == {
        "httponly",
        "secure",
        "samesite=lax",
        "path=/",
        "max-age=43200",
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "secure"),
    [
        ("http://127.0.0.1:8417", False),
        ("http://localhost", False),
        ("https://127.0.0.1", True),
        ("http://clinic.example", True),
    ],
)
def test_the_cookie_is_unencrypted_on_this_machine_alone(
    team: Clinic, address: str, secure: bool
) -> None:
    browser = team.browser(headers={"Origin": address})
    browser.base_url = address
    answer = browser.post("/sign-in", data={"name": "anna", "password": WORDS})
    assert answer.status_code == 303
    assert ("secure" in answer.headers["set-cookie"].lower()) is secure
    assert answer.headers["set-cookie"].startswith("__Host-" if secure else "occupancy=")


def test_a_cookie_that_was_stolen_is_worth_nothing_after_signing_out(team: Clinic) -> None:
    browser = team.browser("anna")
    stolen = team.browser()
    stolen.cookies.update(dict(browser.cookies))
    assert SECRET in stolen.get("/diary").text
    answer = browser.post("/sign-out", headers={"Content-Type": FORM})
    assert answer.status_code == 303
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    for one in (browser, stolen):
        assert one.get("/diary").status_code == 303
        assert SECRET not in one.get("/diary").text


@pytest.mark.parametrize("after", [IDLE, LONGEST])
def test_a_session_that_is_over_shows_nothing(team: Clinic, after: timedelta) -> None:
    browser = team.browser("anna")
    assert SECRET in browser.get("/diary").text
    team.clock.by = after
    answer = browser.get("/diary?x=1")
    assert (answer.status_code, answer.text) == (303, "")
    assert answer.headers["location"] == "/sign-in?next=%2Fdiary%3Fx%3D1"
    assert browser.post("/diary/add/note", data={"text": "late"}).status_code == 401
    assert browser.get("/explore/answer", headers={"HX-Request": "true"}).headers[
        "hx-redirect"
    ] == ("/sign-in")


@pytest.mark.parametrize("cookie", ["", "x", "anna.", "anna." + "A" * 43, "dr.b." + "\u00e9" * 3])
def test_a_cookie_that_is_none_signs_nobody_in(team: Clinic, cookie: str) -> None:
    value = f"__Host-occupancy={cookie}".encode("latin-1")
    answer = team.browser().get("/diary", headers={b"Cookie": value})  # type: ignore[dict-item]
    assert answer.status_code == 303


def test_signing_in_again_ends_the_session_before(team: Clinic) -> None:
    browser = team.browser("anna")
    before = dict(browser.cookies)
    browser.post("/sign-in", data={"name": "anna", "password": WORDS})
    assert dict(browser.cookies) != before
    old = team.browser()
    old.cookies.update(before)
    assert old.get("/diary").status_code == 303


def test_the_page_that_was_asked_for_comes_after_signing_in(team: Clinic) -> None:
    browser = team.browser()
    page = browser.get("/sign-in", params={"next": "/report?days=30"})
    assert 'name="next" value="/report?days=30"' in page.text
    typed = {"name": " Anna ", "password": WORDS, "next": "/report?days=30"}
    assert browser.post("/sign-in", data=typed).headers["location"] == "/report?days=30"
    assert browser.get("/sign-in").headers["location"] == "/"
    assert browser.get("/").headers["location"] == "/diary"
    assert team.browser("dr.b").get("/").headers["location"] == "/people"
    assert team.browser().get("/").headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    "text", ["https://evil.example", "//evil.example", "/\\evil", "evil", "", "/a\r\nX: y", "/" * 2]
)
def test_signing_in_leads_to_no_other_site(text: str) -> None:
    assert safe_next(text) == "/"


# Refusals


def test_a_refusal_is_the_same_whether_there_is_an_account(team: Clinic) -> None:
    browser = team.browser()
    found = []
    for name in ("anna", "nobody"):
        answer = browser.post("/sign-in", data={"name": name, "password": "wrong password"})
        assert answer.status_code == 422
        assert f'value="{name}"' in answer.text
        assert "wrong password" not in answer.text
        assert 'aria-describedby="wrong-password"' in answer.text
        found.append((answer.text.replace(name, "N"), answer.headers.keys()))
    assert found[0] == found[1]
    assert acts(team)[0] == "sign-in failed"


def test_too_many_attempts_wait_by_account_whether_there_is_one(team: Clinic) -> None:
    for name in ("anna", "nobody"):
        browser = team.browser()
        typed = {"name": name, "password": "wrong password"}
        for _ in range(FOR_ACCOUNT):
            assert browser.post("/sign-in", data=typed).status_code == 422
        answer = browser.post("/sign-in", data={"name": name, "password": WORDS})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= WINDOW_S
        assert "Try again in 15 minutes" in answer.text
        assert "set-cookie" not in answer.headers
    assert acts(team).count("sign-in failed") == FOR_ACCOUNT
    assert team.browser("carl").get("/diary").status_code == 200


def test_attempts_are_counted_by_account_and_by_address_and_forgotten_in_time() -> None:
    now = [0.0]
    limits = Limits(lambda: now[0])
    assert [limits.take("a", "here") for _ in range(FOR_ACCOUNT)] == [0] * FOR_ACCOUNT
    assert limits.take(" A ", "there") == WINDOW_S
    for k in range(FROM_ADDRESS):
        limits.take(f"somebody {k}", "here")
    assert limits.take("another", "here") > 0
    assert limits.take("another", "there") == 0
    now[0] = WINDOW_S - 0.5
    assert limits.take("a", "there") == 1
    now[0] = WINDOW_S
    assert limits.take("a", "here") == 0


def test_a_good_attempt_does_not_count_and_the_table_does_not_grow() -> None:
    attempts = Attempts(2, clock=lambda: 0.0)
    for _ in range(9):
        assert attempts.take("a") == 0
        attempts.give_back("a")
    for k in range(200_000):
        attempts.take(str(k))
    assert len(attempts._found) <= 1 << 16


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": HOST}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://clinic.example.evil.example"}, 403),
        ({"Origin": HOST, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Referer": f"{HOST}/diary"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/diary/add/note", "/account/grant", "/sign-out"])
def test_what_another_site_sends_changes_nothing(
    team: Clinic, path: str, headers: dict[str, str], status: int
) -> None:
    browser = team.browser("anna")
    del browser.headers["Origin"]
    before = backup(team.store)
    typed = {"text": "x", "reader": "dr.d"}
    answer = browser.post(path, data=typed, headers=headers)
    assert answer.status_code == status
    assert (backup(team.store) == before) is (status == 403)


# The invitation and the account


def test_an_invitation_is_accepted_once(team: Clinic) -> None:
    link = f"/welcome/{invite(team.store, 'eva', Role.PERSON, name='Eva <b>').token}"
    browser = team.browser()
    page = browser.get(link)
    assert "Eva &lt;b&gt;" in page.text
    for typed, field, words in (
        ({"password": "short", "again": "short"}, "password", "5 characters"),
        ({"password": WORDS, "again": WORDS + "x"}, "again", "not the same"),
    ):
        wrong = browser.post(link, data=typed)
        assert wrong.status_code == 422
        assert words in wrong.text.split(f'id="wrong-{field}"')[1].split("</div>")[0]
        assert WORDS not in wrong.text
    made = browser.post(link, data={"password": WORDS, "again": WORDS})
    assert made.headers["location"] == "/account"
    assert "Eva" in browser.get("/account").text
    for answer in (browser.get(link), browser.post(link, data={"password": WORDS, "again": WORDS})):
        assert answer.status_code == 404
        assert "This link is over" in answer.text


def test_a_person_lets_a_clinician_read_and_ends_it_again(team: Clinic) -> None:
    anna, reader = team.browser("anna"), team.browser("dr.d")
    assert "Nobody yet" in reader.get("/people").text
    wrong = anna.post("/account/grant", data={"reader": "Dr. Nobody"})
    assert wrong.status_code == 422
    assert 'value="Dr. Nobody"' in wrong.text
    assert "No clinician" in wrong.text.split('id="wrong-reader"')[1].split("</div>")[0]
    done = anna.post("/account/grant", data={"reader": " DR.D "})
    assert "can read your diary" in anna.get(done.headers["location"]).text
    assert "Anna" in reader.get("/people").text
    page = reader.get("/diary?who=anna").text
    assert SECRET in page
    assert "shares this diary with you" in page
    assert '<form action="/diary' not in page
    assert f'/diary/entry/{team.entry}?who=anna"' in page
    entry = reader.get(f"/diary/entry/{team.entry}?who=anna").text
    assert SECRET in entry
    assert "Withdraw it" not in entry
    assert SECRET in reader.get("/report?who=anna").text
    account = anna.get("/account").text
    for words in ("shared with: dr.d", "read by: Diary", "read by: an entry", "read by: Report"):
        assert words in account
    anna.post("/account/revoke", data={"reader": "dr.d"})
    assert reader.get("/diary?who=anna").status_code == 404
    assert "Nobody yet" in reader.get("/people").text
    assert "no longer shared with: dr.d" in anna.get("/account").text


def test_another_password_ends_the_other_sessions(team: Clinic) -> None:
    here, there = team.browser("anna"), team.browser("anna")
    new = "four other good words"
    for typed, field in (
        ({"old": "wrong", "new": new, "again": new}, "old"),
        ({"old": WORDS, "new": new, "again": "x"}, "again"),
        ({"old": WORDS, "new": "short", "again": "short"}, "new"),
    ):
        wrong = here.post("/account/password", data=typed)
        assert wrong.status_code == 422
        assert f'id="wrong-{field}"' in wrong.text
        assert new not in wrong.text
    done = here.post("/account/password", data={"old": WORDS, "new": new, "again": new})
    assert done.status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert "password changed" in acts(team)
    assert team.browser().post(
        "/sign-in", data={"name": "anna", "password": WORDS}
    ).status_code == (422)


def test_the_present_password_cannot_be_guessed_from_an_open_session(team: Clinic) -> None:
    browser = team.browser("anna")
    typed = {"old": "wrong", "new": "x", "again": "x"}
    for _ in range(FOR_ACCOUNT):
        assert browser.post("/account/password", data=typed).status_code == 422
    assert browser.post("/account/password", data=typed).status_code == 429


def test_the_other_sessions_are_ended(team: Clinic) -> None:
    here, there = team.browser("anna"), team.browser("anna")
    assert here.get("/account").text.count("since ") == 2
    form = {"Content-Type": FORM}
    done = here.post("/account/sessions", headers=form)
    assert "1 other session ended" in here.get(done.headers["location"]).text
    assert there.get("/account").status_code == 303


def test_exports_and_imports_are_in_the_log(team: Clinic) -> None:
    anna = team.browser("anna")
    archive = anna.post("/diary/export", data={"passphrase": ""})
    assert archive.status_code == 200
    files = {"archive": ("a.zip", archive.content, "application/zip")}
    assert anna.post("/diary/import", files=files).status_code == 303
    assert acts(team)[:2] == ["imported", "exported"]
    anna.post("/diary/add/taken", data={"drug": "citalopram", "dose_mg": "20"})
    assert anna.get("/report/file/csv").status_code == 200
    assert acts(team)[0] == "exported"
    assert team.browser("dr.b").get("/report/file/csv?who=anna").status_code == 200
    assert acts(team)[0] == "read by"


def test_the_invented_diary_is_read_and_not_written(team: Clinic) -> None:
    anna = team.browser("anna")
    page = anna.get("/diary?who=example").text
    assert "An invented diary" in page
    assert '<form action="/diary' not in page
    answer = anna.post("/diary/add/note?who=example", data={"text": "x"})
    assert answer.status_code == 403


def test_who_is_not_signed_in_is_shown_the_way_in_and_help(team: Clinic) -> None:
    browser = team.browser()
    for path in ("/help-now", "/about", "/sign-in"):
        page = browser.get(path)
        assert page.status_code == 200
        assert "/help-now" in page.text
        assert str(team.app.state.settings.data) not in page.text
    navigation = browser.get("/sign-in").text.split("<nav")[1].split("</nav>")[0]
    assert "Diary" not in navigation


def test_help_is_there_when_the_database_is_not(team: Clinic, monkeypatch: Any) -> None:
    from occupancy.diary import StoreError

    browser = team.browser("anna")

    def broken(_: object) -> None:
        raise StoreError("the server does not answer.")

    monkeypatch.setattr(type(team.app.state.keeper), "store", broken)
    assert browser.get("/help-now").status_code == 200
    assert browser.get("/about").status_code == 200
    answer = browser.get("/diary")
    assert answer.status_code == 503
    assert "does not answer" in answer.text

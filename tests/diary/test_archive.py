"""Archives: what comes back equals what was kept, and nothing else comes in."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from occupancy.diary import (
    ArchiveError,
    Content,
    Diary,
    Moment,
    Mood,
    Note,
    PassphraseError,
    Store,
    Taken,
    export_archive,
    import_archive,
    sealing,
)
from occupancy.diary.archive import JSON_NAME

NOON = Moment.at(datetime(2026, 3, 1, 12), "Europe/Berlin")


@pytest.fixture(autouse=True)
def quick_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cheap key; one test below uses the real one."""
    seal = sealing.seal
    monkeypatch.setattr(
        "occupancy.diary.archive.seal", lambda data, words: seal(data, words, log2_n=4)
    )


def fresh(store: Store, name: str = "") -> Diary:
    owner = name or f"o{datetime.now(UTC).timestamp()}"
    store.add_owner(owner)
    return store.diary(owner)


def filled(store: Store, taper: dict[str, Any]) -> Diary:
    diary = fresh(store)
    entry = diary.add(Taken("citalopram", 20, note='"quoted", =1+1\nline'), NOON)
    diary.correct(entry.id, Taken("citalopram", 10), reason="half")
    diary.withdraw(diary.add(Mood(1), NOON).id)
    diary.add(Note("=HYPERLINK(1)"), NOON)
    plan = diary.add_plan(taper, date(2026, 3, 2))
    diary.add_plan(taper, date(2026, 3, 9), plan_id=plan.plan_id, agreed_by="Dr Example")
    return diary


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.from_type(Content), st.from_type(Moment), st.booleans()), max_size=5),
    st.none() | st.text(min_size=8, max_size=20),
)
def test_import_equals_the_original(
    store: Store, written: list[tuple[Content, Moment, bool]], passphrase: str | None
) -> None:
    diary, other = (
        fresh(
            store,
        ),
        fresh(store),
    )
    for content, at, corrected in written:
        entry = diary.add(content, at)
        if corrected:
            diary.withdraw(entry.id, reason="x")
    data = export_archive(diary, passphrase)
    import_archive(other, data, passphrase)
    assert set(other.versions()) == set(diary.versions())
    assert other.entries() == diary.entries()
    assert import_archive(other, data, passphrase).entries == 0


def test_archives_pass_from_one_database_to_the_other(
    tmp_path: Any, postgresql_url: str, taper: dict[str, Any]
) -> None:
    with Store.open(tmp_path / "diary.db") as file, Store.open(postgresql_url) as server:
        mine = filled(file, taper)
        first = export_archive(mine)
        there = fresh(server)
        import_archive(there, first)
        assert export_archive(there) == first
        back = fresh(file)
        assert import_archive(back, export_archive(there)).plans == 2
        assert export_archive(back) == first
        assert back.plan_versions() == mine.plan_versions()


def test_the_same_diary_gives_the_same_bytes(store: Store, taper: dict[str, Any]) -> None:
    diary = filled(store, taper)
    assert export_archive(diary) == export_archive(diary)


def test_the_tables_hold_every_version_and_no_formula(store: Store, taper: dict[str, Any]) -> None:
    with zipfile.ZipFile(io.BytesIO(export_archive(filled(store, taper)))) as file:
        assert set(file.namelist()) == {"README.txt", JSON_NAME, "entries.csv", "plans.csv"}
        entries = list(csv.DictReader(io.StringIO(file.read("entries.csv").decode())))
        plans = list(csv.DictReader(io.StringIO(file.read("plans.csv").decode())))
    assert [one["stands"] for one in entries].count("yes") == 2
    assert len(entries) == 5
    assert entries[0]["value"] == "20.0"
    assert "'=HYPERLINK(1)" in {one["note"] for one in entries}
    assert not any(cell.startswith(("=", "+", "@")) for one in entries for cell in one.values())
    assert len(plans) == 2 * (1 + len(taper["steps"]))
    assert {one["drug"] for one in plans} == {"citalopram"}


def test_a_passphrase_is_needed_and_has_to_be_the_one(store: Store) -> None:
    diary = fresh(store)
    diary.add(Note("secret words"), NOON)
    data = export_archive(diary, "correct horse")
    assert b"secret" not in data
    with pytest.raises(PassphraseError, match="is encrypted"):
        import_archive(diary, data)
    with pytest.raises(PassphraseError, match="does not open"):
        import_archive(diary, data, "correct house")
    with pytest.raises(PassphraseError, match="too short"):
        export_archive(diary, "short")


def test_the_key_is_costly_and_every_sealing_is_another() -> None:
    one, two = sealing.seal(b"words", "correct horse"), sealing.seal(b"words", "correct horse")
    assert one[len(sealing.MAGIC)] == sealing.LOG2_N >= 17
    assert one != two
    assert sealing.unseal(one, "correct horse") == sealing.unseal(two, "correct horse") == b"words"


@given(st.data())
def test_a_changed_byte_makes_a_sealed_file_unreadable(data: st.DataObject) -> None:
    whole = sealing.seal(b"words", "correct horse", log2_n=2)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = bytearray(whole)
    other[at] ^= data.draw(st.integers(1, 255))
    if len(sealing.MAGIC) <= at < len(sealing.MAGIC) + 1:
        other[at] = data.draw(st.sampled_from([0, 1, 3, 4, 21, 255]))
    with pytest.raises(PassphraseError):
        sealing.unseal(bytes(other), "correct horse")
    with pytest.raises(PassphraseError):
        sealing.unseal(whole[: at or 1], "correct horse")


def lines(store: Store, taper: dict[str, Any]) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(export_archive(filled(store, taper)))) as file:
        return json.loads(file.read(JSON_NAME))


def _set(path: str, value: Any) -> Any:
    def change(document: dict[str, Any]) -> None:
        *names, last = (int(one) if one.isdigit() else one for one in path.split("/"))
        here: Any = document
        for one in names:
            here = here[one]
        if value is _GONE:
            del here[last]
        else:
            here[last] = value

    return change


_GONE = object()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("document", "course"), "not a diary"),
        (_set("entries", 5), "no list of entries"),
        (_set("entries/0", 5), r"entries\[0\]: not an object"),
        (_set("entries/0/zone", _GONE), r"entries\[0\]: zone is missing"),
        (_set("entries/0/at_utc", "yesterday"), r"entries\[0\]: at_utc is not an instant"),
        (_set("entries/0/at_utc", "2026-13-01T11:00:00+00:00"), r"entries\[0\]"),
        (_set("entries/0/at_local", "2026-03-01T12:00:00+01:00"), "not a local time"),
        (_set("entries/0/at_local", "2026-03-05T12:00:00"), "more than 16 h"),
        (_set("entries/0/content/dose_mg", -1), r"entries\[0\]: dose_mg = -1"),
        (_set("entries/0/content/extra", 1), "no field 'extra'"),
        (_set("entries/0/kind", "dance"), "is not one of"),
        (_set("entries/0/id", "../../etc"), r"entries\[0\]"),
        (_set("entries/0/version", 2), "no first version"),
        (_set("entries/0/version", True), "not a whole number"),
        (_set("entries/0/reason", "a\x00"), r"U\+0000"),
        (_set("entries/0/withdrawn", "no"), "not true or false"),
        (_set("entries/0/recorded_utc", None), "recorded_utc is not text"),
        (_set("plans/0/plan", {}), r"plans\[0\]: document"),
        (_set("plans/0/first_day", "2 March"), r"plans\[0\]"),
    ],
)
def test_what_this_package_did_not_write_is_refused_whole(
    tmp_path: Any, taper: dict[str, Any], change: Any, message: str
) -> None:
    with Store.open(tmp_path / "diary.db") as store:
        document = lines(store, taper)
        change(document)
        target = fresh(store)
        with pytest.raises(ArchiveError, match=message):
            import_archive(target, json.dumps(document).encode())
        assert target.versions() == target.plan_versions() == ()


def test_chains_that_contradict_are_refused(tmp_path: Any, taper: dict[str, Any]) -> None:
    with Store.open(tmp_path / "diary.db") as store:
        diary = fresh(store)
        entry = diary.add(Mood(5), NOON)
        data = export_archive(diary)
        other = fresh(store)
        import_archive(other, data)
        other.correct(entry.id, Mood(6))
        diary.correct(entry.id, Mood(7))
        with pytest.raises(ArchiveError, match="each in its own way"):
            import_archive(diary, export_archive(other))
        document = json.loads(_json(data))
        document["entries"][0]["content"]["score"] = 1
        with pytest.raises(ArchiveError, match="says something else"):
            import_archive(diary, json.dumps(document).encode())
        document["entries"] *= 2
        with pytest.raises(ArchiveError, match="twice"):
            import_archive(diary, json.dumps(document).encode())
        assert len(diary.versions()) == 2


def _json(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return file.read(JSON_NAME)


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no archive"),
        (b"PK\x03\x04 nothing", "no archive"),
        (b"{", "cannot be read"),
        (b"[" * 100_000, "no archive"),
        (b'{"a":' * 100_000, "cannot be read"),
        (_zip("other.json", b"{}"), "has no diary.json"),
        (_zip(JSON_NAME, b"\xff\xfe"), "cannot be read"),
        (_zip(JSON_NAME, b"3"), "not a diary"),
    ],
)
def test_other_files_are_refused(tmp_path: Any, data: bytes, message: str) -> None:
    with Store.open(tmp_path / "diary.db") as store, pytest.raises(ArchiveError, match=message):
        import_archive(store.diary(), data)


def test_a_zip_that_grows_without_end_is_refused(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("occupancy.diary.archive.MOST_BYTES", 1000)
    bomb = _zip(JSON_NAME, b" " * 5000)
    refused = pytest.raises(ArchiveError, match="larger than")
    with Store.open(tmp_path / "diary.db") as store, refused:
        import_archive(store.diary(), bomb)

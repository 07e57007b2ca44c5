"""What an entry may hold, and that nothing is lost in writing it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.diary import Answers, Content, EntryError, Mood, Note, Sleep, Taken, content_of


@given(st.from_type(Content))
def test_writing_and_reading_loses_nothing(content: Content) -> None:
    assert content_of(content.kind, json.loads(json.dumps(content.to_json()))) == content


@pytest.mark.parametrize(
    ("make", "field", "message"),
    [
        (lambda: Taken("citalopram", 0), "dose_mg", "more than 0 to 10000 mg"),
        (lambda: Taken("citalopram", -5), "dose_mg", "not allowed"),
        (lambda: Taken("citalopram", float("nan")), "dose_mg", "nan is not allowed"),
        (lambda: Taken("citalopram", 20_000), "dose_mg", "10000 mg"),
        (lambda: Taken(" ", 20), "drug", "name of one line"),
        (lambda: Taken("a\nb", 20), "drug", "name of one line"),
        (lambda: Taken("x" * 101, 20), "drug", "at most 100"),
        (lambda: Sleep(25), "hours", "0 to 24 h"),
        (lambda: Sleep(7, quality=11), "quality", "0 to 10"),
        (lambda: Sleep(7, awakenings=-1), "awakenings", "0 to 100"),
        (lambda: Mood(11), "score", "0 to 10"),
        (lambda: Mood(5.5), "score", "whole number"),  # type: ignore[arg-type]
        (lambda: Mood(True), "score", "whole number"),
        (lambda: Note(""), "text", "empty"),
        (lambda: Note("a\x00b"), "text", r"character 2 \(U\+0000\)"),
        (lambda: Note("a\ud800"), "text", r"U\+D800"),
        (lambda: Note("a" * 10_001), "text", "at most 10000"),
        (lambda: Answers("PHQ-9", (0,) * 8), "answers", "has 9 items, 8 answers"),
        (lambda: Answers("PHQ-9", (4, *(0,) * 8)), "answers", "item 1: 4 is not allowed"),
        (lambda: Answers("PHQ-9", (None,) * 9), "answers", "no item was answered"),
        (lambda: Answers("DESS", (0,)), "scale", "there are: withdrawal checklist, PHQ-9"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(make: Any, field: str, message: str) -> None:
    with pytest.raises(EntryError, match=message) as refused:
        make()
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("dance", {}, "is not one of dose taken"),
        ("mood", [], "JSON object"),
        ("mood", {}, "score is missing"),
        ("mood", {"score": "5"}, "not a whole number"),
        ("mood", {"score": 5, "colour": "red"}, "no field 'colour'"),
        ("dose taken", {"drug": 3, "dose_mg": 5}, "not text"),
        ("dose taken", {"drug": "x", "dose_mg": True}, "not a number"),
        ("scale", {"scale": "GAD-7", "answers": "0000000"}, "is a list"),
    ],
)
def test_foreign_json_is_refused(kind: str, values: Any, message: str) -> None:
    with pytest.raises(EntryError, match=message):
        content_of(kind, values)

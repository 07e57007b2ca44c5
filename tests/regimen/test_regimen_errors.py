"""Errors point at the word that is wrong and say what is allowed there."""

import pickle

import pytest

from occupancy.regimen import RegimenError, parse

# The wrong word stands between « and »; a caret alone (an empty word) marks the end of the text.
POINTED = [
    ("20 «mgg» daily", "did you mean 'mg'"),
    ("20 «ml» daily", "a volume"),
    ("20 «L» daily", "a volume"),
    ("2 «tablets» daily", "number of units"),
    ("50 «nmol» daily", "amount of substance"),
    ("400 «MBq» once", "radioactivity"),
    ("«20» daily", "unit is missing"),
    ("20 mg «dayly»", "did you mean 'daily'"),
    ("20 mg «evry» 4 weeks", "did you mean 'every'"),
    ("20 mg daily for 3 «dayz»", "did you mean 'day'"),
    ("20 mg daily for 28«»", "unit of time"),
    ("20 mg daily for«»", "duration"),
    ("«20 mg»", "how often"),
    ("20 mg once then «10 mg»", "how often"),
    ("5 mg iv over 30 min then «2 mg»", "how often"),
    ("«-20» mg daily", "negative"),
    ("citalopram «-»20 mg daily", "negative"),
    ("20 mg daily for 5 days then «-10» mg", "negative"),
    ("«20-30» mg daily", "not a range"),
    ("«1,5» mg daily", "comma"),
    ("1.5 «mg/kg» daily", "weight"),
    ("1.5 «mg per kg» daily", "weight"),
    ("40 «mg/m2» daily", "surface"),
    ("10 «mg/h» iv", "rate"),
    ("5 mg «prn»", "as needed"),
    ("5 mg daily «as needed»", "as needed"),
    ("«0 mg» daily", "zero"),
    ("5 mg at 08:00 and «0 mg» at 20:00", "zero"),
    ("«2000000 mg» daily", "at most 1000000 mg"),
    ("150 mg every 4 weeks for 8 weeks then «100 mg» at 09:00", "does not say how often"),
    ("«5 mg» iv over 30 min at 08:00", "does not say how often"),
    ("20 mg at «8»", "time of day"),
    ("20 mg at «25:00»", "time of day"),
    ("20 mg at «13:00» pm", "time of day"),
    ("20 mg «twice daily» at night", "2 times of day"),
    ("20 mg «every 12 hours» at 08:00", "whole days"),
    ("«20 mg» daily and 10 mg at night", "needs its time of day"),
    ("20 mg at 08:00 and «10 mg» in the morning", "at 08:00"),
    ("20 mg daily «twice daily»", "said twice"),
    ("20 mg «7 times daily»", "whole minutes"),
    ("20 mg «three times weekly»", "does not say when"),
    ("20 mg every «0 days»", "cannot be this"),
    ("20 mg daily for 5 days «until day 9»", "said twice"),
    ("20 mg daily for 10 days then 5 mg «until day 9»", "a day from 11"),
    ("20 mg daily «for 200 years»", "up to 100 years"),
    ("20 mg daily «for 0.0001 h»", "whole number of minutes"),
    ("20 mg daily «then» stop", "how long"),
    ("20 mg daily for 5 days then stop «then» 10 mg daily", "how long"),
    ("20 mg daily for 5 days «stop»", "then stop"),
    ("20 mg daily for 5 days then «»", "a dose"),
    ("20 mg daily «30 mg»", "follows another"),
    ("20 mg daily and «daily»", "a dose or a time of day"),
    ("20 mg daily, missed days 3 and «40» for 28 days", "outside the course"),
    ("20 mg daily, missed days «25-29» for 28 days", "outside the course"),
    ("150 mg every 4 weeks, missed day «3»", "No dose falls on day 3"),
    ("20 mg daily, missed days «0»", "not a day of treatment"),
    ("20 mg daily, missed days «9-3»", "forwards"),
    ("20 mg daily, missed «Tuesday»", "'days'"),
    ("20 mg daily «late doses by 1 week»", "less than 24 h"),
    ("20 mg daily, late doses by 1 h «late doses»", "said twice"),
    ("20 mg daily po for 3 days then 20 mg «im»", "one route"),
    ("20 mg daily «over 30 min»", "route"),
    ("20 mg im «over 30 min» daily", "not im"),
    ("20 mg iv daily «over 30 h»", "runs into"),
    ("20 mg at steady «dosing»", "'state'"),
    ("20 mg once «at steady state»", "no steady state"),
    ("10 mg once «for 5 days»", "has no duration"),
    ("«daily» 20 mg", "drug's name"),
    ("«morning» 20 mg", "drug's name"),
    ("citalopram «oral» 20 mg", "drug's name"),
    ("«/» citalopram 20 mg", "drug's name"),
    ("«citalopram daily»", "No dose is given"),
    ("20 mg daily «((»", "not part of a regimen"),
    ("20 mg daily «[»[[[{{", "not part of a regimen"),
    ("20 mg\n\t«dayly» for 3 days", "daily"),
]


@pytest.mark.parametrize(("marked", "said"), POINTED, ids=[marked for marked, _ in POINTED])
def test_the_caret_stands_under_the_wrong_word(marked: str, said: str) -> None:
    before, rest = marked.split("«")
    wrong, after = rest.split("»")
    text = before + wrong + after
    with pytest.raises(RegimenError) as caught:
        parse(text)
    error = caught.value
    assert said in str(error)
    assert error.text == text
    if wrong == "((":  # brackets are read one by one
        wrong = "("
    assert text[error.start : error.end] == wrong
    lines = str(error).split("\n")
    carets = next(line for line in lines if set(line.strip()) == {"^"})
    shown = lines[lines.index(carets) - 1]
    first, last = carets.index("^"), carets.rindex("^") + 1
    assert shown[first:last].strip() == wrong.strip()
    assert last - first == max(1, len(wrong))


def test_the_caret_stays_in_place_in_a_long_text_and_beside_wide_letters() -> None:
    long = "20 mg daily for 3 days then " * 30 + "20 mg dayly" + " then 20 mg daily" * 30
    with pytest.raises(RegimenError) as caught:
        parse(long)
    _, shown, carets, *_ = str(caught.value).split("\n")
    assert len(shown) < 150
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "dayly"

    with pytest.raises(RegimenError) as caught:
        parse("薬 20 mgg daily")
    assert str(caught.value).split("\n")[2] == "  " + " " * len("xx 20 ") + "^^^"


def test_the_error_carries_its_parts_and_survives_pickling() -> None:
    with pytest.raises(ValueError, match="dayly") as caught:
        parse("20 mg dayly")
    error = caught.value
    assert isinstance(error, RegimenError)
    assert "for 28 days" in error.expected
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.start, copy.end) == (str(error), 6, 11)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "9" * 5000 + " mg daily",
        "9" * 399 + " mg daily",
        "20 mg daily for " + "9" * 399 + " days",
        "20 mg daily for " + "9" * 5000 + " days",
        "20 mg iv daily over " + "9" * 399 + " h",
        "20 mg daily, missed days 1-36500, 1-36500, 1-36500",
        "20 mg daily, missed days 1-99999999999",
        "20 mg daily for 1 day" + " then 20 mg daily for 1 day" * 500,
        "(" * 10_000 + "20 mg daily" + ")" * 10_000,
        "20 mg daily " * 20_000,
        "20 mg at 99:99",
        "20 mg daily until day 999999999",
        "20 mg q0h",
        "20 mg 0 times daily",
    ],
)
def test_absurd_texts_are_refused(text: str) -> None:
    with pytest.raises(RegimenError) as caught:
        parse(text)
    assert len(str(caught.value)) < 2000

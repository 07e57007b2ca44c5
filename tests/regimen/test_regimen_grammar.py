"""What people write, and the regimen it means."""

import datetime as dt

import pytest

from occupancy.regimen import Dose, Late, Phase, Regimen, RegimenError, format_regimen, parse

DAY, WEEK = 24.0, 168.0

DAILY_20 = Phase((Dose(20),))

MEANINGS = [
    ("20 mg daily", Regimen(phases=(DAILY_20,))),
    (
        "citalopram 20 mg daily for 28 days",
        Regimen(drug="citalopram", phases=(Phase((Dose(20),), 24, 28 * DAY),)),
    ),
    (
        "300 mg at night for 14 days then 200 mg",
        Regimen(
            phases=(
                Phase((Dose(300, "night"),), 24, 14 * DAY),
                Phase((Dose(200, "night"),), 24),
            )
        ),
    ),
    (
        "paliperidone palmitate 150 mg every 4 weeks im",
        Regimen(drug="paliperidone palmitate", route="im", phases=(Phase((Dose(150),), 4 * WEEK),)),
    ),
    (
        "75 mg twice daily, missed days 3 and 9",
        Regimen(phases=(Phase((Dose(75),), 12),), missed=(3, 9)),
    ),
    (
        "quetiapine XR 300 mg at night",
        Regimen(drug="quetiapine XR", phases=(Phase((Dose(300, "night"),)),)),
    ),
    ("10 mg once", Regimen(phases=(Phase((Dose(10),), 24, 24),))),
    ("5 mg single dose", Regimen(phases=(Phase((Dose(5),), 24, 24),))),
    (
        "20 mg every morning for 4 weeks then 10 mg for 2 weeks then stop",
        Regimen(
            phases=(
                Phase((Dose(20, "morning"),), 24, 4 * WEEK),
                Phase((Dose(10, "morning"),), 24, 2 * WEEK),
                Phase(()),
            )
        ),
    ),
    ("2 mg every 12 hours", Regimen(phases=(Phase((Dose(2),), 12),))),
    ("30 mg on alternate days", Regimen(phases=(Phase((Dose(30),), 48),))),
    ("25 mg three times daily", Regimen(phases=(Phase((Dose(25),), 8),))),
    (
        "20 mg at 08:00 and 10 mg at 20:00",
        Regimen(phases=(Phase((Dose(20, dt.time(8)), Dose(10, dt.time(20)))),)),
    ),
    (
        "10 mg at 8 pm and 20 mg at 8:30am",
        Regimen(phases=(Phase((Dose(20, dt.time(8, 30)), Dose(10, dt.time(20)))),)),
    ),
    (
        "75 mg twice daily at 08:00 and 20:00",
        Regimen(phases=(Phase((Dose(75, dt.time(8)), Dose(75, dt.time(20)))),)),
    ),
    ("20 mg every night at 22:30", Regimen(phases=(Phase((Dose(20, dt.time(22, 30)),)),))),
    ("1 mg at 12 am", Regimen(phases=(Phase((Dose(1, dt.time(0)),)),))),
    (
        "405 mg every 4 weeks im, late doses",
        Regimen(phases=(Phase((Dose(405),), 4 * WEEK),), route="im", late=Late()),
    ),
    (
        "405 mg every 4 weeks im, late doses by 7 days on days 29 and 57",
        Regimen(phases=(Phase((Dose(405),), 4 * WEEK),), route="im", late=Late(7 * DAY, (29, 57))),
    ),
    (
        "20 mg daily, missed days 3-5 and 9",
        Regimen(phases=(DAILY_20,), missed=(3, 4, 5, 9)),
    ),
    (
        "20 mg daily, missed days 9, 3 to 5, and 12",
        Regimen(phases=(DAILY_20,), missed=(3, 4, 5, 9, 12)),
    ),
    (
        "5 mg iv over 30 min",
        Regimen(phases=(Phase((Dose(5),), 24, 24),), route="iv", infusion_h=0.5),
    ),
    (
        "5 mg iv over 2 h every 3 days for 9 days then 2 mg",
        Regimen(
            phases=(Phase((Dose(5),), 72, 9 * DAY), Phase((Dose(2),), 72)),
            route="iv",
            infusion_h=2.0,
        ),
    ),
    (
        "20 mg daily until day 10 then nothing until day 24 then 20 mg daily",
        Regimen(phases=(Phase((Dose(20),), 24, 10 * DAY), Phase((), 24, 14 * DAY), DAILY_20)),
    ),
    (
        "20 mg daily for a month then 10 mg for two weeks then 0 mg",
        Regimen(
            phases=(
                Phase((Dose(20),), 24, 30 * DAY),
                Phase((Dose(10),), 24, 2 * WEEK),
                Phase(()),
            )
        ),
    ),
    ("20 mg daily at steady state", Regimen(phases=(DAILY_20,), steady_state=True)),
    ("10 mg\tdaily ,\n for 3 d .", Regimen(phases=(Phase((Dose(10),), 24, 72),))),
    (
        "(R)-ketamine 10 mg once sl",
        Regimen(drug="(R)-ketamine", phases=(Phase((Dose(10),), 24, 24),), route="sublingual"),
    ),
    ("MK-801: 1 mg daily", Regimen(drug="MK-801", phases=(Phase((Dose(1),)),))),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_a_text_means_its_regimen_and_reads_back(text: str, meaning: Regimen) -> None:
    assert parse(text) == meaning
    assert parse(format_regimen(meaning)) == meaning


@pytest.mark.parametrize(
    ("texts", "interval_h"),
    [
        (("daily", "once daily", "every day", "qd", "od", "a day", "per day", "once a day"), 24),
        (("twice daily", "bd", "bid", "b.i.d.", "2 times a day", "every 12 h", "q12h"), 12),
        (("three times daily", "tds", "tid", "thrice daily", "q8h", "3x daily"), 8),
        (("four times daily", "qds", "qid", "every six hours"), 6),
        (("on alternate days", "every other day", "every 2 days", "eod"), 48),
        (("every third day", "every three days", "q3d"), 72),
        (("weekly", "once a week", "every week", "every 7 days"), WEEK),
        (("every other week", "fortnightly", "every two weeks"), 2 * WEEK),
        (("monthly", "every month", "every 30 days"), 30 * DAY),
        (("every 90 minutes", "every 1.5 hours"), 1.5),
    ],
)
def test_synonyms_of_a_frequency(texts: tuple[str, ...], interval_h: float) -> None:
    assert {parse(f"10 mg {text}").phases[0].interval_h for text in texts} == {interval_h}


@pytest.mark.parametrize(
    "words",
    ["in the morning", "every morning", "mane", "qam", "once every morning", "each morning"],
)
def test_synonyms_of_a_time_of_day(words: str) -> None:
    assert parse(f"10 mg {words}") == parse("10 mg in the morning")


@pytest.mark.parametrize(
    "words", ["at night", "every night", "nightly", "nocte", "qhs", "at bedtime"]
)
def test_synonyms_of_the_night(words: str) -> None:
    assert parse(f"10 mg {words}").phases[0].doses[0].at == "night"


@pytest.mark.parametrize(
    ("amount", "mg"),
    [
        ("1 g", 1000.0),
        ("0.5mg", 0.5),
        (".5 mg", 0.5),
        ("500 microgram", 0.5),
        ("500 mcg", 0.5),
        ("500 ug", 0.5),
        ("500 µg", 0.5),
        ("500 μg", 0.5),
        ("0.1 mcg", 0.0001),
        ("250 ng", 0.00025),
        ("100 MG", 100.0),
    ],
)
def test_units_of_mass(amount: str, mg: float) -> None:
    assert parse(f"{amount} daily").phases[0].doses[0].amount_mg == mg


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("100 mg/day", "100 mg daily"),
        ("20 mg daily for 28 d", "20 mg daily for 4 weeks"),
        ("1 g daily", "1000 mg daily"),
        ("10 mg once weekly", "10 mg weekly"),
        ("10 mg once nightly", "10 mg at night"),
        ("10 mg daily for 1 w and then stop", "10 mg daily for 7 d then stop"),
        ("5 mg iv over 1 h every morning", "5 mg iv over 1 h daily in the morning"),
        (
            "5 mg weekly for 4 weeks then 1 mg nocte",
            "5 mg weekly for 4 weeks then 1 mg daily at night",
        ),
        ("10 mg daily for 7 d then nothing", "10 mg daily for 7 d then stop"),
        ("10 mg daily for 1 day", "10 mg once"),
        ("20 MG DAILY PO", "20 mg daily oral"),
        ("20 mg daily, skipped doses on day 4", "20 mg daily missed day 4"),
    ],
)
def test_two_texts_with_one_meaning(text: str, same: str) -> None:
    assert parse(text) == parse(same)


@pytest.mark.parametrize(
    ("words", "route"),
    [
        ("po", "oral"),
        ("by mouth", "oral"),
        ("p.o.", "oral"),
        ("sl", "sublingual"),
        ("intramuscularly", "im"),
        ("sc", "sc"),
        ("i.v.", "iv"),
        ("transdermal", "transdermal"),
    ],
)
def test_routes(words: str, route: str) -> None:
    assert parse(f"10 mg {words} daily").route == parse(f"10 mg daily {words}").route == route


def test_clauses_come_in_any_order() -> None:
    words = ["daily", "for 28 days", "oral", "missed days 3 and 9", "at steady state"]
    forwards = parse("20 mg " + ", ".join(words))
    assert parse("20 mg " + " ".join(reversed(words))) == forwards


def test_a_missed_day_list_ends_where_a_second_dose_starts() -> None:
    regimen = parse("20 mg at 08:00, missed days 3 and 10 mg at 20:00")
    assert regimen.missed == (3,)
    assert len(regimen.phases[0].doses) == 2


def test_a_frequency_of_its_own_does_not_inherit_the_time_of_day() -> None:
    regimen = parse("20 mg at night for 14 days then 20 mg on alternate days")
    assert regimen.phases[1] == Phase((Dose(20),), 48)


def test_several_times_of_one_amount_are_inherited() -> None:
    regimen = parse("10 mg in the morning and at night for 7 days then 5 mg for 7 d then 2 mg")
    assert [dose.at for dose in regimen.phases[2].doses] == ["morning", "night"]


def test_a_long_list_of_missed_days_reads_back() -> None:
    phases = tuple(Phase((Dose(1),), 24, 180 * DAY) for _ in range(200))
    regimen = Regimen(phases=phases, missed=tuple(range(1, 36_000, 2)))
    assert parse(format_regimen(regimen)) == regimen


def test_objects_refuse_what_the_grammar_refuses() -> None:
    for build in (
        lambda: Dose(0),
        lambda: Dose(-1),
        lambda: Dose(float("nan")),
        lambda: Dose(float("inf")),
        lambda: Dose(1, dt.time(8, 0, 30)),
        lambda: Phase((Dose(1),), 0),
        lambda: Phase((Dose(1),), 1 / 7),
        lambda: Phase((Dose(1),), 24, -24),
        lambda: Phase((Dose(1), Dose(2))),
        lambda: Phase((Dose(1, "night"), Dose(2, "morning"))),
        lambda: Phase((Dose(1, "night"),), 36),
        lambda: Phase((), 12),
        lambda: Regimen(phases=()),
        lambda: Regimen(phases=(Phase(()),)),
        lambda: Regimen(phases=(DAILY_20, DAILY_20)),
        lambda: Regimen(phases=(DAILY_20,), drug="daily"),
        lambda: Regimen(phases=(DAILY_20,), drug="two  spaces"),
        lambda: Regimen(phases=(DAILY_20,), drug="dose 5"),
        lambda: Regimen(phases=(DAILY_20,), infusion_h=1),
        lambda: Regimen(phases=(DAILY_20,), route="iv", infusion_h=25),
        lambda: Regimen(phases=(DAILY_20,), missed=(3, 2)),
        lambda: Regimen(phases=(DAILY_20,), missed=(0,)),
        lambda: Regimen(phases=(DAILY_20,), missed=(2,), late=Late(1, (2,))),
        lambda: Regimen(phases=(DAILY_20,), late=Late(24)),
        lambda: Regimen(phases=(Phase((Dose(1),), 48),), missed=(2,)),
    ):
        with pytest.raises(RegimenError):
            build()

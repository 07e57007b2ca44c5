"""The grammar of regimens: `citalopram 20 mg daily for 28 days then 10 mg for 2 weeks then stop`.

    regimen   = [drug] phase { "then" phase }
    phase     = amount { clause } { "and" amount { clause } } | "nothing" { clause } | "stop"
    amount    = number unit-of-mass
    clause    = frequency | time of day | route | "over" time | "for" time | "until day" n
              | "missed days" list | "late doses" ["by" time] ["on days" list] | "at steady state"

Clauses come in any order and commas between them are free. Route, infusion, missed days, late
doses and steady state hold for the whole course wherever they stand. A phase that says only an
amount keeps the timing of the phase before.
"""

from __future__ import annotations

from dataclasses import replace

from occupancy.regimen.clauses import read_amount, read_clause
from occupancy.regimen.draft import Before, CourseDraft, PhaseDraft, build_phase
from occupancy.regimen.errors import RegimenError
from occupancy.regimen.phase import Phase
from occupancy.regimen.reader import Reader
from occupancy.regimen.schedule import Regimen
from occupancy.regimen.tokens import MINUS, Token, drug_name_problem
from occupancy.regimen.vocabulary import NOTHING_WORDS, STOP_WORDS

LONGEST_TEXT = 200_000
_ABOVE_ZERO = ("an amount above zero",)


def parse(text: str) -> Regimen:
    """Return the regimen that a text describes.

    Raises:
        RegimenError: for anything that is not a regimen; it points at the word and says what is
            allowed there.
    """
    if len(text) > LONGEST_TEXT:
        raise RegimenError(
            "The text is too long for a regimen",
            (f"at most {LONGEST_TEXT} characters",),
            text,
            LONGEST_TEXT,
            LONGEST_TEXT + 1,
        )
    reader = Reader(text)
    drug = _read_drug(reader)
    course = CourseDraft()
    drafts = [_read_phase(reader, course)]
    while reader.token.kind != "end":
        reader.take()
        drafts.append(_read_phase(reader, course))
    phases = _build_phases(reader, drafts, infused=course.infusion is not None)
    return _build_regimen(reader, drug, phases, drafts[0], course)


def _read_drug(reader: Reader) -> str | None:
    """Read the words before the first number."""
    tokens = reader.tokens
    dose = next((i for i, t in enumerate(tokens) if t.kind in ("number", "clock")), None)
    if dose is None:
        reader.fail(
            "No dose is given",
            ("an amount with its unit, as in 20 mg daily",),
            first=tokens[0],
            last=tokens[-1],
        )
    name = tokens[:dose]
    while name and name[-1].raw in (",", ":"):
        name = name[:-1]
    reader.place = dose
    if not name:
        return None
    if len(name) == 1 and name[0].raw in MINUS:
        reader.fail("A dose cannot be negative", _ABOVE_ZERO, first=name[0], last=tokens[dose])
    problem = drug_name_problem(name)
    if problem is not None:
        token, what = problem
        reader.fail(what, ("20 mg daily", "citalopram 20 mg daily"), first=token, last=token)
    return " ".join(reader.text[name[0].start : name[-1].end].split())


def _read_phase(reader: Reader, course: CourseDraft) -> PhaseDraft:
    """Read one phase, up to `then` or the end."""
    reader.skip_separators()
    phase = PhaseDraft(reader.token)
    if reader.token.word in STOP_WORDS or reader.token.word in NOTHING_WORDS:
        reader.take()
        phase.nothing = True
    elif reader.token.kind == "number":
        read_amount(reader, phase)
    elif reader.token.raw in MINUS:
        reader.fail(
            "A dose cannot be negative", _ABOVE_ZERO, first=reader.token, last=reader.ahead()
        )
    else:
        reader.refuse(
            ("an amount with its unit, as in 20 mg", "nothing for 14 days", "stop"),
            STOP_WORDS,
            NOTHING_WORDS,
            wanted="a dose",
        )
    while True:
        phase.closed = reader.previous
        reader.skip_separators()
        if reader.token.word == "and" and reader.ahead().word == "then":
            reader.take()
        if reader.token.kind == "end" or reader.token.word == "then":
            phase.ended_by = reader.token
            return phase
        read_clause(reader, phase, course)


def _build_phases(reader: Reader, drafts: list[PhaseDraft], *, infused: bool) -> list[Phase]:
    phases: list[Phase] = []
    before: Before | None = None
    start = 0
    for draft in drafts:
        phase = build_phase(reader, draft, before, start, infused=infused)
        if phase.duration_min is None and draft is not drafts[-1]:
            then = draft.ended_by or draft.opened
            reader.fail(
                "It is not said how long the phase before 'then' lasts",
                ("for 28 days", "until day 30"),
                first=then,
                last=then,
            )
        start += phase.duration_min or 0
        phases.append(phase)
        if phase.doses:
            before = Before(phase, draft)
    return phases


def _build_regimen(
    reader: Reader, drug: str | None, phases: list[Phase], first: PhaseDraft, course: CourseDraft
) -> Regimen:
    """Put the parts together one by one, so that what does not fit is pointed at."""

    def with_part(regimen: Regimen, at: tuple[Token, Token], **part: object) -> Regimen:
        return reader.pointing(at[0], at[1], lambda: replace(regimen, **part))

    whole = (reader.tokens[0], reader.tokens[-1])
    regimen = reader.pointing(*whole, lambda: Regimen(phases=tuple(phases), drug=drug))
    if course.route is not None:
        route, *at = course.route
        regimen = replace(regimen, route=route)
    if course.infusion is not None:
        hours, one, other = course.infusion
        regimen = with_part(regimen, (one, other), infusion_h=hours)
    for day, at in course.missed.items():
        if not regimen.dosed_on(day):
            with_part(regimen, at, missed=(day,))
    regimen = replace(regimen, missed=tuple(sorted(course.missed)))
    if course.late is not None:
        late, one, other = course.late
        regimen = with_part(regimen, (one, other), late=late)
    if course.steady_state is not None:
        if first.once is not None:
            reader.fail(
                "A dose given once has no steady state",
                ("20 mg daily, at steady state",),
                first=course.steady_state[0],
                last=course.steady_state[1],
            )
        regimen = replace(regimen, steady_state=True)
    return regimen

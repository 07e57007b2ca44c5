"""From what is asked of a taper to its request, every mistake with its field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from occupancy.web.answers import person_of, regimen_of, sampling_of
from occupancy.web.mistakes import Gathered, MistakeLine, Mistakes, about, mistake

if TYPE_CHECKING:
    from collections.abc import Callable

    from occupancy.course.sampling import Sampling
    from occupancy.course.setting import Setting
    from occupancy.person import Person
    from occupancy.taper.request import TaperRequest
    from occupancy.web.questions import TaperQuestion

#: Words of the request by which a mistake finds its field.
_FIELDS: Final = (
    ("how many steps", "steps"),
    ("largest drop", "max_drop"),
    ("the end,", "end"),
    ("method =", "method"),
    ("steps", "steps"),
    ("typed schedule", "schedule"),
    ("robust", "robust"),
    ("hold =", "hold"),
)


def request_of(asked: TaperQuestion) -> TaperRequest:
    """The request that a question makes.

    Raises:
        Mistakes: of each field that cannot be.
    """
    from occupancy.taper.at_hand import products_at_hand
    from occupancy.taper.request import TaperRequest
    from occupancy.taper.start import start_of

    together = Gathered()
    person = None
    with together.about():
        person = person_of(asked)
    start = None
    with together.about("regimen", asked.regimen):
        start = start_of(asked.regimen)
    with together.about():
        _check_products(asked, "" if start is None else start.product.record.name)
    together.complain()
    assert start is not None
    market = (asked.market or "").upper()
    with about("product" if asked.product else "market", asked.product or market):
        products, candidates = products_at_hand(start, asked.product, market)
    placed = _placed(asked, person, start.product.title)
    try:
        return TaperRequest(
            start=start,
            products=products,
            candidates=candidates,
            steps=asked.steps,
            largest_drop=None if asked.max_drop is None else asked.max_drop / 100,
            end_mg=asked.end,
            method=_method(asked),
            schedule=asked.schedule,
            robust=asked.robust,
            targets=asked.target,
            hold_days=asked.hold,
            person=None if placed else person,
            sampling=sampling_of(asked, typical=asked.typical),
            model=asked.model,
            kinetics=None if placed else asked.kinetics,
            placed=placed,
        )
    except ValueError as error:
        text = str(error)
        field = next((name for words, name in _FIELDS if words in text), "regimen")
        raise Mistakes([mistake(field, getattr(asked, field), error)]) from error


def _placed(
    asked: TaperQuestion, person: Person | None, product: str
) -> Callable[[Sampling], Setting] | None:
    """The drug in the person behind levels, None where there are none."""
    if not asked.blood_levels:
        with about("as_taken", asked.as_taken):
            if asked.as_taken:
                raise ValueError("it says what was taken before a level; give blood_levels too")
        return None
    from occupancy.inference.personal import placed_by_levels

    taken = asked.as_taken or asked.regimen
    regimen_of(taken, "as_taken" if asked.as_taken else "regimen")
    with about("blood_levels", asked.blood_levels):
        return placed_by_levels(
            taken,
            asked.blood_levels,
            product,
            person=person,
            kinetics=asked.kinetics,
            seed=asked.seed,
        )


def _method(asked: TaperQuestion) -> str:
    if asked.schedule:
        return "typed"
    return "even occupancy" if asked.method == "even" else asked.method


def _check_products(asked: TaperQuestion, drug: str) -> None:
    """What is said of the products can be read; every phrase that is wrong is said.

    Raises:
        Mistakes: of `product` and `market`.
    """
    from occupancy.taper.market import MARKETS
    from occupancy.taper.phrase import product

    together = Gathered()
    market = (asked.market or "").upper()
    if market and market not in MARKETS:
        line = MistakeLine(
            field="market",
            value=market,
            message="no products of that market are on record",
            allowed=list(MARKETS),
            do=f"Choose {', '.join(MARKETS)}, or name the products.",
        )
        together.lines.append(line)
        market = ""
    elif not asked.product and not market:
        line = MistakeLine(
            field="product",
            value="",
            message="nothing is said of the products",
            do='Write what is at hand ("tablet 10 mg, halves"), or choose a market.',
        )
        together.lines.append(line)
    for phrase in asked.product:
        with together.about("product", phrase):
            product(phrase, drug=drug, market=market)
    together.complain()

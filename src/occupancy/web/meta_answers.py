"""Tables of published occupancies, asked and answered as `occupancy meta fit` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from occupancy.web.mistakes import Gathered, Mistakes, about, mistake
from occupancy.web.pet_questions import NumberOrWord, Text
from occupancy.web.questions import Level, Question, Seed, Words

if TYPE_CHECKING:
    from occupancy.inference.documents import MetaDocument
    from occupancy.inference.points import PointTable

#: Rows of one table, draws of one chain, chains: one request may take minutes, not hours.
MOST_ROWS: Final = 300
MOST_DRAWS: Final = 2000
MOST_CHAINS: Final = 4
#: Mistakes of one table that are told.
_TOLD: Final = 50

Draws = Annotated[int, Field(ge=50, le=MOST_DRAWS)]
Effect = Literal["study", "tracer", "region", "repeated"]


class MetaQuestion(Question, frozen=True):
    """Curves estimated together from published occupancies."""

    points: Text = Field(
        description="CSV with the columns drug, target, dose_mg or concentration (ng/mL), "
        "occupancy, sd, n, study, tracer, region, repeated; low and high for a range or an "
        f"interval. At most {MOST_ROWS} rows."
    )
    source: Words = Field("points.csv", description="Name of the table in the document.")
    emax: NumberOrWord = Field("fit", description="Ceiling: fit, or a percentage to fix it at.")
    hill: NumberOrWord = Field("1", description="Hill coefficient, or fit.")
    scale: Literal["natural", "logit"] = Field(
        "natural", description="Scale on which errors are normal."
    )
    without: Annotated[tuple[Effect, ...], Field(max_length=4)] = Field(
        (), description="Differences to leave out."
    )
    missing_sd: Literal["refuse", "estimate"] = Field(
        "refuse", description="A row without SD, range or interval."
    )
    keep_good: bool = Field(False, description="Use the good rows when others are bad.")
    draws: Draws = Field(1000, description="Kept of each chain.")
    warmup: Draws = Field(1000, description="Before them.")
    chains: Annotated[int, Field(ge=2, le=MOST_CHAINS)] = 4
    seed: Seed = Field(0, description="Same seed, same draws.")
    level: Level = Field(0.9, description="Probability inside the intervals.")


def meta(asked: MetaQuestion) -> MetaDocument:
    """`occupancy meta fit`."""
    from occupancy.inference.meta_asked import assumed, meta_answer

    together = Gathered()
    for name in ("emax", "hill"):
        with together.about(name, getattr(asked, name)):
            assumed(**{name: getattr(asked, name)})
    with together.about("points"):
        _table(asked)
    together.complain()
    model = assumed(asked.emax, asked.hill, asked.scale, asked.without)
    with about("points", asked.source):
        return meta_answer(
            _table(asked),
            model,
            source=asked.source,
            draws=asked.draws,
            warmup=asked.warmup,
            chains=asked.chains,
            seed=asked.seed,
            level=asked.level,
        )


def _table(asked: MetaQuestion) -> PointTable:
    from occupancy.inference.points import PointsError, read_points

    rows = sum(1 for line in asked.points.splitlines() if line.strip()) - 1
    if rows > MOST_ROWS:
        raise Mistakes(
            [
                mistake(
                    "points", f"{rows:,} rows", f"these are too many; give at most {MOST_ROWS} rows"
                )
            ]
        )
    try:
        # A text without a line break would be taken for the path of a file.
        return read_points(
            asked.points + "\n", missing_sd=asked.missing_sd, keep_good=asked.keep_good
        )
    except PointsError as error:
        lines = [mistake("points", f"row {one.row}", str(one)) for one in error.problems[:_TOLD]]
        raise Mistakes(lines) from error

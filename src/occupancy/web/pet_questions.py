"""What may be asked of tables of scans."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from occupancy.web.questions import Finite, Question, Seed, Words
from occupancy.web.tables import FEWER_CURVES, MOST_CURVES, MOST_FRAMES, MOST_SCANS, Given

#: Characters of one table.
MOST_TEXT = 500_000
#: Draws of each chain of a pooled fit, and as many before them.
MOST_POOLED_DRAWS = 2000

_FEWER = ", ".join(f"{most} by {model}" for model, most in FEWER_CURVES.items())
_BOUNDS = f"At most {MOST_CURVES} curves in all ({_FEWER}) and {MOST_FRAMES} frames in a scan."


def _writable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds half of a character; send it anew") from None
    return text


def _as_text(value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return repr(value) if number else value


Text = Annotated[str, StringConstraints(max_length=MOST_TEXT), AfterValidator(_writable)]
NumberOrWord = Annotated[Words, BeforeValidator(_as_text)]
Pair = tuple[Finite, Finite]


class ScanTable(BaseModel, extra="forbid", frozen=True):
    """A table as a file holds it."""

    name: Words = Field(
        description='Of the file; its ending says what it is: "sub-01_ses-base_tacs.tsv".'
    )
    text: Text = Field(description="What the file holds.")
    sidecar: Text | None = Field(None, description="The JSON file beside it, as PET-BIDS has it.")

    def given(self) -> Given:
        """The table to be put on disk."""
        beside = None if self.sidecar is None else self.sidecar.encode()
        return Given(self.name, self.text.encode(), beside)


Scans = Annotated[tuple[ScanTable, ...], Field(min_length=1, max_length=MOST_SCANS)]


class PetSettingsQuestion(Question, frozen=True):
    """How curves are read and what is fitted to them."""

    reference: Words | None = Field(None, description="Reference region.")
    blood: Annotated[tuple[ScanTable, ...], Field(max_length=MOST_SCANS)] = Field(
        (), description="Arterial input, one table per scan and in their order."
    )
    weights: Words | None = Field(
        None,
        description="uniform, duration, duration-decay, counts, root-counts, or file for the "
        "column of the curves' table.",
    )
    k2prime: NumberOrWord | None = Field(
        None, description="1/min, or the region to take it from; of srtm2, mrtm2, reference-logan."
    )
    t_star: NumberOrWord | None = Field(None, description="Of graphical methods: minutes, or auto.")
    window: Pair | None = Field(None, description="Of suvr: minutes from, to.")
    vb: NumberOrWord | None = Field(
        None, description="Blood volume, 0.05 by default, or fit to fit it."
    )
    delay: Finite | None = Field(None, description="Minutes by which tissue sees the blood later.")
    onset: NumberOrWord | None = Field(
        None, description="Of srtm-displacement: minutes, or auto to fit it."
    )
    ramp: Finite | None = Field(
        None, description="Of srtm-displacement: minutes that the occupancy takes to rise."
    )
    regions: Annotated[tuple[Words, ...], Field(max_length=MOST_CURVES)] = Field(
        (), description="Fit these; all by default."
    )
    starts: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Most local minima that are refined."
    )
    discretisation: Literal["exact", "kinfitr"] = "exact"
    unit: Words | None = Field(None, description="Of the curves, where the table names none.")
    time_unit: Words | None = Field(None, description="Of the frame times: s, min or h.")
    decay_corrected: bool | None = Field(None, description="Where the tables do not say.")
    nuclide: Words | None = Field(None, description="C-11, F-18, O-15 or N-13.")
    convention: Literal["average", "mid"] = Field(
        "average", description="Values are means over their frames, or those of their middles."
    )
    input_unit: Words | None = Field(None, description="Of the blood, where it names none.")
    metabolite_corrected: bool | None = Field(None, description="Plasma is the parent alone.")
    tail: Literal["refuse", "hold", "exponential"] = Field(
        "refuse", description="Blood that ends before the scan: leave frames out, or go on."
    )


class PetFitQuestion(PetSettingsQuestion, frozen=True):
    """A model fitted to every region of every scan."""

    scans: Scans = Field(description=f"Time-activity curves. {_BOUNDS}")
    model: Words = Field(
        description="srtm, srtm2, frtm, srtm-displacement, mrtm1, mrtm2, reference-logan, suvr, "
        "1tcm, 2tcm, 2tcm-irreversible, logan, ma1 or patlak."
    )


class PetPooledQuestion(PetFitQuestion, frozen=True):
    """All scans fitted together by sampling; the model is srtm."""

    model: Words = Field("srtm", description="srtm.")
    draws: Annotated[int, Field(ge=100, le=MOST_POOLED_DRAWS)] = Field(
        1000, description="Of each of four chains, and as many before them."
    )
    seed: Seed = Field(0, description="Same seed, same draws.")


class PetOccupancyQuestion(PetSettingsQuestion, frozen=True):
    """Occupancy of scans on drug after a baseline."""

    scans: Annotated[tuple[ScanTable, ...], Field(min_length=2, max_length=MOST_SCANS)] = Field(
        description="The baseline, then one table per scan on drug: results of fits (the document "
        "pet-fit under a name that ends in .json, a kinpar table, or regions with V_T or BP_ND "
        f"and their standard errors), or with model time-activity curves. {_BOUNDS}"
    )
    model: Words | None = Field(None, description="Fit the tables, which are curves, first.")
    outcome: Literal["V_T", "BP_ND"] | None = Field(None, description="V_T if all have it.")
    v_nd: Finite | None = Field(None, description="Hold V_ND at this volume, mL/cm³.")
    correlation: Annotated[float, Field(ge=-0.99, le=0.99)] = Field(
        0.0, description="Of a region's errors between scans."
    )
    interval: Literal["profile", "wald", "bootstrap"] = "profile"
    level: Annotated[float, Field(ge=0.5, le=0.999)] = Field(
        0.95, description="Probability inside the intervals."
    )
    seed: Seed = Field(0, description="Of the bootstrap.")
    up_regulation: Annotated[tuple[Pair, ...], Field(max_length=MOST_SCANS)] = Field(
        (), description="How much more target there is on drug, and its SE; once, or per scan."
    )
    agonist: Annotated[tuple[Pair, ...], Field(max_length=MOST_SCANS)] = Field(
        (), description="Agonist at baseline over its dissociation constant, and its SE."
    )
    agonist_ratio: Annotated[tuple[Pair, ...], Field(max_length=MOST_SCANS)] = Field(
        (), description="Agonist on drug over agonist at baseline, and its SE."
    )

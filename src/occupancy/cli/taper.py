"""`occupancy taper`: from the dose taken now to a plan made of products that exist."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import print_json, saved, warn

if TYPE_CHECKING:
    from occupancy.taper.documents import TaperDocument
    from occupancy.taper.proposal import Proposal
    from occupancy.taper.request import TaperRequest

_file = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("regimen")
@click.option(
    "--product",
    "phrases",
    multiple=True,
    metavar="PHRASE",
    help='What is at hand: "tablet 10 mg, halves", "solution 2 mg/mL, 0.1 mL"; repeat for more.',
)
@click.option(
    "--market",
    help="US, UK or AU: all that is sold there, or with --product what could be asked for.",
)
@click.option("--steps", type=int, help="Changes of dose, the last one included.")
@click.option(
    "--max-drop", type=float, metavar="POINTS", help="Or: the most occupancy may fall in one step."
)
@click.option("--to", "end", default="0", show_default=True, help="Daily dose at the end, mg.")
@click.option(
    "--method",
    default="minimax",
    show_default=True,
    help='minimax, even, linear, halving, or a share of the current dose: "10%".',
)
@click.option("--schedule", help='A schedule to look at, as daily doses: "10, 5, 2.5, 0 mg".')
@click.option(
    "--robust", is_flag=True, help="Plan for the 95th percentile of the drop over the draws."
)
@options.targets
@click.option("--hold", type=int, metavar="DAYS", help="Days per dose; default from kinetics.")
@click.option("--model", help="Another occupancy model of the record, by name.")
@options.kinetics
@options.person
@click.option(
    "--blood-level",
    "blood_levels",
    multiple=True,
    metavar="PHRASE",
    help='Plan for the person behind measured levels: "45 ng/mL at 14 h after dose"; repeat for '
    "more.",
)
@click.option(
    "--as-taken",
    metavar="REGIMEN",
    help="The doses before these levels, missed days included; default REGIMEN.",
)
@options.sampling(typical=True)
@click.option("--compare", is_flag=True, help="Show the other methods beside the plan.")
@click.option(
    "--pk",
    is_flag=True,
    help="Look closer: other rhythms, a missed day, withdrawal drive.",
)
@click.option("--proof", is_flag=True, help="Print the certificate's argument, to be checked.")
@click.option(
    "--from",
    "first_day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day of the first change, for the exports.",
)
@click.option(
    "--previous",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The calendar exported before: its events are changed, not doubled.",
)
@click.option("--ics", type=_file, metavar="FILE", help="Write a calendar.")
@click.option("--fhir", type=_file, metavar="FILE", help="Write FHIR R4 proposals (JSON).")
@click.option("--csv", type=_file, metavar="FILE", help="Write a table.")
@click.option("--page", type=_file, metavar="FILE", help="Write one page to print: .html or .pdf.")
@options.json_option
@options.plot
def taper(regimen: str, as_json: bool, plot: Path | None, **given: Any) -> None:
    """REGIMEN down in steps that products make, the largest fall of occupancy as small as can be.

    Write the dose taken now: "citalopram 20 mg daily". Informs and compares; what is changed, and
    when, belongs with the person who prescribes.
    """
    from occupancy.taper.proposal import propose
    from occupancy.taper.writing import taper_document

    request = _request(regimen, given)
    exports = {kind: given[kind] for kind in ("ics", "fhir", "csv", "page") if given[kind]}
    if exports and given["first_day"] is None:
        raise ValueError(
            f"--{next(iter(exports))} needs the day of the first change: --from 2026-12-01"
        )
    proposal = propose(request)
    views, stopped, drive = (), (), None
    if given["pk"] or plot is not None:
        from occupancy.taper.looks import closer_looks, drive_of, stoppings

        if given["pk"]:
            views, stopped = closer_looks(proposal), stoppings(proposal)
        drive = drive_of(proposal)
    document = taper_document(
        proposal, given["level"], regimen=regimen, views=views, stopped=stopped, drive=drive
    )
    if plot is not None:
        from occupancy.figures import save, taper_figure

        save(taper_figure(document), plot)
    written = _exported(proposal, document, exports, given)
    if as_json:
        print_json(document)
    else:
        from occupancy.cli.taper_text import show

        warn(document.warnings)
        show(document, compare=given["compare"], proof=given["proof"], kinetics=given["pk"])
    warn(f"{kind}: {path}" for kind, path in written)
    if plot is not None:
        saved(plot)


def _request(regimen: str, given: dict[str, Any]) -> "TaperRequest":
    from occupancy.cli.people import person_of
    from occupancy.course import Sampling
    from occupancy.taper.at_hand import products_at_hand
    from occupancy.taper.request import TaperRequest
    from occupancy.taper.start import start_of

    start = start_of(regimen)
    chosen = given["method"] not in ("minimax", "even", "linear") or given["schedule"]
    if given["steps"] is None and given["max_drop"] is None and not chosen:
        raise ValueError(
            "say how many changes of dose (--steps 8), or how many points of occupancy one of them "
            "may cost (--max-drop 5)"
        )
    products, candidates = products_at_hand(start, given["phrases"], given["market"] or "")
    schedule = () if given["schedule"] is None else doses_in(given["schedule"])
    method = "even occupancy" if given["method"] == "even" else str(given["method"])
    sampling = Sampling(given["draws"], given["seed"], variability=not given["typical"])
    traits = ("age", "weight", "height", "sex", "cyp2d6", "cyp2c19", "smoker", "comedication")
    person = person_of({name: given[name] for name in (*traits, "ancestry")})
    placed, kinetics = None, given["kinetics"]
    if given["blood_levels"]:
        from occupancy.inference.personal import placed_by_levels

        placed = placed_by_levels(
            *(given["as_taken"] or regimen, given["blood_levels"], start.product.title),
            person=person, kinetics=kinetics, seed=given["seed"],
        )  # fmt: skip
        person = kinetics = None
    elif given["as_taken"]:
        raise ValueError("--as-taken says what was taken before a level; give it: --blood-level")
    return TaperRequest(
        start=start,
        products=products,
        candidates=candidates,
        steps=given["steps"],
        largest_drop=None if given["max_drop"] is None else given["max_drop"] / 100,
        end_mg=doses_in(given["end"], unit_needed=False)[0],
        method="typed" if schedule else method,
        schedule=schedule,
        robust=given["robust"],
        targets=given["target"],
        hold_days=given["hold"],
        person=person,
        sampling=sampling,
        model=given["model"],
        kinetics=kinetics,
        placed=placed,
    )


def doses_in(text: str, *, unit_needed: bool = True) -> tuple[float, ...]:
    """Doses in mg from "10, 5, 2.5, 0 mg".

    Raises:
        ValueError: a unit that is missing or not mg, or a word that is no number.
    """
    found = re.fullmatch(r"\s*(.*?)\s*(mg)?\s*", text)
    assert found is not None
    if unit_needed and found[2] is None:
        raise ValueError(f'"{text}" has no unit; write the doses in mg: "10, 5, 2.5, 0 mg"')
    try:
        return tuple(float(one.removesuffix("mg")) for one in re.split(r"[,;]\s+|[;]", found[1]))
    except ValueError:
        raise ValueError(
            f'"{text}" is not a list of doses; write numbers with a point for decimals, a comma '
            'and a space between them: "10, 5, 2.5, 0 mg"'
        ) from None


def _exported(
    proposal: "Proposal",
    document: "TaperDocument",
    exports: dict[str, Path],
    given: dict[str, Any],
) -> list[tuple[str, Path]]:
    """Write what was asked for; kinds and paths."""
    if not exports:
        return []
    from occupancy.cli.taper_export import export

    return export(proposal, document, exports, given["first_day"].date(), given["previous"])

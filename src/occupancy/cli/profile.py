"""`occupancy profile`: every receptor of a drug at once."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import answered, percent, print_footer, print_sources

if TYPE_CHECKING:
    import altair as alt
    from rich.console import Console

    from occupancy.course.profile import DoseProfile
    from occupancy.course.profile_document import ProfileDocument, ProfileLine

#: Characters of the bar from 0 to 100 %.
BAR = 20


@click.command()
@click.argument("drug")
@click.option("--dose", metavar="REGIMEN", help='What is given: "300 mg daily".')
@click.option(
    "--at",
    type=float,
    metavar="FRACTION",
    help="Instead of a dose: the occupancy of the anchor, 0 to 1.",
)
@click.option("--anchor", help="Target that places the profile; default the first measured one.")
@click.option(
    "--metabolite",
    "metabolites",
    multiple=True,
    metavar="NAME=RATIO",
    help="With --at: a metabolite and its concentration over the parent's; repeat for more.",
)
@click.option(
    "--parent-only", is_flag=True, help="With --dose: leave out metabolites that kinetics follow."
)
@click.option(
    "--ht2a-raises-dopamine",
    "modulation",
    type=float,
    metavar="STRENGTH",
    help="Show the hypothesis that 5-HT2A blockade raises dopamine, at a strength of 0 to 1.",
)
@options.kinetics
@options.person
@options.sampling(typical=True)
@options.json_option
@options.plot
def profile(
    drug: str,
    level: float,
    as_json: bool,
    plot: Path | None,
    **given: Any,
) -> None:
    """All receptors of DRUG at a dose: measured in people, or anchored from affinities.

    Affinities are used as ratios within the drug only. Targets that are nearly full are marked:
    they cannot tell one dose from another.
    """
    from occupancy.course.profile_writing import profile_document

    document = profile_document(_found(drug, given), level)
    answered(document, _show, _picture, as_json=as_json, plot=plot)


def _picture(document: "ProfileDocument") -> "alt.TopLevelMixin":
    from occupancy.figures import profile_figure

    return profile_figure(document)


def _found(drug: str, given: dict[str, Any]) -> "DoseProfile":
    from occupancy.cli.people import person_of
    from occupancy.course import Sampling
    from occupancy.course.profile import profile_at, profile_of_dose
    from occupancy.regimen import parse

    asked = {key: given.pop(key) for key in _OWN}
    person = person_of(given)
    dose, at = asked["dose"], asked["at"]
    if (dose is None) == (at is None):
        raise ValueError(
            'profile needs either --dose "300 mg daily" or --at 0.6, the occupancy of the anchor'
        )
    shared = {"anchor": asked["anchor"], "modulation": asked["modulation"]}
    if dose is not None:
        if asked["metabolites"]:
            raise ValueError(
                "--metabolite goes with --at; with --dose the kinetics say what is there, and "
                "--parent-only leaves it out"
            )
        return profile_of_dose(
            parse(f"{drug} {dose}"),
            person=person,
            metabolites=not asked["parent_only"],
            sampling=Sampling(asked["draws"], asked["seed"], variability=not asked["typical"]),
            kinetics=asked["kinetics"],
            **shared,
        )
    for name, value in (("a person", person), ("--kinetics", asked["kinetics"])):
        if value is not None:
            raise ValueError(f"{name} changes what a dose does; with --at there is no dose")
    if asked["parent_only"]:
        raise ValueError("--parent-only goes with --dose; with --at no metabolite is assumed")
    return profile_at(
        drug,
        at,
        metabolites=dict(map(_ratio, asked["metabolites"])),
        draws=asked["draws"],
        seed=asked["seed"],
        **shared,
    )


_OWN = (
    "dose",
    "at",
    "anchor",
    "metabolites",
    "parent_only",
    "modulation",
    "kinetics",
    "typical",
    "draws",
    "seed",
)


def _ratio(text: str) -> tuple[str, float]:
    name, equals, value = text.rpartition("=")
    try:
        if not equals:
            raise ValueError
        return name.strip(), float(value)
    except ValueError:
        raise ValueError(
            f"--metabolite {text!r} is not understood; write it as norclozapine=0.6"
        ) from None


def _show(document: "ProfileDocument") -> None:
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    band = document.band
    means = f"{band.level:.0%} band of {band.contains}" if band.draws > 1 else "no band: one draw"
    if document.regimen is None:
        held = next(one for one in document.targets if one.target == document.anchor)
        out.print(
            f"[bold]{document.drug}[/] where it holds {percent(held.occupancy.median)} % of "
            f"{document.anchor}; {means}"
        )
    else:
        out.print(
            f"[bold]{document.regimen}[/]  ({document.form}; kinetics {document.kinetics}); "
            f"last dosing cycle, {means}"
        )
    for effect in document.person.effects:
        out.print(f"· {effect}")
    for one in document.metabolites:
        out.print(
            f"· {one.analyte} takes part, at {one.ratio.median:.2g} "
            f"({one.ratio.low:.2g}-{one.ratio.high:.2g}) of the parent, molar"
        )
    table = Table(box=None, pad_edge=False)
    table.add_column("target")
    table.add_column("occupancy %", justify="right", no_wrap=True)
    table.add_column(f"0{'100 %':>{BAR - 1}}", no_wrap=True, min_width=BAR)
    if document.regimen is not None:
        table.add_column("over a cycle %", justify="right", no_wrap=True)
    table.add_column("Ki nM", justify="right")
    table.add_column("known")
    for one in document.targets:
        o = one.occupancy
        cells = [one.target, f"{percent(o.median)} ({percent(o.low)}-{percent(o.high)})", bar(one)]
        if document.regimen is not None:
            cells.append(f"{percent(one.lowest.median)}-{percent(one.highest.median)}")
        cells += [", ".join(map(_Ki, one.Ki_nM)) or "-", _known(one, document)]
        table.add_row(*cells, style="dim" if one.saturated else None)
    out.print(table)
    out.print("█ to the lower end of the band, ▓ to the median, ░ to the upper end", style="dim")
    _explain(out, document)
    out.print()
    print_sources(out, document.sources)
    print_footer(out, document.version)


def bar(one: "ProfileLine") -> str:
    """0 to 100 % in characters: █ to the lower end of the band, ▓ to the median, ░ to the upper."""
    o = one.occupancy
    middle, high = round(BAR * o.median), round(BAR * o.high)
    low = min(round(BAR * o.low), middle)
    high = max(high, middle)
    return "█" * low + "▓" * (middle - low) + "░" * (high - middle) + "·" * (BAR - high)


def _Ki(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _known(one: "ProfileLine", document: "ProfileDocument") -> str:
    said = {"in vivo": "in people", "anchored from Ki": "from Ki"}.get(one.basis, one.basis)
    if one.target == document.anchor:
        said += ", anchor"
    if one.from_Ki is not None and one.target != document.anchor:
        said += f" (Ki alone: {percent(one.from_Ki.median)})"
    return f"{said}, nearly full" if one.saturated else said


def _explain(out: "Console", document: "ProfileDocument") -> None:
    from textwrap import fill

    def paragraph(text: str, mark: str = "") -> None:
        before = "" if mark else "\n"
        lines = fill(text, out.width, initial_indent=mark, subsequent_indent=" " * len(mark))
        out.print(before + lines, markup=False)

    paragraph(document.verdict)
    if document.modulation is not None:
        m = document.modulation
        paragraph(
            f"Hypothesis, at a strength of {m.strength:g}: {m.hypothesis} The drug would hold "
            f"{percent(m.D2_occupancy.median)} % of D2 and leave "
            f"{percent(m.D2_signal.median)} % of its signal, instead of "
            f"{percent(m.D2_signal_without.median)} %."
        )
    for line in document.metabolites:
        known = [one.target for one in document.targets if line.analyte not in one.without]
        left = [one.target for one in document.targets if line.analyte in one.without]
        if left and len(known) < len(left):
            only = f"at {', '.join(known)} only" if known else "nowhere"
            paragraph(f"Affinities of {line.analyte} are on record {only}; it counts there alone.")
        elif left:
            paragraph(
                f"No affinity of {line.analyte} is on record at {', '.join(left)}; it is left out "
                "there."
            )
    out.print("\nWhat this cannot say", style="bold")
    for caveat in document.caveats:
        paragraph(caveat, "· ")

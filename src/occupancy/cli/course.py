"""`occupancy course` and `occupancy compare`: regimens over time."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import (
    answered,
    percent,
    print_footer,
    print_json,
    print_sources,
    progress,
    saved,
    waiting,
    warn,
)

if TYPE_CHECKING:
    import altair as alt
    from rich.console import Console

    from occupancy.course.answer import Spread
    from occupancy.course.documents import CompareDocument, CourseDocument, TargetSeries


@click.command()
@click.argument("regimen")
@click.option(
    "--events",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Doses from a NONMEM-style event table (CSV); REGIMEN is then the drug alone.",
)
@click.option("--id", "subject", help="Which ID of the event table; default its only one.")
@options.days
@options.targets
@options.kinetics
@options.person
@options.sampling(typical=False)
@click.option(
    "--circuit",
    "circuits",
    metavar="NAMES",
    help='What the occupancies drive: "dopamine,dyskinesia"; names as in `occupancy circuit`.',
)
@options.ageing
@options.json_option
@options.plot
def course(
    regimen: str,
    events: Path | None,
    subject: str | None,
    days: float | None,
    target: tuple[str, ...],
    kinetics: str | None,
    typical: bool,
    draws: int,
    seed: int,
    level: float,
    circuits: str | None,
    ageing: str | None,
    as_json: bool,
    plot: Path | None,
    **person: Any,
) -> None:
    """REGIMEN over time: plasma, brain, occupancy, time in window.

    Write it as people do: "citalopram 20 mg daily for 28 days".
    """
    from occupancy.cli.people import person_of
    from occupancy.course import Sampling, trajectory
    from occupancy.course.writing import course_document
    from occupancy.regimen import parse, read_event_table

    result = trajectory(
        parse(regimen) if events is None else read_event_table(events).only(subject),
        drug=None if events is None else regimen,
        person=person_of(person),
        targets=target or None,
        days=days,
        sampling=Sampling(draws, seed, variability=not typical),
        kinetics=kinetics,
    )
    if ageing is not None and circuits is None:
        raise ValueError("--ageing says what age does to circuits; name them with --circuit")
    if circuits is not None:
        from occupancy.course.circuits import with_circuits

        with waiting("following the circuits; the first time compiles them"):
            result = with_circuits(
                result, [one.strip() for one in circuits.split(",")], ageing=ageing
            )
    document = course_document(result, level)
    answered(document, _show, _picture, as_json=as_json, plot=plot)


@click.command()
@click.argument("regimens", nargs=-1, required=True)
@options.days
@options.targets
@options.person
@options.sampling(typical=False)
@options.json_option
@options.plot
def compare(
    regimens: tuple[str, ...],
    days: float | None,
    target: tuple[str, ...],
    typical: bool,
    draws: int,
    seed: int,
    level: float,
    as_json: bool,
    plot: Path | None,
    **person: Any,
) -> None:
    """Several REGIMENS side by side, in the same person; each in its own quotes."""
    from occupancy.cli.people import person_of
    from occupancy.course import Sampling, trajectory
    from occupancy.course.writing import compare_document
    from occupancy.regimen import parse

    if len(regimens) < 2:
        raise ValueError("compare needs two regimens or more, each in its own quotes")
    parsed = [parse(one) for one in regimens]
    somebody = person_of(person)
    courses = [
        trajectory(
            one,
            person=somebody,
            targets=target or None,
            days=days,
            sampling=Sampling(draws, seed, variability=not typical),
        )
        for one in progress(parsed, "regimens")
    ]
    document = compare_document(courses, level)
    if plot is not None:
        from occupancy.figures import compare_figure, save

        save(compare_figure(document), plot)
    if as_json:
        print_json(document)
    else:
        warn(dict.fromkeys(f"{c.drug}: {w}" for c in document.courses for w in c.warnings))
        _show_comparison(document)
    if plot is not None:
        saved(plot)


def _picture(document: "CourseDocument") -> "alt.TopLevelMixin":
    from occupancy.figures import course_figure
    from occupancy.figures.circuit import driven_figure

    return driven_figure(document) if document.circuits else course_figure(document)


def _show(document: "CourseDocument") -> None:
    from occupancy.cli.output import console
    from occupancy.figures import strip

    out = console()
    out.print(f"[bold]{document.regimen}[/]  ({document.form}; kinetics {document.kinetics})")
    for effect in document.person.effects:
        out.print(f"· {effect}")
    band = document.band
    for one in document.targets[:1]:
        out.print(
            f"\n{one.target} occupancy, median and {band.level:.0%} band of {band.contains}",
            style="bold",
        )
        series = one.occupancy
        for line in strip(one.time_h, series.median, series.low, series.high):
            out.print(line, markup=False)
    _cycle_table(out, [("", one) for one in document.targets])
    if document.steady_state_h == 0:
        out.print("starts at steady state")
    elif document.steady_state_h is not None:
        out.print(f"steady state (95 %) after {document.steady_state_h / 24:.1f} days")
    for one in document.circuits:
        from occupancy.cli.circuit_table import show_course

        out.print()
        show_course(out, one)
    out.print()
    print_sources(out, document.sources)
    print_footer(out, document.version)


def _show_comparison(document: "CompareDocument") -> None:
    from occupancy.cli.output import console

    out = console()
    band = document.courses[0].band
    out.print(
        f"last dosing cycle; median and {band.level:.0%} band of {band.contains}", style="bold"
    )
    rows = [(course.regimen, one) for course in document.courses for one in course.targets]
    _cycle_table(out, sorted(rows, key=lambda row: row[1].target))
    print_footer(out, document.version)


def _cycle_table(out: "Console", rows: "list[tuple[str, TargetSeries]]") -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    named = any(name for name, _ in rows)
    if named:
        table.add_column("regimen", overflow="fold")
    for head in ("target", "trough %", "average %", "peak %", "swing %", "time in window %"):
        table.add_column(head, justify="left" if head == "target" else "right")
    for name, one in rows:
        cells = [
            f"{one.target}{' (from Ki)' if one.basis != 'in vivo' else ''}",
            _cell(one.trough),
            _cell(one.average),
            _cell(one.peak),
            _cell(one.swing),
            "-" if one.time_in_window is None else percent(one.time_in_window.mean),
        ]
        table.add_row(*([name] if named else []), *cells)
    out.print(table)


def _cell(spread: "Spread") -> str:
    return f"{percent(spread.median)} ({percent(spread.low)}-{percent(spread.high)})"

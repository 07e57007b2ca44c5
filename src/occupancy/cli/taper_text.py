"""A taper as text: the plan as a table, its claim, what to know beside it."""

from typing import TYPE_CHECKING

from occupancy.cli.output import console, percent, print_footer, print_sources

if TYPE_CHECKING:
    from rich.console import Console

    from occupancy.course.answer import Spread
    from occupancy.taper.documents import DoseLine, TaperDocument


def show(document: "TaperDocument", *, compare: bool, proof: bool, kinetics: bool) -> None:
    """Print the document; `compare`, `proof` and `kinetics` add their parts."""
    out = console()
    _head(out, document)
    _plan(out, document)
    _claim(out, document, proof)
    _beside(out, document)
    if compare:
        _alternatives(out, document)
    if kinetics:
        _looks(out, document)
    out.print("What trials found", style="bold")
    for line in document.trials:
        _text(out, f"  {line}.")
    out.print()
    print_sources(out, document.sources)
    print_footer(out, document.version)


def points(spread: "Spread") -> str:
    """A difference of occupancy in points with its band: "6.7 (5.1-8.2)"."""
    if spread.low == spread.high:
        return f"{100 * spread.median:.1f}"
    return f"{100 * spread.median:.1f} ({100 * spread.low:.1f}-{100 * spread.high:.1f})"


def proof_lines(document: "TaperDocument") -> list[str]:
    """The claim of the certificate and whether it was confirmed; nothing without one."""
    one = document.certificate
    if one is None:
        return []
    if one.checked:
        return [one.claim, "Checked just now by a second program: it holds."]
    return [one.claim, "A second program could NOT confirm this claim; please report it."]


def _head(out: "Console", document: "TaperDocument") -> None:
    end = document.steps[-1].dose_mg
    out.print(
        f"[bold]{document.regimen}[/], down to {end:g} mg in {len(document.steps)} steps: "
        f"{document.method}{', robust' if document.robust else ''}"
    )
    worst = document.steps[document.worst_step - 1]
    before = document.steps[document.worst_step - 2] if document.worst_step > 1 else document.start
    where = max(
        worst.other_drop, key=lambda name: worst.other_drop[name].median, default=document.target
    )
    if where in worst.other_drop and worst.other_drop[where].median <= worst.drop.median:
        where = document.target
    _text(
        out,
        f"Largest fall of {where} occupancy in one step: "
        f"{100 * document.worst_drop:.1f} points, from {before.dose_mg:g} to {worst.dose_mg:g} mg; "
        f"over the band of the curve {100 * document.worst_drop_band.low:.1f} to "
        f"{100 * document.worst_drop_band.high:.1f}. At once, without steps: "
        f"{100 * (document.start.occupancy.median - document.steps[-1].occupancy.median):.0f}.",
    )
    for effect in document.person.effects:
        _text(out, f"· {effect}")


def _plan(out: "Console", document: "TaperDocument") -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("step", "from day", "days", "mg a day"):
        table.add_column(head, justify="right")
    table.add_column("how it is made", overflow="fold")
    table.add_column(f"{document.target} %", justify="right")
    table.add_column("fall, points", justify="right")
    table.add_column("swing in a day", justify="right")
    for other in document.other_targets:
        table.add_column(f"{other} %", justify="right")
        table.add_column("fall", justify="right")
    table.add_row(
        "now", "", "", *_dose(document.start), "", _swing(document.start), *_other(document.start)
    )
    for step in document.steps:
        table.add_row(
            str(step.step),
            str(step.start_day),
            "" if step.days is None else str(step.days),
            *_dose(step),
            points(step.drop),
            _swing(step),
            *_other(step),
        )
    out.print(table)
    out.print()


def _dose(line: "DoseLine") -> tuple[str, str, str]:
    made = " and ".join(line.make) or "nothing"
    if len(line.at) > 1:
        made += f", at {' and '.join(line.at)}"
    o = line.occupancy
    band = "" if o.low == o.high else f" ({percent(o.low)}-{percent(o.high)})"
    return f"{line.dose_mg:g}", made, f"{percent(o.median)}{band}"


def _other(line: "DoseLine") -> list[str]:
    drops = getattr(line, "other_drop", {})
    cells = [
        (percent(o.median), f"{100 * drops[name].median:.1f}" if name in drops else "")
        for name, o in line.other_occupancy.items()
    ]
    return [cell for pair in cells for cell in pair]


def _swing(line: "DoseLine") -> str:
    return "" if line.swing is None else f"{100 * line.swing.median:.1f}"


def _claim(out: "Console", document: "TaperDocument", proof: bool) -> None:
    one = document.certificate
    if one is not None:
        claim, checked = proof_lines(document)
        if proof:
            out.print(one.text, markup=False)
            _text(out, checked)
        else:
            _text(out, f"{claim} {checked} Its argument, to be checked by hand: --proof.")
    for note in document.notes:
        _text(out, note)
    small = [s for s in document.steps if s.swing and s.swing.median > s.drop.median]
    if small:
        doses = ", ".join(f"{s.dose_mg:g}" for s in small)
        _text(
            out,
            f"The fall to {doses} mg is smaller than what occupancy swings within a day there.",
        )
    out.print()


def _beside(out: "Console", document: "TaperDocument") -> None:
    _text(out, f"Each dose is held {document.hold.days} days: {document.hold.why}.")
    if document.next_product:
        best = document.next_product[0]
        _text(
            out,
            f"Worth asking for: {best.product}. With it the best plan, of {best.steps} steps, "
            f"has a largest fall of {100 * best.worst_drop:.1f} points; without it, "
            f"{100 * (best.worst_drop + best.gain):.1f}.",
        )
    elif document.certificate is not None:
        _text(out, "None of the products considered would make the largest fall smaller.")
    if document.shopping:
        _text(out, "For the whole plan: " + "; ".join(one.amount for one in document.shopping))
    out.print()


def _alternatives(out: "Console", document: "TaperDocument") -> None:
    from rich.table import Table

    out.print("Other ways, on the same products", style="bold")
    table = Table(box=None, pad_edge=False)
    table.add_column("method")
    table.add_column("steps", justify="right")
    table.add_column("worst fall, points", justify="right")
    table.add_column("days", justify="right")
    table.add_column("doses, mg", overflow="fold")
    for one in document.alternatives:
        table.add_row(
            one.method,
            str(one.steps),
            f"{100 * one.worst_drop:.1f}",
            str(one.start_day[-1]),
            _doses(one.dose_mg),
        )
    out.print(table)
    out.print()


def _doses(doses: list[float], most: int = 14) -> str:
    words = [f"{mg:g}" for mg in doses]
    if len(words) > most:
        words = [*words[: most - 3], "...", *words[-2:]]
    return ", ".join(words)


def _looks(out: "Console", document: "TaperDocument") -> None:
    out.print("A closer look", style="bold")
    for look in document.kinetics_view:
        for rhythm in look.rhythms:
            _text(out, f"  {rhythm.text}")
        _text(out, f"  {look.missed}")
    for one in document.stopping:
        _text(out, f"  {one.text[0].upper()}{one.text[1:]}")
    if document.drive is not None:
        for scale in document.drive.scales:
            unit = "points" if scale.scale == "occupancy" else "of the drug-free signal"
            factor = 100 if scale.scale == "occupancy" else 1
            _text(
                out,
                f"  Withdrawal drive on {scale.scale}: peak {factor * scale.peak.median:.2g} "
                f"{unit} on day {scale.peak_day:.0f}, hardest step {scale.hardest_step}.",
            )
        _text(out, f"  {document.drive.caveat}")
    out.print()


def _text(out: "Console", line: str) -> None:
    from textwrap import fill

    indent = " " * (len(line) - len(line.lstrip()))
    out.print(fill(line, out.width, subsequent_indent=indent), markup=False)

"""`occupancy validate`: published observations, recomputed."""

import click

from occupancy.cli import options
from occupancy.cli.output import console, print_json, progress


@click.command()
@click.option("--misses", "only_misses", is_flag=True, help="Show only the rows that miss.")
@options.json_option
def validate(only_misses: bool, as_json: bool) -> None:
    """Recompute published observations: predicted, published, error, verdict."""
    from occupancy.validation import load_rows, recompute, validation_document

    rows = load_rows()
    document = validation_document([recompute(row) for row in progress(rows, "observations")])
    if as_json:
        print_json(document)
        return
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False)
    for head in ("", "what", "published", "predicted", "error", "allowed", "source"):
        table.add_column(head, overflow="fold")
    for row in document.rows:
        if only_misses and row.passed:
            continue
        table.add_row(
            "ok" if row.passed else "MISS",
            row.what.replace("[", r"\["),
            f"{row.published} {row.unit}".strip(),
            f"{row.predicted:.4g}",
            f"{row.error:+.3g}",
            row.tolerance,
            row.citation + (f"  - {row.reason}" if row.reason else ""),
        )
    out.print(table)
    errors = Table(title="RMS error of occupancy, points", title_justify="left", box=None)
    for head in ("drug", "target", "rows", "these rows", "Uchida 2011", "on their people"):
        errors.add_column(head)
    for one in document.errors:
        errors.add_row(
            *(one.drug, one.target, str(one.rows), f"{one.rms_points:.1f}"),
            *(
                "-" if points is None else f"{points:.1f}"
                for points in (one.uchida_2011_points, one.on_their_people_points)
            ),
        )
    out.print(errors)
    total = len(document.rows)
    out.print(f"{document.passed} of {total} rows pass ({document.passed / total:.0%})")

"""`occupancy drugs`, `occupancy evidence` and `occupancy schema`: what is known, and how."""

import json
import sys

import click

from occupancy.cli import options
from occupancy.cli.output import console, print_json

#: Least width of the notes in the table of figures.
NOTE_WIDTH = 36


@click.command()
@options.json_option
def drugs(as_json: bool) -> None:
    """List every drug with its forms, targets and gaps."""
    from occupancy.course.catalogue import drugs_document

    document = drugs_document()
    if as_json:
        print_json(document)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("drug", "class", "forms", "measured in people", "from Ki", "figures"):
        table.add_column(head, overflow="fold")
    for one in document.drugs:
        table.add_row(
            one.name,
            one.drug_class,
            ", ".join(one.forms),
            ", ".join(one.targets) or "none on record",
            str(len(one.anchored_targets)),
            str(one.figures),
        )
    console().print(table)


@click.command()
@click.argument("drug")
@options.json_option
def evidence(drug: str, as_json: bool) -> None:
    """Every figure of DRUG with its source and standing; `evidence audit` checks every record."""
    if drug == "audit":
        _audit(as_json)
        return
    from occupancy.course.catalogue import evidence_document

    document = evidence_document(drug)
    if as_json:
        print_json(document)
        return
    from rich.table import Table

    out = console()
    out.print(f"[bold]{document.title}[/]: {len(document.figures)} figures; * = used by default")
    table = Table(box=None, pad_edge=False)
    for head in ("", "quantity", "of", "value", "n", "status", "source"):
        table.add_column(head, overflow="fold")
    table.add_column("note", overflow="fold", min_width=NOTE_WIDTH)
    for one in document.figures:
        table.add_row(
            "*" if one.default else "",
            one.quantity,
            " at ".join(x for x in (one.analyte, one.target) if x),
            one.value,
            "" if one.n is None else str(one.n),
            one.status,
            one.source,
            one.note.replace("[", r"\["),
        )
    out.print(table)
    out.print("\nSources", style="bold")
    for text in dict.fromkeys(one.citation for one in document.figures):
        out.print(f"  {text}", markup=False)
    for gap in document.gaps:
        out.print(f"gap: {gap}", markup=False)


def _audit(as_json: bool) -> None:
    from occupancy.validation import audit_document

    document = audit_document()
    if as_json:
        print_json(document)
    else:
        for finding in document.findings:
            sys.stdout.write(finding + "\n")
        sys.stdout.write(
            f"{document.figures} figures of {document.drugs} drugs: "
            f"{len(document.findings) or 'no'} findings\n"
        )
    if document.findings:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> None:
    """Print the JSON schema of the document NAME, or the names of all."""
    from occupancy.documents import SCHEMAS, json_schema

    if name is None:
        sys.stdout.write("\n".join(SCHEMAS) + "\n")
        return
    if name not in SCHEMAS:
        raise ValueError(f"no document called {name!r}; there are: {', '.join(SCHEMAS)}")
    sys.stdout.write(json.dumps(json_schema(name), indent=1) + "\n")

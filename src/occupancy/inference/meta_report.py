"""The report of a meta-analysis: one Markdown text, or the same as a page."""

import html
import re
from collections.abc import Sequence

from occupancy.course.answer import Spread
from occupancy.inference.documents import MetaCurve, MetaDocument

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 Helvetica, Arial, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; margin: 1rem 0 }}
td, th {{ padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: right }}
td:first-child, th:first-child, td:last-child, th:last-child {{ text-align: left }}
svg {{ max-width: 100%; height: auto }}
</style></head><body>
{body}
</body></html>
"""


def report_markdown(document: MetaDocument, pictures: Sequence[str] = ()) -> str:
    """The report as Markdown; `pictures` are paths shown after the table of curves."""
    trust = "Chains agree" if document.trusted else "**Do not rely on this posterior**"
    lines = [
        "# Meta-analysis of published occupancies",
        "",
        f"{document.rows} rows of {document.source}; {len(document.curves)} curves. "
        f"Emax {document.emax}, Hill {document.hill}, errors normal on the {document.scale} scale. "
        f"Intervals of {document.level:.0%}.",
        "",
        f"{trust}: R-hat {document.rhat:.4f}, effective draws {document.ess:.0f} or more, "
        f"{document.divergences} divergent steps in {document.chains} chains of {document.draws}.",
        "",
        "## Curves",
        "",
        "| curve | rows | studies | Emax % | half exposure | with Emax 100 % | with Emax free "
        "| identified |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
        *(_row(one) for one in document.curves),
        "",
    ]
    for path in pictures:
        lines += [f"![Picture]({path})", ""]
    lines += [
        "The columns beside the posterior are least squares of the same means with the ceiling "
        "fixed at 100 % and with it free: where they part, the points do not tell both.",
        "",
        "## Differences between rows",
        "",
        "| what | levels | median | interval |",
        "|---|---:|---:|---:|",
        *(
            f"| {e.name} | {e.levels} | {e.value.median:.3g} | {e.value.low:.3g} to "
            f"{e.value.high:.3g} |"
            for e in document.effects
        ),
        "",
    ]
    if document.warnings:
        lines += ["## To be careful about", "", *(f"- {one}" for one in document.warnings), ""]
    if document.problems:
        lines += ["## Rows left out", "", "| row | column | why |", "|---:|---|---|"]
        lines += [f"| {p.row} | {p.column} | {p.what} |" for p in document.problems] + [""]
    lines += [f"occupancy {document.version}. {document.disclaimer}", ""]
    return "\n".join(lines)


def report_html(document: MetaDocument, drawings: Sequence[str] = ()) -> str:
    """The report as one page that needs no network; `drawings` are SVG texts."""
    text = report_markdown(document)
    body: list[str] = []
    table: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(line)
            continue
        if table:
            body.append(_table(table))
            table = []
        if line.startswith("## Differences"):
            body += drawings
        if line.startswith("#"):
            depth = len(line) - len(line.lstrip("#"))
            body.append(f"<h{depth}>{_inline(line.lstrip('# '))}</h{depth}>")
        elif line.startswith("- "):
            body.append(f"<p>· {_inline(line[2:])}</p>")
        elif line:
            body.append(f"<p>{_inline(line)}</p>")
    return _PAGE.format(title="Meta-analysis of published occupancies", body="\n".join(body))


def _row(one: MetaCurve) -> str:
    unit = "mg" if one.scale == "dose" else "ng/mL"
    full = "" if one.ed50_full is None else f"{one.ed50_full:.3g}"
    free = "" if one.ed50_free is None else f"{one.ed50_free:.3g} ({one.emax_free:.0%})"
    return (
        f"| {one.drug} at {one.target} | {len(one.observed)} | {one.studies} "
        f"| {_interval(one.emax, 100)} | {_interval(one.ed50)} {unit} | {full} | {free} "
        f"| {'yes' if one.identified else 'no: ' + one.why_not} |"
    )


def _interval(value: Spread, factor: float = 1.0) -> str:
    median, low, high = (f"{factor * x:.3g}" for x in (value.median, value.low, value.high))
    return f"{median} ({low}-{high})"


def _table(lines: list[str]) -> str:
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines]
    head, rows = cells[0], cells[2:]
    out = ["<table><tr>", *(f"<th>{_inline(c)}</th>" for c in head), "</tr>"]
    for row in rows:
        out += ["<tr>", *(f"<td>{_inline(c)}</td>" for c in row), "</tr>"]
    return "".join([*out, "</table>"])


def _inline(text: str) -> str:
    safe = html.escape(text, quote=False)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", safe)

"""The report of a study: one HTML document without script, nothing fetched."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Final

from occupancy.pet.documents import DISCLAIMER
from occupancy.pet.estimate import Estimate
from occupancy.pet.fit_result import Fit
from occupancy.pet.person_occupancy import PersonOccupancy
from occupancy.pet.study import Study
from occupancy.version import VERSION

if TYPE_CHECKING:
    from occupancy.pet.exposure import StudyExposure

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE: Final = (
    "body{font:15px/1.5 'Helvetica Neue',Helvetica,Arial,'DejaVu Sans',sans-serif;color:#1a1a1a;"
    "max-width:60rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem}h2{font-size:1.25rem;"
    "margin-top:2.2rem;border-bottom:1px solid #ddd}h3{font-size:1.05rem}.wide{overflow-x:auto}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.88rem}"
    "th,td{padding:.2rem .7rem;border-bottom:1px solid #eee;text-align:right;white-space:nowrap}"
    "th:first-child,td:first-child{text-align:left}td.words{white-space:normal;text-align:left}"
    ".note{color:#555;font-size:.88rem}.bad{border-left:4px solid #D55E00;padding:.1rem .8rem}"
    "svg{max-width:100%;height:auto}@media print{body{margin:0;max-width:none}}"
)


def study_page(
    study: Study,
    pictures: Mapping[str, Sequence[str]],
    made_on: date,
    exposure: StudyExposure | None = None,
    quantity: str = "exposure",
) -> str:
    """Return the report as HTML; the same arguments give the same bytes.

    Parameters
    ----------
    study
        What the folder gave.
    pictures
        SVG, by scan for its curves, by person for its occupancy, and 'exposure'.
    made_on
        The date on the page.
    exposure, quantity
        Occupancy against exposure, and what the exposure is, with its unit.
    """
    name = study.folder.resolve().name
    settings = study.settings
    reference = f", reference region {settings.reference}" if settings.reference else ""
    parts = [
        f"<h1>PET study {escape(name)}</h1>",
        f'<p class="note">{escape(settings.model)}{escape(reference)}; '
        f"{len(study.fitted.scans)} scans; made {made_on.isoformat()} with occupancy {VERSION}. "
        f"{escape(DISCLAIMER)}</p>",
        _failures(study),
        _occupancies(study),
        "" if exposure is None else _exposure(exposure, quantity, pictures.get("exposure", ())),
    ]
    for person in study.people:
        parts.append(_person(person, pictures.get(person.person, ())))
    parts.append("<h2>Scans</h2>")
    for scan in study.fitted.scans:
        parts.append(f"<h3>{escape(scan.fits.scan)}</h3>")
        parts.append(_parameters(scan.fits.fits))
        parts += [f"<figure>{one}</figure>" for one in pictures.get(scan.fits.scan, ())]
    parts.append(_provenance(study))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>PET study {escape(name)}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _failures(study: Study) -> str:
    lines = [(one.scan, one.region, one.problem) for one in study.fitted.failures]
    lines += [
        (scan.fits.scan, region, why)
        for scan in study.fitted.scans
        for region, why in scan.fits.failures
    ]
    if not lines:
        return ""
    rows = [(scan, region or "whole scan", why) for scan, region, why in lines]
    body = _table(("scan", "region", "what is wrong"), rows, words=(1, 2))
    return f'<div class="bad"><h2>Not fitted</h2>{body}</div>'


def _occupancies(study: Study) -> str:
    if not study.people:
        return ""
    rows: list[tuple[str, ...]] = []
    for i, one in enumerate(study.people):
        for s, scan in enumerate(one.fit.scans):
            profile = _profiled(one, "occupancy", s)
            row = [one.person or "-", scan, *_percent(profile)]
            if one.fit.v_nd is not None:
                row += _numbers(_profiled(one, "v_nd", 0))
            if study.shared is not None:
                row += _percent(study.shared.people[i][s])
            rows.append(tuple(row))
    heads = ["person", "scan", "occupancy %", "SE", "interval"]
    if study.people[0].fit.v_nd is not None:
        heads += ["V_ND mL/cm³", "SE", "interval"]
    text = "Intervals by profile likelihood."
    if study.shared is not None:
        heads += ["with shared V_ND %", "SE", "interval"]
        v = study.shared.v_nd
        text += (
            f" V_ND shared between people: mean {v.value:.3g} mL/cm³ (SE {v.se:.2g}), standard "
            f"deviation between them {study.shared.spread:.2g}."
        )
    level = study.people[0].fit.level
    return (
        f"<h2>Occupancy</h2>{_table(heads, rows)}"
        f'<p class="note">{level:.0%} intervals. {escape(text)}</p>'
    )


def _exposure(found: StudyExposure, quantity: str, pictures: Sequence[str]) -> str:
    rows = [
        (person or "-", scan, f"{level:g}", *_percent(one))
        for person, scan, level, one in zip(
            found.person, found.scan, found.exposure, found.occupancy, strict=True
        )
    ]
    heads = ("person", "scan", quantity, "occupancy %", "SE", "interval")
    names = {"EC50": f"EC50 ({quantity})", "Emax": "Emax", "omega": "SD of ln EC50 between people",
             "sd": "SD of occupancies beyond their errors"}  # fmt: skip
    known = [name for name in names if name != "Emax" or found.fit.emax is None]
    fitted = [(names[name], *_numbers(found.estimate(name))) for name in known]
    held = "" if found.fit.emax is None else f" Emax held at {found.fit.emax:g}."
    return (
        f"<h2>Occupancy against {escape(quantity)}</h2>"
        f"{_table(('quantity', 'median', 'SE', '95 %'), fitted)}"
        + "".join(f"<figure>{picture}</figure>" for picture in pictures)
        + _table(heads, rows)
        + '<p class="note">Occupancy = Emax C/(EC50 + C), with an EC50 of each person, by '
        f"importance sampling; the errors of every scan are carried.{held}</p>"
    )


def _profiled(one: PersonOccupancy, name: str, scan: int) -> Estimate:
    plain = one.fit.occupancy[scan] if name == "occupancy" else one.fit.v_nd
    assert plain is not None
    if one.fit.degrees_of_freedom <= 0 or not math.isfinite(plain.se) or plain.se == 0:
        return plain
    return one.fit.profile(name, scan)


def _person(one: PersonOccupancy, pictures: Sequence[str]) -> str:
    table, fit = one.table, one.fit
    heads = ["region", *(f"{table.outcome} {s}" for s in table.scans)]
    if table.outcome == "BP_ND":
        heads += [f"occupancy % {s}" for s in fit.scans]
    rows: list[tuple[str, ...]] = []
    errors = table.se
    for i, region in enumerate(fit.regions):
        values = [
            f"{v:.4g}" + ("" if errors is None else f" ± {errors[i, s]:.2g}")
            for s, v in enumerate(table.values[i])
        ]
        own = [" ".join((_percent(o)[0], _percent(o)[2])) for o in region.occupancy]
        rows.append((region.region, *values, *own))
    notes = "".join(f"<li>{escape(text)}</li>" for text in (*one.notes, *fit.warnings))
    return (
        f"<h2>{escape(one.person or 'Regions')}</h2>{_table(heads, rows)}"
        f'<p class="note">± is the standard error. Residuals are {_told(fit.sigma)} times the '
        f"errors given ({fit.degrees_of_freedom} degrees of freedom).</p>"
        + (f'<ul class="note">{notes}</ul>' if notes else "")
        + "".join(f"<figure>{picture}</figure>" for picture in pictures)
    )


def _parameters(fits: Sequence[Fit]) -> str:
    names = list(dict.fromkeys(name for fit in fits for name in fit.parameters))
    rows = []
    for fit in fits:
        cells = [_value(fit.parameters.get(n, math.nan), fit.se.get(n)) for n in names]
        warnings = "; ".join(fit.warnings)
        rows.append((fit.region, *cells, f"{fit.wrss:.4g}", f"{fit.aicc:.1f}", warnings))
    heads = ("region", *names, "wrss", "AICc", "notes")
    return _table(heads, rows, words=(len(heads) - 1,))


def _provenance(study: Study) -> str:
    s = study.settings
    told: dict[str, object] = {
        "program": f"occupancy {VERSION}",
        "model": s.model,
        "reference region": s.reference,
        "weights": s.weights or "none: every frame counts the same",
        "frame convention": s.stated.convention,
    }
    first = next((one for scan in study.fitted.scans for one in scan.fits.fits), None)
    if first is not None:
        told |= {f"setting {key}": value for key, value in first.settings.items()}
    told |= {f"option {key}": value for key, value in s.options.items()}
    rows = [(key, str(value)) for key, value in told.items() if value is not None]
    files = _table(("file", "SHA-256, first 16 digits"), study.files)
    notes = "".join(f"<li>{escape(note)}</li>" for note in study.fitted.notes)
    return (
        f"<h2>Provenance</h2>{_table(('what', 'value'), rows, words=(1,))}<h3>Files</h3>{files}"
        + (f'<h3>Assumed or left out</h3><ul class="note">{notes}</ul>' if notes else "")
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: tuple[int, ...] = ()) -> str:
    def cell(i: int, text: str) -> str:
        mark = ' class="words"' if i in words else ""
        return f"<td{mark}>{escape(text)}</td>"

    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(
        f"<tr>{''.join(cell(i, text) for i, text in enumerate(row))}</tr>" for row in rows
    )
    inside = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{inside}</table></div>'


def _value(value: float, se: float | None) -> str:
    if not math.isfinite(value):
        return "-"
    return f"{value:.4g}" + (f" ± {se:.2g}" if se is not None and math.isfinite(se) else "")


def _percent(one: Estimate) -> list[str]:
    return [_told(100 * one.value, 1), _told(100 * one.se, 1), _interval(one, 100.0, 1)]


def _numbers(one: Estimate) -> list[str]:
    return [_told(one.value), _told(one.se), _interval(one, 1.0, 3)]


def _interval(one: Estimate, scale: float, digits: int) -> str:
    return f"{_told(scale * one.low, digits)} to {_told(scale * one.high, digits)}"


def _told(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"

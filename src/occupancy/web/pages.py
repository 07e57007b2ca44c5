"""Templates, and what every page has: the way around, the version, the limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from occupancy.course.answer import DISCLAIMER
from occupancy.version import VERSION
from occupancy.web.assets import Assets


@dataclass(frozen=True)
class Place:
    """An entry of the way around; `diary` marks those of one's own diary."""

    path: str
    name: str
    diary: bool = False


#: The pages in the order they are shown; a room that is not there yet has none.
PLACES: Final = (
    Place("/explore", "Explore"),
    Place("/taper", "Taper"),
    Place("/diary", "Diary", diary=True),
    Place("/my-course", "My course", diary=True),
    Place("/report", "Report", diary=True),
    Place("/population", "Population"),
    Place("/circuits", "Circuits"),
    Place("/pet", "PET"),
    Place("/personalise", "Personalise"),
    Place("/evidence", "Evidence"),
    Place("/about", "About"),
)
#: Symbols that keep their small letter where a sentence begins.
_SYMBOLS: Final = ("fm ", "fu ", "ka ", "ke0 ", "koff ", "kon ")


class Pages:
    """The templates of one server."""

    def __init__(self, assets: Assets) -> None:
        """Templates that name files of `assets`."""
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(asset=assets.url, version=VERSION, disclaimer=DISCLAIMER)
        self._environment.filters.update(
            percent=percent,
            figures=figures,
            sentence=sentence,
            capital=capital,
            plain=plain,
            in_script=in_script,
        )

    def show(self, request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        """The page made of template `name`; a part of it when htmx asks for one."""
        values.setdefault("path", request.url.path)
        values.setdefault("part", request.headers.get("hx-request") == "true")
        values["team"] = request.app.state.settings.team
        values["visitor"] = getattr(request.state, "visitor", None)
        values["places"] = _places(values["team"], values["visitor"])
        text = self._environment.get_template(name).render(values)
        return HTMLResponse(text, status, headers={"Vary": "HX-Request"})


def _places(team: bool, visitor: Any) -> tuple[Place, ...]:
    """The way around for who asks: in team mode by the role of the account."""
    if not team:
        return PLACES
    if visitor is None:
        return (Place("/sign-in", "Sign in"), Place("/about", "About"))
    own = Place("/account", "Account")
    if visitor.role == "person":
        return (*PLACES, own)
    return (Place("/people", "People"), *(one for one in PLACES if not one.diary), own)


def of(request: Request) -> Pages:
    """The pages of the server that got `request`."""
    return request.app.state.pages


def percent(value: float) -> str:
    """A fraction in percent, one decimal below ten and none above: "7.2", "79"."""
    number = 100 * value
    return f"{number:.1f}" if abs(number) < 10 else f"{number:.0f}"


def figures(value: float, digits: int = 3) -> str:
    """A number in so many significant digits, without an exponent where it can be read."""
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-3 <= size < 1e5:
        decimals = max(digits - 1 - len(str(int(size))) + (1 if size >= 1 else 0), 0)
        if size < 1:
            return f"{value:.{digits}g}"
        return f"{value:.{decimals}f}"
    return f"{value:.{digits}g}"


def in_script(members: Mapping[str, str]) -> Markup:
    """An object of JSON texts by name, for a data block: nothing in it can end the block."""
    text = ",".join(f"{json.dumps(name)}:{one}" for name, one in members.items())
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(f"{{{text}}}")


def plain(value: float) -> str:
    """A number as it would be typed: "20", "0.37"."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def sentence(text: str) -> str:
    """`text` with a capital first and a stop at the end."""
    text = capital(text.strip())
    return text if not text or text[-1] in ".!?" else f"{text}."


def capital(text: str) -> str:
    """`text` with its first letter large, unless a symbol stands there: ka is not Ka."""
    return text if text.startswith(_SYMBOLS) else text[:1].upper() + text[1:]


def typed(request: Request) -> Mapping[str, str]:
    """The last value of every field as it was typed, to be shown again."""
    return dict(request.query_params)


def file_name(text: str) -> str:
    """`text` as the name of a file in a header: letters, digits, dots and dashes."""
    return "".join(
        one if one.isascii() and (one.isalnum() or one in ".-_") else "-" for one in text
    )

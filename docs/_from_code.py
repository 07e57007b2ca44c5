"""Reference pages made from the code: commands, documents, laws, the Python interface, words."""

import importlib
import inspect
import re
import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any

from _keys import meaning

NOTICE = "<!-- Made by docs/_generate.py; edit what it is made from instead. -->\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    heads = list(heads)
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    lines += [f"| {' | '.join(_cell(one) for one in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|") or " "


def commands() -> str:
    """Every command with its arguments and options."""
    import click

    from occupancy.cli import app

    context = click.Context(app)
    found = {name: app.get_command(context, name) for name in app.list_commands(context)}
    parts = [
        NOTICE,
        "# Commands\n",
        "Every command ends with exit code 0 when it has answered, and with 2 and one message "
        "when something it was given cannot be used. Answers go to standard output; notes, "
        "progress and the names of pictures go to standard error. `--json` prints one of the "
        "[documents](documents.md).\n",
        "`occupancy --version` prints the version, and `-h` or `--help` after any command "
        "explains it.\n",
    ]
    for name, command in _leaves(found):
        usage = " ".join(_usage(one) for one in command.params if not _is_option(one))
        parts.append(f"## {name}\n")
        parts.append(f"{inspect.cleandoc(command.help or '')}\n")
        parts.append(f"```text\noccupancy {name} {usage} [OPTIONS]\n```\n".replace("  ", " "))
        rows = [
            (
                f"`{_names(one)}`",
                _type(one),
                _default(one),
                _escaped(getattr(one, "help", None) or ""),
            )
            for one in command.params
        ]
        if rows:
            parts.append(table(("name", "value", "default", "meaning"), rows))
    parts.append(
        "\n`occupancy evidence audit` checks every record of the evidence and ends with exit "
        "code 1 when it finds something.\n"
    )
    return "\n".join(parts)


def _leaves(commands: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Commands by name, those of a group behind its name."""
    for name, command in commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command.commands, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _is_option(param: Any) -> bool:
    return any(one.startswith("-") for one in param.opts)


def _usage(param: Any) -> str:
    name = param.name.upper() + ("..." if param.nargs == -1 else "")
    return name if param.required else f"[{name}]"


def _names(param: Any) -> str:
    if not _is_option(param):
        return param.name.upper()
    return " / ".join([*param.opts, *param.secondary_opts])


def _type(param: Any) -> str:
    kind = param.type
    names = {"float": "number", "float range": "number", "path": "file", "boolean": "switch"}
    names |= {"integer": "whole number", "integer range": "whole number"}
    text = names.get(kind.name, "text")
    low, high = getattr(kind, "min", None), getattr(kind, "max", None)
    if low is not None:
        text += f", {low:g} to {high:g}" if high is not None else f", {low:g} or more"
    if getattr(param, "multiple", False):
        text += ", may be repeated"
    return text


def _default(param: Any) -> str:
    if param.required:
        return "required"
    if param.secondary_opts and param.default is not None:
        return f"`{(param.opts if param.default else param.secondary_opts)[0]}`"
    value = param.default
    return f"`{value}`" if isinstance(value, int | float) and value is not False else ""


def documents() -> str:
    """Every JSON document with its keys."""
    from occupancy.documents import SCHEMAS, json_schema

    parts = [
        NOTICE,
        "# Documents\n",
        "What `--json` prints. Occupancies are fractions between 0 and 1, concentrations ng/mL, "
        "times hours from the first dose, doses mg as labelled on the product. Each document "
        "names itself in `document` and carries the `version` that made it. "
        "`occupancy schema` lists the names, and `occupancy schema NAME` prints a JSON schema "
        "that validators and code generators read.\n",
    ]
    nested: dict[str, Any] = {}
    for name in SCHEMAS:
        schema = json_schema(name)
        parts.append(f"## {name}\n\n{(schema.get('description') or '').strip()}\n")
        parts.append(_keys(name, schema))
        nested.update(schema.get("$defs", {}))
    documents = {model.__name__ for model in SCHEMAS.values()}
    parts.append("## Parts of documents\n")
    for title in sorted(set(nested) - documents):
        schema = nested[title]
        parts.append(f"### {title}\n\n{(schema.get('description') or '').strip()}\n")
        parts.append(_keys(title, schema))
    return "\n".join(parts)


def _keys(part: str, schema: dict[str, Any]) -> str:
    rows = [
        (f"`{key}`", _schema_type(value), meaning(part, key))
        for key, value in schema["properties"].items()
    ]
    return table(("key", "type", "meaning"), rows)


def _schema_type(value: dict[str, Any]) -> str:
    from occupancy.documents import SCHEMAS

    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        anchors = {model.__name__: document for document, model in SCHEMAS.items()}
        return f"[{name}](#{anchors.get(name, name.lower())})"
    if "anyOf" in value:
        return " or ".join(_schema_type(one) for one in value["anyOf"])
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{one}`" for one in value["enum"])
    if value.get("type") == "array":
        return f"list of {_schema_type(value['items'])}"
    if value.get("type") == "object":
        return f"name to {_schema_type(value['additionalProperties'])}"
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    kind = str(value["type"])
    return names.get(kind, kind)


LAW_FILES = (
    "binding",
    "kinetic_binding",
    "turnover",
    "operational",
    "effect_compartment",
    "endogenous",
    "pet_view",
    "ternary_complex",
)


def laws() -> str:
    """Every law with its equation."""
    from occupancy import laws as room

    parts = [
        NOTICE,
        "# Laws\n",
        "Equations without numbers, in `occupancy.laws`. Each function takes floats, NumPy arrays "
        "or JAX arrays, which broadcast, and answers in kind. A concentration and its constant "
        "share one unit, a rate and a time share one.\n",
    ]
    for file in LAW_FILES:
        module = importlib.import_module(f"occupancy.laws.{file}")
        parts.append(f"## {file.replace('_', ' ')}\n\n{prose(module)}")
        for name in room.__all__:
            one = getattr(room, name)
            if one.__module__ == module.__name__:
                parts.append(_entry(name, one))
    return "\n".join(parts)


#: Rooms in the order of the floors, and what the page says of each beyond its docstring.
ROOMS = (
    "regimen",
    "person",
    "drugs",
    "evidence",
    "kinetics",
    "course",
    "engine",
    "circuit",
    "population",
    "inference",
    "pet",
    "taper",
    "diary",
    "interop",
    "figures",
    "validation",
)


def python() -> str:
    """The public face of the package, then of each room."""
    import occupancy
    from occupancy import api

    parts = [
        NOTICE,
        "# Python\n",
        "`import occupancy` is instant; what it needs is imported on first use. A result is an "
        "`xarray.Dataset` that keeps every draw; units and sources are in its attributes.\n",
    ]
    for name in occupancy.__all__:
        if not name.startswith("_"):
            one = getattr(api, name, None) or getattr(occupancy, name)
            parts.append(_entry(f"occupancy.{name}", one, level=2))
    parts.append("## Rooms\n\nEach room has a public face of its own, for those who build on it.\n")
    for room in ROOMS:
        module = importlib.import_module(f"occupancy.{room}")
        parts.append(f"### occupancy.{room}\n\n{prose(module)}")
        rows = [
            (f"`{name}`", _summary(getattr(module, name)))
            for name in sorted(module.__all__, key=str.lower)
        ]
        parts.append(table(("name", "what it is"), rows))
    parts.append("The laws have [a page of their own](laws.md).\n")
    return "\n".join(parts)


def _summary(one: object) -> str:
    """First paragraph of a docstring; a type alias shows its members."""
    if typing.get_origin(one) is typing.Literal:
        return "one of " + ", ".join(f"`{value}`" for value in typing.get_args(one))
    if typing.get_origin(one) in (typing.Union, types.UnionType):
        return " or ".join(f"`{value.__name__}`" for value in typing.get_args(one))
    return _escaped((inspect.getdoc(one) or "").split("\n\n")[0])


def _entry(name: str, one: Any, level: int = 3) -> str:
    short = name.rsplit(".", 1)[-1]
    head = f"{'#' * level} {name}\n"
    return f"{head}\n```python\n{_signature(short, one)}\n```\n\n{prose(one)}"


def _signature(name: str, one: Any) -> str:
    """Name and parameters as in the source, one line each where they are many."""
    if inspect.isclass(one) and issubclass(one, tuple):
        return f"class {name}({', '.join(one._fields)})"  # type: ignore[attr-defined]
    whole = inspect.signature(one)
    text = f"{name}{whole}".replace("'", "").removesuffix(" -> None")
    if len(text) <= 92:
        return text
    parts: list[str] = []
    for parameter in whole.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        parts.append(str(parameter).replace("'", ""))
    tail = text[text.rindex(")") + 1 :]
    return f"{name}(\n    " + ",\n    ".join(parts) + f",\n){tail}"


def prose(one: object) -> str:
    """The docstring of `one` as Markdown."""
    return "\n".join(_paragraphs(inspect.getdoc(one) or "")) + "\n"


def _paragraphs(doc: str) -> Iterator[str]:
    for block in re.sub(r"\n(Returns|Raises)\n-+\n", r"\n\n\1:\n", doc).split("\n\n"):
        text = re.sub(r"^(\w[\w ]*)\n-{3,}\n", r"\1:\n", block.strip("\n"))
        head, _, rest = text.partition("\n")
        if re.fullmatch(r"(Args|Parameters|Attributes|Returns|Raises|Returns):", head):
            yield f"**{head[:-1].replace('Args', 'Arguments')}**\n"
            yield from _items(rest)
        elif _is_equation(text):
            yield f"```text\n{inspect.cleandoc(text)}\n```\n"
        else:
            yield _escaped(text) + "\n"


def _items(text: str) -> Iterator[str]:
    """Google's `name: what` and numpy's name on one line with the text indented below."""
    found: list[str] = []
    for line in inspect.cleandoc(text).splitlines():
        if line.startswith("    ") and found:
            found[-1] += ("" if ":" in found[-1] else ": ") + " " + line.strip()
        elif found and not re.match(r"[\w, ]+(:|$)", line):
            found[-1] += " " + line.strip()
        else:
            found.append(line.strip())
    for one in found:
        name, colon, what = one.partition(":")
        if colon and re.fullmatch(r"[\w, ]+", name):
            yield f"- `{name}`: {_escaped(what.strip())}"
        else:
            yield f"{_escaped(one)}"
    yield ""


def _is_equation(text: str) -> bool:
    lines = text.splitlines()
    return len(lines) <= 2 and not text.rstrip().endswith((".", ":")) and " = " in lines[0]


def _escaped(text: str) -> str:
    """Markdown that shows asterisks and angle brackets outside `code` as they are."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else part.replace("*", "\\*").replace("<", "&lt;")
        for part in parts
    )


def regimen_words() -> str:
    """The words a regimen may be written in."""
    from occupancy.regimen import grammar, vocabulary

    doc = inspect.getdoc(grammar) or ""
    rule = next(block for block in doc.split("\n\n") if "phase { " in block)

    def words(mapping: dict[str, Any]) -> str:
        groups: dict[Any, list[str]] = {}
        for word, what in mapping.items():
            groups.setdefault(what, []).append(word)
        return table(
            ("meaning", "words"),
            ((_span(m), ", ".join(f"`{w}`" for w in ws)) for m, ws in groups.items()),
        )

    clock = importlib.import_module("occupancy.regimen.phase").CLOCK_OF_PART
    parts = [
        NOTICE,
        "# Words of a regimen\n",
        "How to write one is shown in [Write a regimen](../how-to/regimen.md). Upper and lower "
        "case are the same, and the dots of `b.d.` or `p.o.` may stand.\n",
        f"```text\n{inspect.cleandoc(rule)}\n```\n",
        "## Mass\n\nmg in one of the unit:\n",
        words({k: f"{v} mg" for k, v in vocabulary.MASS_IN_MG.items()}),
        "Volumes, tablets, drops, international units, moles and radioactivity are refused: "
        "the amount of drug is needed.\n",
        "## Time\n",
        words(vocabulary.TIME_IN_MIN),
        "## How often, in one word\n",
        words(vocabulary.INTERVAL_MIN),
        "Also `every 4 weeks`, `every other day`, `every third day`, `on alternate days`, "
        "`twice a day`, `3 times daily`, `q12h`, `once`, `single dose`.\n",
        "## Parts of the day\n",
        words({w: f"{p}, {clock[p]:%H:%M}" for w, p in vocabulary.PART_WORDS.items()}),
        "Each with daily dosing in it:\n",
        words({w: f"every {p}" for w, p in vocabulary.DAILY_PART_WORDS.items()}),
        "## Routes\n",
        words(vocabulary.ROUTE_WORDS),
    ]
    return "\n".join(parts)


def _span(value: object) -> str:
    if not isinstance(value, int):
        return str(value)
    for minutes, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if value % minutes == 0:
            count = value // minutes
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return str(value)

"""Every computation of the command line has its route, and every route its command."""

from __future__ import annotations

from collections.abc import Iterator

import click
from fastapi.testclient import TestClient

from occupancy.cli import app
from occupancy.cli.circuit import INPUTS
from occupancy.documents import SCHEMAS
from occupancy.web.access import ROUTES, May

#: Commands that answer with a document, the route that answers the same, and the document.
ANSWERED = {
    "drugs": ("/api/drugs", "drugs"),
    "curve": ("/api/curve", "curve"),
    "course": ("/api/course", "course"),
    "course --events": ("/api/course/events", "course"),
    "course --circuit": ("/api/course/circuits", "course"),
    "compare": ("/api/compare", "compare"),
    "population": ("/api/population", "population"),
    "personalise": ("/api/personalise", "personalise"),
    "profile": ("/api/profile", "profile"),
    "circuit": ("/api/circuit", "circuit"),
    "taper": ("/api/taper", "taper"),
    "pet fit": ("/api/pet/fit", "pet-fit"),
    "pet fit --hierarchical": ("/api/pet/pooled", "pet-fit"),
    "pet occupancy": ("/api/pet/occupancy", "pet-occupancy"),
    "meta fit": ("/api/meta", "meta"),
    "evidence": ("/api/evidence/{drug}", "evidence"),
    "evidence audit": ("/api/audit", "audit"),
    "validate": ("/api/validation", "validation"),
}
#: Commands that have --json and no route, and why.
KEEPS = "it keeps a diary, and computes nothing; whose diary it is, the pages ask"
OPERATES = "it operates a server, and is for whoever can reach its database"
EXCEPT = {
    "diary add": KEEPS,
    "diary correct": KEEPS,
    "diary export": KEEPS,
    "diary import": KEEPS,
    "diary list": KEEPS,
    "diary report": KEEPS,
    "backup": OPERATES,
    "restore": OPERATES,
    "team add": OPERATES,
    "team close": OPERATES,
    "team list": OPERATES,
    "team reset": OPERATES,
}
#: Commands without --json: what they give is files or words, not a document.
WITHOUT = {
    "pet map": "images on disk to images on disk",
    "pet report": "a folder on disk to a page in it; its fits and occupancies have routes",
    "meta stored": "a listing of what the package keeps",
    "meta store": "rewrites the package's own records",
    "schema": "the description of the interface holds every schema",
    "serve": "starts the server",
}


def commands(
    command: click.Command = app, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from commands(inner, (*path, name))


def test_every_command_that_prints_a_document_has_a_route_or_a_reason() -> None:
    printing = {
        name for name, one in commands() if any("--json" in part.opts for part in one.params)
    }
    named = {name for name in ANSWERED if name in printing}
    assert printing == named | set(EXCEPT)
    assert {name for name, _ in commands()} == printing | set(WITHOUT)
    modes = set(ANSWERED) - named
    assert {name.rpartition(" ")[0] for name in modes} <= printing


def test_every_route_is_that_of_a_command_and_promises_its_document(client: TestClient) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert set(paths) == {path for path, _ in ANSWERED.values()}
    for path, document in ANSWERED.values():
        assert document in SCHEMAS
        for operation in paths[path].values():
            schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert schema == {"$ref": f"#/components/schemas/{document}"}
            assert operation["summary"]
            assert operation["description"]
            assert {"413", "415", "422", "503"} <= set(operation["responses"])


def test_every_document_of_a_computation_is_given_by_a_route() -> None:
    kept = {"diary", "diary-entries", "diary-transfer", "report", "team"}
    assert {document for _, document in ANSWERED.values()} == set(SCHEMAS) - kept


def test_every_route_is_decided_for_a_team() -> None:
    decided = {path: may for (_, path), may in ROUTES.items() if path.startswith("/api/")}
    assert set(decided) == {path for path, _ in ANSWERED.values()} | {"/api/openapi.json"}
    assert set(decided.values()) == {May.SIGNED_IN, May.ALONE}


#: Options whose field has another name; an input of a circuit is one of `inputs`.
RENAMED = {
    "smoker": "smoking",
    "phrases": "product",
    "band": "level",
    "modulation": "ht2a_raises_dopamine",
    "tacs": "scans",
    "baseline": "scans",
    "name": "circuit",
    "states": "start",
    "other": "inputs",
    **dict.fromkeys(INPUTS, "inputs"),
}
#: Those of one command alone.
OF_COMMAND = {
    ("population", "ages"): "lowest_age",
    ("pet occupancy", "drug"): "scans",
}
#: Options without a field, and why.
PRINTED = "the document is the answer, however it is printed"
FILE = "a file written where the command runs"
BESIDE = "its own route"
LEFT: dict[str | tuple[str, str], str] = {
    **dict.fromkeys(("as_json", "compare", "proof"), PRINTED),
    **dict.fromkeys(
        ("plot", "export", "kinpar", "forest", "curves", "report", "ics", "fhir", "csv", "page"),
        FILE,
    ),
    ("taper", "first_day"): "of the files alone",
    ("taper", "previous"): "of the files alone",
    ("population", "where"): "whose processors work is decided where the server runs",
    ("population", "workers"): "whose processors work is decided where the server runs",
    ("course", "events"): BESIDE,
    ("course", "subject"): BESIDE,
    ("course", "circuits"): BESIDE,
    ("course", "ageing"): BESIDE,
    ("pet fit", "hierarchical"): BESIDE,
    ("pet fit", "draws"): BESIDE,
    ("pet fit", "seed"): BESIDE,
}


def test_every_option_of_a_computation_can_be_asked_for(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    known = dict(commands())
    unused = set(LEFT)
    for name, (path, _) in ANSWERED.items():
        command = known.get(name)
        operation = described["paths"][path].get("post")
        if command is None or operation is None:
            continue
        schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        fields = set(described["components"]["schemas"][schema.rpartition("/")[2]]["properties"])
        for one in command.params:
            option = str(one.name)
            left = {option, (name, option)} & set(LEFT)
            unused -= left
            if left:
                continue
            field = OF_COMMAND.get((name, option)) or RENAMED.get(option, option)
            if field not in fields:
                field = option  # a name that only some commands change
            assert field in fields, f"{name}: {option} cannot be asked of {path}"
    assert not unused

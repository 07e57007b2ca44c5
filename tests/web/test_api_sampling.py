"""What samples: published points together, scans together; without the libraries; in a team."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from test_api_pet import ASKED, BASE, DRUG, printed, scans
from test_hostile import FEW, TEXT, VALUE

from occupancy.web import Settings, create_app
from occupancy.web.access import ROUTES, May
from occupancy.web.meta_answers import MOST_ROWS, MetaQuestion

TABLE = """drug,target,dose_mg,occupancy,sd,n,study,tracer,region,repeated
milnacipran,NET,25,25.3,6,6,Nogami 2013,FMeNER,thalamus,yes
milnacipran,NET,100,40.0,6,6,Nogami 2013,FMeNER,thalamus,yes
milnacipran,NET,200,49.9,6,6,Nogami 2013,FMeNER,thalamus,yes
methylphenidate,DAT,5,12,4,7,Volkow 1998,[11C]cocaine,striatum,no
methylphenidate,DAT,60,74,2,7,Volkow 1998,[11C]cocaine,striatum,no
"""
HEADER = TABLE.partition("\n")[0]
FEWEST = {"draws": 50, "warmup": 50, "chains": 2}
QUICK = ("--draws", "50", "--warmup", "50", "--chains", "2")


@pytest.mark.slow
def test_a_meta_analysis_is_the_document_of_the_command_line(
    client: TestClient, tmp_path: Path
) -> None:
    pytest.importorskip("numpyro")
    bad = f"{TABLE}x,DAT,-3,50,4,7,V,,,no\n"
    (tmp_path / "points.csv").write_text(bad)
    done = subprocess.run(
        [sys.executable, "-c", "from occupancy.cli import main; main()", "meta", "fit",
         "points.csv", "--keep-good", "--emax", "90", "--without", "region", *QUICK, "--json"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300,
        env={**os.environ, "PYTHONPATH": src()},
    )  # fmt: skip
    asked = {"points": bad, "keep_good": True, "emax": 90, "without": ["region"], **FEWEST}
    answer = client.post("/api/meta", json=asked)
    assert answer.text == done.stdout.rstrip("\n")
    assert answer.json()["rows"] == 5


def src() -> str:
    return str(Path(sys.modules["occupancy"].__file__ or "").parents[1])


@pytest.mark.slow
def test_scans_together_are_the_document_of_the_command_line(
    client: TestClient, tmp_path: Path
) -> None:
    pytest.importorskip("numpyro")
    sent = scans(tmp_path, **{"sub-01_ses-base": BASE, "sub-02_ses-base": DRUG})
    told = printed(
        tmp_path, "fit", "sub-01_ses-base.tsv", "sub-02_ses-base.tsv", "--model", "srtm",
        "--reference", "cerebellum", "--unit", "kBq/mL", "--time-unit", "s", "--hierarchical",
        "--draws", "100", "--seed", "1",
    )  # fmt: skip
    asked = {"scans": sent, **ASKED, "draws": 100, "seed": 1}
    assert client.post("/api/pet/pooled", json=asked).text == told


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"points": ""}, "points", "lacks drug"),
        ({"points": "/etc/passwd"}, "points", "lacks drug"),
        ({"points": TABLE + "x,DAT,-3,50,4,7,V,,,no\n"}, "points", "row 7, column dose_mg"),
        ({"points": TABLE + "x,DAT,3,50,4,7,V,,,no\n" * MOST_ROWS}, "points", "at most 300 rows"),
        ({"points": HEADER}, "points", "no rows"),
        ({"points": "x" * 200_000}, "points", "the table"),
        ({"emax": "much"}, "emax", "give fit or a number"),
        ({"emax": 0.9}, "emax", "1 to 100"),
        ({"hill": 40}, "hill", "0.1 to 10"),
        ({"hill": "nan"}, "hill", "0.1 to 10"),
        ({"draws": 10**6}, "draws", "less than or equal to 2000"),
        ({"chains": 100}, "chains", "less than or equal to 4"),
        ({"without": ["weather"]}, "without.0", "study"),
    ],
)
def test_mistakes_of_a_table_name_field_and_what_to_do(
    client: TestClient, asked: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post("/api/meta", json={"points": TABLE, **FEWEST} | asked)
    assert answer.status_code == 422, answer.text[:300]
    lines = [one for one in answer.json()["mistakes"] if one["field"] == field]
    assert words in json.dumps(lines, ensure_ascii=False), answer.text[:500]


@pytest.fixture(scope="module")
def unyielding(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    app = create_app(Settings(data=tmp_path_factory.mktemp("data")))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


#: A process of its own, so that nothing that JAX compiled before is at hand.
WITHOUT_JAX = """
import json, sys, warnings
from pathlib import Path
sys.modules["jax"] = None  # importing it fails, as where it is not installed
warnings.simplefilter("ignore")
from fastapi.testclient import TestClient
from occupancy.engine.jax_runtime import load
from occupancy.web import Settings, create_app

app = create_app(Settings(data=Path(sys.argv[1])))

@app.get("/needs-jax")
def needs():
    load()

with TestClient(app, base_url="http://localhost") as client:
    told = [client.post(f"/api/{path}", json=asked) for path, asked in json.load(sys.stdin)]
    told.append(client.get("/needs-jax"))
    print(json.dumps([[one.status_code, one.headers["content-type"], one.text] for one in told]))
"""


def test_without_jax_an_answer_says_how_to_get_it(tmp_path: Path) -> None:
    linear = {"circuit": "dopamine-linear", "inputs": {"vmat2": 0.3}}
    both = [{"name": f"{one}.tsv", "text": BASE} for one in "ab"]
    asked = [
        ("circuit", linear),
        ("circuit", {**linear, "days": 1}),
        ("meta", {"points": TABLE, **FEWEST}),
        ("pet/pooled", {"scans": both, **ASKED, "draws": 100}),
        (
            "course/circuits",
            {"regimen": "sertraline 50 mg daily for 2 days", "circuits": ["serotonin"]},
        ),
    ]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_JAX, str(tmp_path)], input=json.dumps(asked), text=True,
        capture_output=True, check=True, timeout=120, env={**os.environ, "PYTHONPATH": src()},
    )  # fmt: skip
    fixed, *without, page = json.loads(done.stdout)
    assert fixed[0] == 200
    for status, kind, text in without:
        assert status == 503
        assert kind.startswith("text/plain")
        assert "pip install 'occupancy[jax]'" in text
    status, kind, text = page
    assert status == 503
    assert kind.startswith("text/html")
    assert "A library is not installed" in text
    assert "pip install" in text


def test_without_numpyro_an_answer_says_how_to_get_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jax")
    for name in ("numpyro", "numpyro.infer", "numpyro.infer.hmc"):
        monkeypatch.setitem(sys.modules, name, None)
    answer = client.post("/api/meta", json={"points": TABLE, **FEWEST})
    assert answer.status_code == 503
    assert "pip install 'occupancy[inference]'" in answer.text


def test_what_takes_a_server_is_closed_to_a_team(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("argon2")
    from team import clinic

    assert {path for (_, path), may in ROUTES.items() if may is May.ALONE} == {
        "/api/course/circuits",
        "/api/meta",
        "/api/pet/pooled",
    }
    with clinic(tmp_path) as team:
        for who, status in (("", 401), ("anna", 403), ("dr.b", 403)):
            with team.browser(who) as browser:
                for path in ("/api/course/circuits", "/api/meta", "/api/pet/pooled"):
                    answer = browser.post(path, json={"points": TABLE})
                    assert answer.status_code == status
        with team.browser("anna") as browser:
            assert "on your own machine" in browser.post("/api/meta", json={}).text


CELL = st.one_of(st.sampled_from(["", "1", "-1", "nan", "1e308", "50%", "yes", '"']), TEXT)


@FEW
@given(
    rows=st.lists(st.lists(CELL, max_size=11), max_size=4),
    head=st.one_of(st.just(HEADER), TEXT),
    more=st.dictionaries(
        st.sampled_from([one for one in MetaQuestion.model_fields if one != "points"]),
        VALUE,
        max_size=2,
    ),
)
def test_any_table_is_a_mistake_or_waits_for_the_sampler(
    unyielding: TestClient, rows: list[list[str]], head: str, more: dict[str, Any]
) -> None:
    """The sampler itself is left out: it is never reached by what is no table."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("occupancy.inference.meta_asked.fit_dose_occupancy", _unreached)
        text = "\n".join([head, *(",".join(row) for row in rows)])
        answer = unyielding.post("/api/meta", content=json.dumps({"points": text, **more}),
                            headers={"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code == 422, answer.text[:300]


def _unreached(*_: object, **__: object) -> None:
    raise ValueError("reached")

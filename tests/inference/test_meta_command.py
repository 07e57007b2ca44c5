"""`occupancy meta fit`: the document, the pictures, the report, the mistakes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TABLE = """drug,target,dose_mg,occupancy,sd,n,study,tracer,region,repeated
milnacipran,NET,25,25.3,,6,Nogami 2013,FMeNER,thalamus,yes
milnacipran,NET,100,40.0,,6,Nogami 2013,FMeNER,thalamus,yes
milnacipran,NET,125,47.3,,6,Nogami 2013,FMeNER,thalamus,yes
milnacipran,NET,200,49.9,,6,Nogami 2013,FMeNER,thalamus,yes
methylphenidate,DAT,5,12,4,7,Volkow 1998,[11C]cocaine,striatum,no
methylphenidate,DAT,20,54,5,7,Volkow 1998,[11C]cocaine,striatum,no
methylphenidate,DAT,60,74,2,7,Volkow 1998,[11C]cocaine,striatum,no
"""


def occupancy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from occupancy.cli import main; main()", *arguments],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.mark.slow
def test_document_pictures_and_report(table: Path, tmp_path: Path) -> None:
    import jsonschema

    pytest.importorskip("numpyro")
    done = occupancy(
        *("meta", "fit", str(table), "--missing-sd", "estimate", "--json"),
        *("--forest", str(tmp_path / "forest.svg"), "--report", str(tmp_path / "report.html")),
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(occupancy("schema", "meta").stdout))
    net = next(one for one in document["curves"] if one["target"] == "NET")
    assert set(net["emax"]) == {"median", "low", "high"}
    assert net["identified"] is False
    assert net["rhat"] < 1.01
    assert net["ess"] > 400
    assert net["divergences"] == 0
    assert document["trusted"] is True
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "150 mg with Emax fixed at 100 %" in page
    assert (tmp_path / "forest.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.slow
def test_bad_rows_are_listed_and_good_ones_used_on_demand(table: Path) -> None:
    pytest.importorskip("numpyro")
    table.write_text(TABLE + "x,DAT,-3,0.5,4,7,V,,,no\n", encoding="utf-8")
    refused = occupancy("meta", "fit", str(table), "--missing-sd", "estimate")
    assert refused.returncode == 2
    assert "row 9, column dose_mg" in refused.stderr
    assert "row 9, column occupancy: 0.5 looks like a fraction" in refused.stderr
    used = occupancy(
        *("meta", "fit", str(table), "--missing-sd", "estimate", "--keep-good", "--json"),
        *("--draws", "100", "--warmup", "100"),
    )
    document = json.loads(used.stdout)
    assert {one["row"] for one in document["problems"]} == {9}
    assert document["rows"] == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.csv",), "cannot be read"),
        (("POINTS",), "column sd: is empty"),
        (("POINTS", "--emax", "0.9"), "1 to 100"),
        (("POINTS", "--emax", "much"), "give fit or a number"),
        (("POINTS", "--hill", "40"), "hill = 40"),
        (("POINTS", "--forest", "forest.gif"), "not a picture format"),
        (("POINTS", "--report", "report.docx"), "write .md or .html"),
    ],
)
def test_mistakes_are_lines(table: Path, arguments: tuple[str, ...], message: str) -> None:
    given = [str(table) if one == "POINTS" else one for one in arguments]
    done = occupancy("meta", "fit", *given)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert message in done.stderr

"""`occupancy pet`: files in, documents out; what is wrong is named and the rest is fitted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

from occupancy.cli.pet import pet
from occupancy.documents import json_schema
from occupancy.pet.arterial_models import OneTissue
from occupancy.pet.frames import Frames
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.reference_models import SRTM
from occupancy.pet.simulation import simulate

BP = {"putamen": 2.4, "caudate": 1.9, "thalamus": 0.6, "insula": 1.2}
LEFT = 0.35  # of the binding, in the drug scan


def occupancy(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from occupancy.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer(schema: str, *arguments: object) -> dict[str, Any]:
    done = occupancy(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema(schema))
    return document


def curves(frames: Frames, plasma: Piecewise, share: float, seed: int) -> dict[str, np.ndarray]:
    """Regions of one scan by SRTM, with 1 % noise; the reference last."""
    rng = np.random.default_rng(seed)
    edges = np.linspace(0.0, 95.0, 2851)
    fine = Frames(edges[:-1], edges[1:])
    tissue = simulate(OneTissue(0.0), {"K1": 0.1, "k2": 0.09}, plasma, fine, "mid")
    behind = Piecewise(fine.mid, tissue)  # the reference region
    out = {}
    for i, (region, bp) in enumerate(BP.items()):
        p = {"R1": 1.0 + 0.05 * i, "k2": 0.12, "BP_ND": share * bp}
        curve = simulate(SRTM(), p, behind, frames)
        out[region] = curve * (1 + 0.01 * rng.standard_normal(curve.size))
    out["cerebellum"] = behind.average(frames)
    return out


def written(path: Path, frames: Frames, columns: dict[str, np.ndarray]) -> Path:
    head = "\t".join(["frame_start", "frame_end", *columns])
    rows = np.column_stack([60 * frames.start, 60 * frames.end, *columns.values()])
    lines = ["\t".join(f"{x:.10g}" for x in row) for row in rows]
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


@pytest.fixture
def study(tmp_path: Path, frames: Frames, plasma: Piecewise) -> tuple[Path, Path]:
    one, two = (
        written(tmp_path / f"sub-01_ses-{name}_tacs.tsv", frames, curves(frames, plasma, share, i))
        for i, (name, share) in enumerate((("base", 1.0), ("drug", LEFT)))
    )
    return one, two


def test_a_fit_is_a_document(study: tuple[Path, Path]) -> None:
    document = answer("pet-fit", "pet", "fit", study[0], "--model", "srtm", "--reference",
                      "cerebellum")  # fmt: skip
    assert document["pool"] is None
    assert [line["region"] for line in document["fits"]] == list(BP)
    for line in document["fits"]:
        assert line["scan"] == "sub-01_ses-base"
        assert line["parameters"]["BP_ND"] == pytest.approx(BP[line["region"]], rel=0.05)
        assert 0 < line["se"]["BP_ND"] < 0.1
        assert line["n_starts"] >= 1
        assert line["warnings"] == []
    assert any("seconds" in note or "decay" in note for note in document["warnings"])


def test_occupancy_from_curves(study: tuple[Path, Path]) -> None:
    document = answer("pet-occupancy", "pet", "occupancy", *study, "--model", "srtm",
                      "--reference", "cerebellum")  # fmt: skip
    o = document["occupancy"]
    assert o["low"] < 1 - LEFT < o["high"]
    assert o["value"] == pytest.approx(1 - LEFT, abs=0.03)
    assert document["v_nd"] is None
    assert document["interval"] == "profile"
    assert [one["region"] for one in document["regions"]] == list(BP)
    for region in document["regions"]:
        assert region["occupancy"][0]["value"] == pytest.approx(1 - LEFT, abs=0.1)


def test_occupancy_from_results_of_fits(study: tuple[Path, Path], tmp_path: Path) -> None:
    told = [*study, "--model", "srtm", "--reference", "cerebellum"]
    assert occupancy("pet", "fit", *told, "--kinpar", tmp_path).returncode == 0
    tables = [tmp_path / f"sub-01_ses-{s}_model-srtm_kinpar.tsv" for s in ("base", "drug")]
    by_table = answer("pet-occupancy", "pet", "occupancy", *tables)
    documents = []
    for scan in study:
        path = scan.with_suffix(".json")
        done = occupancy("pet", "fit", scan, *told[2:], "--json")
        path.with_name(f"fit_{path.name}").write_text(done.stdout)
        documents.append(path.with_name(f"fit_{path.name}"))
    by_document = answer("pet-occupancy", "pet", "occupancy", *documents)
    assert by_table["occupancy"]["value"] == pytest.approx(by_document["occupancy"]["value"])
    assert by_table["baseline"] == "sub-01_ses-base"


def test_volumes_give_occupancy_and_v_nd(tmp_path: Path) -> None:
    v_s = {"putamen": 3.0, "caudate": 2.2, "thalamus": 0.8, "insula": 1.5}
    for name, left in (("base", 1.0), ("drug", 0.4)):
        rows = [f"{r},{0.5 + left * v},{0.02 + 0.01 * v}" for r, v in v_s.items()]
        (tmp_path / f"{name}.csv").write_text("\n".join(["region,V_T,V_T_se", *rows]))
    document = answer(
        "pet-occupancy", "pet", "occupancy", tmp_path / "base.csv", tmp_path / "drug.csv",
        "--interval", "wald", "--correlation", "0.3",
    )  # fmt: skip
    assert document["occupancy"]["value"] == pytest.approx(0.6, abs=1e-6)
    assert document["v_nd"]["value"] == pytest.approx(0.5, abs=1e-6)
    assert document["correlation"] == 0.3
    held = answer(
        "pet-occupancy", "pet", "occupancy", tmp_path / "base.csv", tmp_path / "drug.csv",
        "--v-nd", "0.5", "--interval", "bootstrap",
    )  # fmt: skip
    assert held["v_nd"] == {"value": 0.5, "se": 0.0, "low": 0.5, "high": 0.5}
    assert held["occupancy"]["low"] < 0.6 < held["occupancy"]["high"]


def test_a_correction_stands_beside_the_occupancy(tmp_path: Path) -> None:
    for name, left in (("base", 1.0), ("low", 0.6), ("high", 0.4)):
        rows = [f"r{i},{left * v},0.02" for i, v in enumerate((3.0, 2.2, 1.5))]
        (tmp_path / f"{name}.csv").write_text("\n".join(["region,BP_ND,BP_ND_se", *rows]))
    files = [tmp_path / f"{name}.csv" for name in ("base", "low", "high")]
    told = ["pet", "occupancy", *files, "--up-regulation", "0.25", "0.05"]
    document = answer("pet-occupancy", *told)
    for scan, seen in zip(document["scans"], (0.4, 0.6), strict=True):
        assert scan["occupancy"]["value"] == pytest.approx(seen, abs=1e-6)
        corrected = scan["correction"]["occupancy"]
        assert corrected["value"] == pytest.approx(1 - (1 - seen) / 1.25, abs=1e-6)
        assert corrected["se"] > scan["occupancy"]["se"]
        assert scan["correction"]["up_regulation_se"] == 0.05
    each = answer("pet-occupancy", *told, "--up-regulation", "0.5", "0")
    assert [s["correction"]["up_regulation"] for s in each["scans"]] == [0.25, 0.5]
    assert "without agonist" in occupancy(*told, "--agonist", "0.3", "0.1").stdout
    plain = answer("pet-occupancy", "pet", "occupancy", *files)
    assert [s["correction"] for s in plain["scans"]] == [None, None]
    wrong = occupancy(*told[:4], "--up-regulation", "0", "0", "--up-regulation", "0", "0")
    assert wrong.returncode == 2
    assert "given 2 times for 1 scans" in wrong.stderr
    assert "agonist -1.0" in occupancy(*told, "--agonist", "-1", "0").stderr


def test_one_bad_scan_does_not_stop_the_study(
    study: tuple[Path, Path], tmp_path: Path, frames: Frames, plasma: Piecewise
) -> None:
    good = curves(frames, plasma, 1.0, 0)
    swapped = tmp_path / "swapped.tsv"
    lines = study[0].read_text().splitlines()
    swapped.write_text("\n".join([lines[0], lines[2], lines[1], *lines[3:]]))
    overlap = tmp_path / "overlap.tsv"
    overlap.write_text("\n".join([*lines[:3], lines[2], *lines[3:]]))
    no_reference = written(
        tmp_path / "flat.tsv", frames, good | {"cerebellum": np.zeros(len(frames))}
    )
    holes = dict(good)
    holes["putamen"] = np.where(np.arange(len(frames)) == 12, np.nan, good["putamen"])
    holes["caudate"] = np.zeros(len(frames))
    partly = written(tmp_path / "partly.tsv", frames, holes)
    document = answer(
        "pet-fit", "pet", "fit", swapped, overlap, no_reference, partly, "--model", "srtm",
        "--reference", "cerebellum",
    )  # fmt: skip
    assert [line["region"] for line in document["fits"]] == ["putamen", "thalamus", "insula"]
    assert "missing frames left out: 13" in document["fits"][0]["warnings"]
    said = {(one["scan"], one["region"]): one["problem"] for one in document["failures"]}
    assert "before frame 1" in said["swapped", None]
    assert "before frame 2" in said["overlap", None]
    assert "'cerebellum' is zero" in said["flat", None]
    assert "zero in every frame" in said["partly", "caudate"]


def test_a_short_input_and_a_bound_are_said(
    tmp_path: Path, frames: Frames, plasma: Piecewise
) -> None:
    tacs = written(tmp_path / "scan.tsv", frames, curves(frames, plasma, 1.0, 0))
    kept = plasma.times < 60
    rows = [
        f"{60 * t:.6g}\t{c:.8g}"
        for t, c in zip(plasma.times[kept], plasma.values[kept], strict=True)
    ]
    blood = tmp_path / "blood.tsv"
    blood.write_text("\n".join(["time\tAIF", *rows]))
    common = ["pet", "fit", tacs, "--model", "1tcm", "--input", blood, "--vb", "0"]
    done = occupancy(*common, "--unit", "kBq/mL", "--input-unit", "kBq/mL", "--json")
    lines = json.loads(done.stdout)["fits"]
    assert all("frames are left out: the input ends at" in x["warnings"][0] for x in lines)
    held = occupancy(*common, "--unit", "kBq/mL", "--input-unit", "kBq/mL", "--tail", "hold")
    assert "left out" not in held.stdout
    assert "not stated" in occupancy(*common).stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--model", "nonsense"), "allowed are"),
        (("--model", "srtm"), "needs `reference`"),
        (("--model", "srtm", "--reference", "pons"), "No region 'pons'"),
        (("--model", "2tcm"), "needs `blood`"),
        (("--model", "srtm2", "--reference", "cerebellum"), "needs k2prime"),
        (("--model", "srtm", "--reference", "cerebellum", "--weights", "heavy"), "allowed are"),
        (("--model", "srtm", "--reference", "cerebellum", "--weights", "counts"), "nuclide"),
        (("--model", "srtm", "--reference", "cerebellum", "--weights", "file"), "no column"),
        (("--model", "logan", "--t-star", "late"), "a number, or auto"),
        (("--model", "srtm", "--reference", "cerebellum", "--time-unit", "d"), "unit of time"),
    ],
)
def test_mistakes_are_one_message(
    study: tuple[Path, Path], arguments: tuple[str, ...], word: str
) -> None:
    done = occupancy("pet", "fit", study[0], *arguments)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("region,K1\nputamen,1\n", "V_T or BP_ND"),
        ("place,V_T\nputamen,1\n", "a column name or region"),
        ("region,V_T\nputamen,x\n", "not a number"),
        ("region,V_T\nputamen,1\n", "two or more"),
    ],
)
def test_mistakes_in_results_are_one_message(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "results.csv"
    path.write_text(text)
    done = occupancy("pet", "occupancy", path, path)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_displacement_during_the_scan_is_told(study: tuple[Path, Path]) -> None:
    told = [study[0], "--model", "srtm-displacement", "--reference", "cerebellum"]
    document = answer("pet-fit", "pet", "fit", *told, "--onset", "40", "--ramp", "5")
    for line in document["fits"]:
        assert line["model"] == "srtm-displacement"
        assert abs(line["parameters"]["occupancy"]) < 4 * line["se"]["occupancy"]
        assert line["settings"]["onset"] == "given"
        assert line["settings"]["aicc_without"] is not None
    assert "a number, or auto" in occupancy("pet", "fit", *told, "--onset", "soon").stderr
    assert "onset" in occupancy("pet", "fit", *told).stdout


@pytest.mark.slow
def test_people_are_fitted_together(tmp_path: Path, frames: Frames, plasma: Piecewise) -> None:
    pytest.importorskip("numpyro")
    files = [
        written(tmp_path / f"sub-0{i}_ses-base_tacs.tsv", frames, curves(frames, plasma, s, i))
        for i, s in enumerate((0.9, 1.1))
    ]
    told = ["pet", "fit", *files, "--model", "srtm", "--reference", "cerebellum"]
    done = CliRunner().invoke(
        pet, [*map(str, told[1:]), "--hierarchical", "--draws", "150", "--json"]
    )
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema("pet-fit"))
    assert {line["model"] for line in document["fits"]} == {"srtm-pooled"}
    assert len({line["parameters"]["k2'"] for line in document["fits"]}) == 2
    pool = document["pool"]
    assert [line["group"] for line in pool["typical"]] == ["ses-base"] * 4
    for line in pool["typical"]:
        assert line["BP_ND"]["low"] < BP[line["region"]] < line["BP_ND"]["high"]
    assert (pool["draws"], pool["chains"]) == (600, 4)
    told[told.index("srtm")] = "mrtm1"
    assert "pooling takes SRTM" in occupancy(*told, "--hierarchical").stderr


def test_tables_are_printed(study: tuple[Path, Path]) -> None:
    told = ("--model", "mrtm1", "--reference", "cerebellum")
    fits = occupancy("pet", "fit", study[0], *told)
    assert "putamen" in fits.stdout
    assert "±" in fits.stdout
    both = occupancy("pet", "occupancy", *study, *told)
    assert "profile likelihood" in both.stdout
    assert "not a recommendation" in both.stdout


def test_the_short_path_imports_nothing_heavy(study: tuple[Path, Path]) -> None:
    heavy = ("jax", "xarray", "pandas", "altair", "pint", "scipy", "rich", "nibabel")
    code = (
        "import sys; from occupancy.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"sys.stderr.write('|'.join(m for m in {heavy!r} if m in sys.modules))"
    )
    told = ["pet", "fit", str(study[0]), "--model", "srtm", "--reference", "cerebellum", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *told], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""

"""Files: every format read to the same curves, units and decay said, mistakes named by place."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.files.blood_reading import read_blood
from occupancy.pet.files.kinpar import read_kinpar, write_kinpar
from occupancy.pet.files.stated import Stated, column_role
from occupancy.pet.files.tac_reading import read_scans, read_tacs, scan_name
from occupancy.pet.reference_models import SRTM
from occupancy.pet.scan_fit import fit
from occupancy.pet.simulation import simulate
from occupancy.pet.tac import TimeActivity

CORRECTED = Stated(decay_corrected=True)
START, END = np.array([0.0, 60, 120, 300, 600]), np.array([60.0, 120, 300, 600, 1200])
CURVES = {"putamen": [1.0, 5.5, 8.25, 7.5, 6.0], "cerebellum": [1.5, 6.0, 5.0, 3.5, 2.0]}


def rows(head: list[str], *columns: object, mark: str = "\t") -> str:
    table = [head, *(list(row) for row in zip(*columns, strict=True))]  # type: ignore[call-overload]
    return "\n".join(mark.join(str(cell) for cell in row) for row in table) + "\n"


def wide(start: str, end: str, mark: str = "\t", scale: float = 1.0) -> str:
    return rows([start, end, *CURVES], START * scale, END * scale, *CURVES.values(), mark=mark)


def voistat() -> str:
    head = "# PMOD_VOI_STATISTICS\n# DATA\n// File [string]\tVoiName(Region) [string]\t"
    lines = [head + "Time [seconds]\tAveraged [kBq/cc]\tVolume [ccm]"]
    for region, curve in CURVES.items():
        for mid, value in zip((START + END) / 2, curve, strict=True):
            lines.append(f"a.dcm\t{region}\t{mid}\t{value}\t3.2")
    return "\n".join(lines) + "\n"


def dft() -> str:
    body = [
        f"{a / 60:.4f} {b / 60:.4f} {x} {y}"
        for a, b, x, y in zip(START, END, *CURVES.values(), strict=True)
    ]
    title = ["DFT putamen cerebellum", "s01 . .", "kBq/ml pl1 pl2", "Times (min) 675.2 9167.1"]
    return "\n".join([*title, *body, "# a remark"]) + "\n"


def long() -> str:
    lines = ["pet\tregion\tvolume_mm3\tframe_start\tframe_end\tframe_dur\tframe_mid\tTAC"]
    for region, curve in CURVES.items():
        for a, b, value in zip(START, END, curve, strict=True):
            lines.append(f"sub-01\t{region}\t900\t{a}\t{b}\t{b - a}\t{(a + b) / 2}\t{value}")
    return "\n".join(lines) + "\n"


def durations() -> str:
    return rows(
        ["start_min", "duration_min", *CURVES], START / 60, (END - START) / 60, *CURVES.values(),
        mark=",",
    )  # fmt: skip


FORMATS = {
    "older.tsv": wide("FrameTimesStart", "FrameTimesEnd"),
    "newer.tsv": wide("frame_start", "frame_end"),
    "long.tsv": long(),
    "scan.tac": wide("start[seconds]", "end[kBq/cc]"),
    "minutes.tac": wide("start[minutes]", "end[kBq/cc]", scale=1 / 60),
    "scan.voistat": voistat(),
    "scan.dft": dft(),
    "plain.csv": wide("start_s", "end_s", ","),
    "brackets.csv": wide("start [min]", "end [min]", ";", 1 / 60),
    "durations.csv": durations(),
    "blanks.txt": wide("start_sec", "end_sec", " "),
}
WITH_UNIT = ("scan.tac", "minutes.tac", "scan.voistat", "scan.dft")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_holds_the_same_scan(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(FORMATS[name])
    one = read_tacs(path, CORRECTED)
    assert one.tacs.frames.start * 60 == pytest.approx(START, abs=0.01)
    assert one.tacs.frames.end * 60 == pytest.approx(END, abs=0.01)
    assert one.tacs.regions == tuple(CURVES)
    for region, curve in CURVES.items():
        assert one.tacs.region(region) == pytest.approx(curve, rel=1e-12)
    assert one.tacs.unit == ("kBq/mL" if name in WITH_UNIT else "")
    assert one.tacs.decay_corrected


def test_a_compressed_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scan.tsv.gz"
    path.write_bytes(gzip.compress(FORMATS["newer.tsv"].encode()))
    assert read_tacs(path, CORRECTED).tacs.scan == "scan"


def test_acquisition_times_are_those_beside(tmp_path: Path) -> None:
    (tmp_path / "scan.voistat").write_text(voistat())
    times = "# start end\n5 # frames\n" + rows(["0", "60"], START[1:], END[1:])
    (tmp_path / "scan.acqtimes").write_text(times)
    assert read_tacs(tmp_path / "scan.voistat", CORRECTED).notes == ()
    (tmp_path / "scan.acqtimes").write_text(times.replace("1200.0", "1300.0"))
    with pytest.raises(PetFileError, match="not the middles of the 5 frames"):
        read_tacs(tmp_path / "scan.voistat", CORRECTED)
    (tmp_path / "scan.acqtimes").unlink()
    assert "follow each other" in read_tacs(tmp_path / "scan.voistat", CORRECTED).notes[0]


def sidecar(tmp_path: Path, **fields: object) -> Path:
    """A table of C-11 with its sidecar."""
    path = tmp_path / "sub-01_ses-base_tacs.tsv"
    path.write_text(FORMATS["newer.tsv"])
    told = {"Units": "Bq/mL", "ImageDecayCorrected": True, "TracerRadionuclide": "C11"} | fields
    path.with_suffix(".json").write_text(json.dumps(told))
    return path


def test_a_sidecar_says_unit_decay_and_nuclide(tmp_path: Path) -> None:
    tacs = read_tacs(sidecar(tmp_path, FrameTimesStart=START.tolist())).tacs
    assert (tacs.unit, tacs.nuclide, tacs.scan) == ("Bq/mL", "C-11", "sub-01_ses-base")


def test_times_count_from_the_injection(tmp_path: Path) -> None:
    fields = {"InjectionStart": 60, "ImageDecayCorrectionTime": 0}
    one = read_tacs(sidecar(tmp_path, **fields))
    assert one.tacs.frames.start * 60 == pytest.approx(START[1:] - 60)
    later = np.exp(-np.log(2) / 20.361)  # corrected to a minute before the injection
    assert one.tacs.values[:, 0] == pytest.approx(np.array(CURVES["putamen"][1:]) * later)
    assert len(one.notes) == 2


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"Units": "Bq"}, "not a unit of radioactivity concentration"),
        ({"ImageDecayCorrected": "yes"}, "ImageDecayCorrected is 'yes'"),
        ({"TracerRadionuclide": "Xe133"}, "not a known nuclide"),
        (
            {"FrameTimesStart": (START / 60).tolist(), "FrameDuration": (END / 60).tolist()},
            "those of the sidecar .*json, 5, at 0 to",
        ),
        ({"FrameTimesStart": [0, "a"]}, "FrameTimesStart is"),
        ({"FrameTimesStart": [0, 1], "FrameDuration": [1]}, "2 values, FrameDuration 1"),
    ],
)
def test_a_wrong_sidecar_is_named(tmp_path: Path, fields: dict[str, object], word: str) -> None:
    path = sidecar(tmp_path, **fields)
    with pytest.raises(PetFileError, match=word) as caught:
        read_tacs(path)
    assert "sub-01_ses-base_tacs" in str(caught.value)


def test_a_unit_that_is_none_may_be_replaced_and_no_other(tmp_path: Path) -> None:
    path = sidecar(tmp_path, Units="Bq")
    assert read_tacs(path, Stated(unit="kBq/mL")).tacs.unit == "kBq/mL"
    path = sidecar(tmp_path)
    with pytest.raises(PetFileError, match="but kBq/mL was given"):
        read_tacs(path, Stated(unit="kBq/mL"))
    with pytest.raises(PetFileError, match="decay_corrected=False was given"):
        read_tacs(path, Stated(decay_corrected=False))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("frame_start\tframe_end\tA\n", "no rows"),
        ("frame_start\tframe_end\tA\tA\n0\t60\t1\t2\n", "stands there 2 times"),
        ("frame_start\tframe_end\tA\n0\t600\n", "2 cells under 3 columns"),
        ("frame_start\tframe_end\tA\n0\t60\t1\n60\t600\t1,5\n", "line 3, column 'A': '1,5'"),
        ("frame_start\tframe_end\tA\n0\t\t1\n", "line 2, column 'frame_end'"),
        ("frame_start\tframe_end\tA\n60\t120\t1\n0\t600\t2\n", "before frame 1"),
        ("frame_start\tframe_end\tA\n0\t120\t1\n60\t600\t2\n", "ends"),
        ("frame_start\tframe_end\tA\n0\t1\t1\n1\t90\t2\n", "no unit of time"),
        ("time\tA\n0\t1\n1\t2\n", "no columns say when a frame starts"),
        ("frame_start\tframe_end\tword\n0\t600\tx\n", "no column holds a region"),
    ],
)
def test_mistakes_are_named_by_place(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(text)
    with pytest.raises(PetFileError, match=word) as caught:
        read_tacs(path, CORRECTED)
    assert str(caught.value).startswith(str(path))


def test_nothing_is_said_of_decay(tmp_path: Path) -> None:
    path = tmp_path / "scan.tac"
    path.write_text(FORMATS["scan.tac"])
    with pytest.raises(PetFileError, match="corrected for decay"):
        read_tacs(path)
    assert "taken as corrected" in read_tacs(path, Stated(corrected_if_silent=True)).notes[0]


def test_what_is_missing_is_nan_and_the_rest_is_fitted(tmp_path: Path) -> None:
    path = tmp_path / "holes.tsv"
    path.write_text(FORMATS["newer.tsv"].replace("8.25", "n/a"))
    tacs = read_tacs(path, CORRECTED).tacs
    assert np.isnan(tacs.region("putamen")).tolist() == [False, False, True, False, False]
    found = fit(tacs, "mrtm2", reference="cerebellum", k2prime=0.1)
    assert "missing frames left out: 3" in found["putamen"].warnings


def test_several_scans_in_one_table(tmp_path: Path) -> None:
    path = tmp_path / "study.csv"
    head, *body = FORMATS["plain.csv"].splitlines()
    both = [f"{name},{line}" for name in ("base", "drug") for line in body]
    path.write_text("\n".join([f"session,{head}", *both]))
    assert [one.tacs.scan for one in read_scans(path, CORRECTED)] == ["base", "drug"]
    assert read_tacs(path, CORRECTED, scan="drug").tacs.scan == "drug"
    with pytest.raises(PetFileError, match="one of: base, drug"):
        read_tacs(path, CORRECTED)


@pytest.mark.parametrize(
    ("column", "role"),
    [
        ("FrameTimesStart", ("start", None, True)),
        ("frame_end", ("end", None, True)),
        ("Frame Duration (s)", ("duration", "s", False)),
        ("start[seconds]", ("start", "s", False)),
        ("end[kBq/cc]", ("end", None, False)),
        ("t_tac", ("middle", None, False)),
        ("start_min", ("start", "min", False)),
        ("Left-Putamen", (None, None, False)),
        ("hippocampus_s", (None, None, False)),
    ],
)
def test_columns_are_known_by_name(column: str, role: tuple[str | None, str | None, bool]) -> None:
    assert column_role(column) == role


def test_a_scan_is_called_as_its_file() -> None:
    assert scan_name(Path("sub-01_ses-drug_desc-x_tacs.tsv.gz")) == "sub-01_ses-drug"
    assert scan_name(Path("AD06.tac")) == "AD06"


# --- blood --------------------------------------------------------------------------------------

BLOOD = """time\tplasma_radioactivity\twhole_blood_radioactivity\tmetabolite_parent_fraction
0\t0\t0\tn/a
30\t20\t15\tn/a
60\t12\t9\t0.9
600\t4\tn/a\tn/a
1200\t2\t2.5\t0.5
"""


def blood(tmp_path: Path, text: str = BLOOD, **units: str) -> Path:
    path = tmp_path / "sub-01_blood.tsv"
    path.write_text(text)
    columns = ("plasma_radioactivity", "whole_blood_radioactivity")
    told = {name: {"Units": units.get(name, "kBq/ml")} for name in columns}
    told["time"] = {"Units": units.get("time", "s")}
    path.with_suffix(".json").write_text(json.dumps(told))
    return path


def test_blood_is_joined_by_lines(tmp_path: Path) -> None:
    found, notes = read_blood(blood(tmp_path), CORRECTED)
    assert found.unit == "kBq/mL"
    assert found.parent.at([0.5, 20.0]) == pytest.approx([20 * 0.95, 1.0])
    assert found.blood.at(10.0) == pytest.approx(9 + (2.5 - 9) * 540 / 1140)
    assert notes == ("parent fraction joined by lines between its 2 samples",)


def test_columns_of_blood_are_brought_to_one_unit(tmp_path: Path) -> None:
    found, _ = read_blood(blood(tmp_path, whole_blood_radioactivity="Bq/mL"), CORRECTED)
    assert found.blood.at(0.5) == pytest.approx(0.015)


def test_an_input_function_is_the_parent(tmp_path: Path) -> None:
    text = "time\tplasma_radioactivity\tAIF\n0\t0\t0\n60\t10\t9\n1200\t2\t1\n"
    path = tmp_path / "sub-01_inputfunction.tsv"
    path.write_text(text)
    found, _ = read_blood(path, Stated(decay_corrected=True, unit="kBq/mL"))
    assert found.metabolite_corrected
    assert found.parent.at(1.0) == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("text", "units", "word"),
    [
        (BLOOD, {"plasma_radioactivity": "Bq"}, "not a unit of radioactivity concentration"),
        (BLOOD, {"time": "fortnights"}, "not a unit of time"),
        (BLOOD.replace("600\t4", "50\t4"), {}, "stands after one"),
        (BLOOD.replace("0.9", "90"), {}, "0 to 1"),
        (BLOOD.replace("plasma", "serum"), {}, "its columns are"),
        ("\n".join(x.rsplit("\t", 1)[0] for x in BLOOD.splitlines()), {}, "unmetabolised"),
    ],
)
def test_mistakes_in_blood_are_named(
    tmp_path: Path, text: str, units: dict[str, str], word: str
) -> None:
    with pytest.raises(PetFileError, match=word):
        read_blood(blood(tmp_path, text, **units), CORRECTED)


def test_a_model_with_blood_needs_units_on_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    path.write_text(FORMATS["plain.csv"])
    found, _ = read_blood(blood(tmp_path), CORRECTED)
    with pytest.raises(PetError, match="not stated"):
        fit(read_tacs(path, CORRECTED).tacs, "1tcm", blood=found)


# --- results ------------------------------------------------------------------------------------


def test_results_come_back(tmp_path: Path, frames, plasma) -> None:
    p = {"R1": 1.1, "k2": 0.1, "BP_ND": 1.4}
    curves = {"target": simulate(SRTM(), p, plasma, frames), "reference": plasma.average(frames)}
    curves["nothing"] = np.zeros(len(frames))
    tacs = TimeActivity.from_columns(
        frames, curves, unit="kBq/mL", decay_corrected=True, scan="sub-01_ses-base"
    )
    scan = fit(tacs, "srtm", reference="reference")
    path = write_kinpar(scan, tmp_path)
    assert path.name == "sub-01_ses-base_model-srtm_kinpar.tsv"
    back = read_kinpar(path)
    assert (back.scan, back.model) == ("sub-01_ses-base", "srtm")
    assert [one.region for one in back.regions] == ["target"]
    assert back.regions[0].parameters["BP_ND"] == scan["target"]["BP_ND"]
    assert back.regions[0].se["BP_ND"] == scan["target"].se["BP_ND"]
    assert "zero in every frame" in path.read_text()


@pytest.mark.reference
def test_public_examples_are_read(reference_data: Path) -> None:
    derived = reference_data / "petprep_km_derivatives"
    one = read_tacs(derived / "sub-01_desc-preproc_seg-gtm_timeseries.tsv", CORRECTED)
    assert (len(one.tacs.regions), one.tacs.unit, one.tacs.frames.end[-1]) == (109, "Bq/mL", 90.0)
    with pytest.raises(PetFileError, match=r"inputfunction.*'Bq'"):
        read_blood(derived / "sub-01_inputfunction.tsv.gz", CORRECTED)
    stated = Stated(decay_corrected=True, unit="Bq/mL")
    assert read_blood(derived / "sub-01_inputfunction.tsv.gz", stated)[0].times[-1] > 90
    theirs = read_kinpar(derived / "sub-01_seg-gtm_model-2tcm_kinpar.tsv")
    assert theirs.model == "2tcm"
    assert theirs.regions[0].parameters["V_T"] == pytest.approx(1.6276548591864546)
    examples = reference_data / "bids_examples_pet"
    for part, unit in (("pet001/sub-01/ses-01", "kBq/mL"), ("pet003/sub-01/ses-01", "Bq/mL")):
        path = next((examples / part / "pet").glob("*recording-manual_blood.tsv"))
        assert read_blood(path, CORRECTED)[0].unit == unit

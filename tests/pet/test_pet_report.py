"""A folder of scans to one page: occupancies, curves, failures, where everything is from."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from occupancy.cli.pet import pet
from occupancy.pet.arterial_models import TwoTissue
from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.files.exposures import read_exposures
from occupancy.pet.files.stated import Stated
from occupancy.pet.frames import Frames
from occupancy.pet.occupancy_fit import fit_occupancy
from occupancy.pet.person_occupancy import PersonOccupancy
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.simulation import simulate
from occupancy.pet.study import curve_files, fit_study
from occupancy.pet.study_fit import FitSettings

K3 = {"putamen": 0.12, "insula": 0.06, "thalamus": 0.03, "cerebellum": 0.005}
LEFT = {"base": 1.0, "drug": 0.4}
SETTINGS = FitSettings(
    "2tcm", stated=Stated(corrected_if_silent=True), blood_unit="kBq/mL", options={"vB": 0.0}
)


@pytest.fixture
def folder(tmp_path: Path, frames: Frames, plasma: Piecewise) -> Path:
    """Two people with a baseline and a scan on the drug each, and one scan of frames that overlap.

    k2, k4 and so V_ND are the same everywhere.
    """
    rng = np.random.default_rng(5)
    for person in ("01", "02"):
        for session, left in LEFT.items():
            stem = tmp_path / f"sub-{person}_ses-{session}"
            rows = zip(plasma.times[::3] * 60, plasma.values[::3], strict=True)
            blood = "\n".join(["time\tAIF[kBq/mL]", *(f"{t:.8g}\t{c:.8g}" for t, c in rows)])
            Path(f"{stem}_inputfunction.tsv").write_text(blood)
            source = Piecewise(plasma.times[::3], plasma.values[::3])
            columns = []
            for k3 in K3.values():
                p = {"K1": 0.3, "k2": 0.15, "k3": left * k3, "k4": 0.04}
                curve = simulate(TwoTissue(0.0), p, source, frames)
                columns.append(curve * (1 + 0.005 * rng.standard_normal(curve.size)))
            table = np.column_stack([frames.start, frames.end, *columns])
            lines = ["\t".join(f"{x:.10g}" for x in row) for row in table]
            head = "\t".join(["start[minutes]", "end[kBq/cc]", *K3])
            Path(f"{stem}.tac").write_text("\n".join([head, *lines]))
    bad = (tmp_path / "sub-01_ses-drug.tac").read_text().splitlines()
    (tmp_path / "sub-03_ses-base.tac").write_text("\n".join([*bad[:3], bad[2], *bad[3:]]))
    blood = (tmp_path / "sub-01_ses-drug_inputfunction.tsv").read_text()
    (tmp_path / "sub-03_ses-base_inputfunction.tsv").write_text(blood)
    return tmp_path


class Page(HTMLParser):
    """Open tags that are closed, words, and what would be fetched or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "!doctype"):
            self.open.append(tag)
        self.outside += [tag] if tag in ("script", "iframe", "link") else []
        self.outside += [v for k, v in attrs if k in ("src", "href") and v and "//" in v]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.slow
def test_one_command_makes_a_report(folder: Path) -> None:
    done = CliRunner().invoke(
        pet, ["report", str(folder), "--model", "2tcm", "--vb", "0", "--input-unit", "kBq/mL"]
    )
    assert done.exit_code == 0, done.output
    text = (folder / "report.html").read_text()
    page = Page(text)
    assert page.open == []
    assert page.outside == []
    said = " ".join(page.words)
    for word in ("Occupancy plot", "Provenance", "Not fitted", "sub-03_ses-base", "SHA-256"):
        assert word in said
    assert text.count("<svg") == 4 + 2  # curves of every scan, a plot of each person
    assert len(re.findall(r"sub-0\d ses-drug: \d+\.\d %", done.output)) == 2


def test_a_study_gives_occupancy_and_one_v_nd(folder: Path) -> None:
    study = fit_study(folder, SETTINGS)
    assert [one.person for one in study.people] == ["sub-01", "sub-02"]
    for one in study.people:
        assert one.fit.occupancy[0].value == pytest.approx(0.6, abs=0.03)
        assert one.fit.v_nd is not None
        assert one.fit.v_nd.value == pytest.approx(2.0, rel=0.05)
    assert study.shared is not None
    assert study.shared.v_nd.value == pytest.approx(2.0, rel=0.03)
    assert [(one.scan, one.region) for one in study.fitted.failures] == [("sub-03_ses-base", None)]
    assert "before frame 2" in study.fitted.failures[0].problem
    assert len(study.files) == 10


def test_a_missing_baseline_and_input_are_said(folder: Path) -> None:
    (folder / "sub-02_ses-drug_inputfunction.tsv").unlink()
    study = fit_study(folder, SETTINGS, baseline="before")
    said = " ".join(f"{one.scan}: {one.problem}" for one in study.fitted.failures)
    assert "no arterial input of 'sub-02_ses-drug'" in said
    assert "0 of its 2 scans have 'before' in their name" in said
    assert study.people == ()


def test_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PetFileError, match="holds no curves"):
        curve_files(tmp_path)
    with pytest.raises(PetFileError, match="no such folder"):
        curve_files(tmp_path / "nowhere")
    (tmp_path / "a_tacs.tsv").write_text("frame_start\tframe_end\tA\n0\t600\tx\n")
    with pytest.raises(PetError, match=r"Nothing could be fitted: .*no column"):
        fit_study(tmp_path, FitSettings("srtm", "A"))


def test_exposures_lead_to_an_ec50(folder: Path) -> None:
    """60 % at 12 in both people: EC50 8."""
    pytest.importorskip("jax")
    table = folder / "levels.tsv"
    table.write_text(
        "participant_id\tsession\tconcentration[ng/mL]\n01\tdrug\t12\nsub-02\tses-drug\t12\n"
    )
    told = [str(folder), "--model", "2tcm", "--vb", "0", "--input-unit", "kBq/mL"]
    done = CliRunner().invoke(pet, ["report", *told, "--exposure", str(table)])
    assert done.exit_code == 0, done.output
    found = re.search(
        r"EC50, concentration \(ng/mL\): ([\d.]+), 95% interval ([\d.]+) to ([\d.]+)", done.output
    )
    assert found is not None
    middle, low, high = map(float, found.groups())
    assert low < 8.0 < high
    assert middle == pytest.approx(8.0, rel=0.15)
    page = Page((folder / "report.html").read_text())
    assert page.open == []
    assert page.outside == []
    assert "Occupancy against concentration (ng/mL)" in page.words
    assert "SD of ln EC50 between people" in page.words


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("session,dose\ndrug,1\n", "0 columns of participant_id"),
        ("person,dose,exposure\n01,1,1\n", "2 columns of concentration"),
        ("person,dose\n01,-1\n", "0 or more"),
        ("person,dose\n01,1\nsub-01,2\n", "stands there twice"),
        ("person,dose\n01,\n", "empty"),
    ],
)
def test_mistakes_in_exposures_are_named(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "levels.csv"
    path.write_text(text)
    with pytest.raises(PetFileError, match=word):
        read_exposures(path)


def test_people_without_a_level_are_left_out_by_name(tmp_path: Path) -> None:
    path = tmp_path / "levels.csv"
    path.write_text("person,session,dose[mg]\n01,low,1\n01,high,4\n02,,3\n03,low,2\n")
    given = read_exposures(path)
    assert (given.quantity, given.unit) == ("dose", "mg")
    values = np.array([[2.0, 1.5, 0.8], [1.0, 0.7, 0.4]])
    scans = ("base", "ses-low", "ses-high")
    fit = fit_occupancy(BindingTable("BP_ND", ("a", "b"), scans, values))
    people = [
        PersonOccupancy(name, fit.model.table, fit) for name in ("sub-01", "sub-02", "sub-03")
    ]
    found, notes = given.of(people)
    assert found == {"sub-01": [1.0, 4.0], "sub-02": [3.0, 3.0]}
    assert "sub-03: no dose of ses-high" in notes[0]

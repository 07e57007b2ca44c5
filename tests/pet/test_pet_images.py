"""`occupancy pet map`: a 4-D image with its sidecar to maps, through nibabel."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from occupancy.cli.pet import pet
from occupancy.pet.arterial_models import OneTissue
from occupancy.pet.frames import Frames
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.reference_models import SRTM
from occupancy.pet.simulation import simulate

nibabel = pytest.importorskip("nibabel")
BP = np.array([0.5, 1.0, 2.0, 3.0])


@pytest.fixture
def image(tmp_path: Path, frames: Frames, plasma: Piecewise) -> Path:
    """2 x 3 x 2 voxels: four with binding, four of reference, the rest empty or broken."""
    edges = np.linspace(0.0, 95.0, 2851)
    fine = Frames(edges[:-1], edges[1:])
    tissue = simulate(OneTissue(0.0), {"K1": 0.1, "k2": 0.09}, plasma, fine, "mid")
    source = Piecewise(fine.mid, tissue)
    values = np.zeros((2, 3, 2, len(frames)), dtype=np.float32)
    for place, bp in zip(np.ndindex(2, 2), BP, strict=True):
        p = {"R1": 1.0, "k2": 0.1, "BP_ND": float(bp)}
        values[place[0], 0, place[1]] = simulate(SRTM(), p, source, frames)
    values[:, 1] = source.average(frames)
    values[0, 2, 0, 3] = np.nan
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(values, affine), tmp_path / "sub-01_pet.nii.gz")
    mask = np.zeros((2, 3, 2), dtype=np.uint8)
    mask[:, 1] = 1
    nibabel.save(nibabel.Nifti1Image(mask, affine), tmp_path / "reference.nii.gz")
    told = {
        "FrameTimesStart": (60 * frames.start).tolist(),
        "FrameDuration": (60 * frames.duration).tolist(),
        "Units": "kBq/mL",
        "ImageDecayCorrected": True,
        "TracerRadionuclide": "C11",
    }
    (tmp_path / "sub-01_pet.json").write_text(json.dumps(told))
    return tmp_path / "sub-01_pet.nii.gz"


def run(*arguments: object):
    return CliRunner().invoke(pet, ["map", *map(str, arguments)])


def test_maps_are_written(image: Path) -> None:
    folder = image.parent
    done = run(
        image, "--model", "srtm", "--reference", folder / "reference.nii.gz", "--out", folder
    )
    assert done.exit_code == 0, done.output
    base = folder / "sub-01_model-srtm"
    found = nibabel.load(f"{base}_meas-BPND_mimap.nii.gz")
    values = np.asarray(found.dataobj)
    assert values[:, 0].ravel() == pytest.approx(BP, rel=2e-3)
    assert np.allclose(found.affine, np.diag([2, 2, 2, 1]))
    state = np.asarray(nibabel.load(f"{base}_desc-state_mask.nii.gz").dataobj)
    assert state[0, 2].tolist() == [2, 3]
    told = json.loads(Path(f"{base}_mimap.json").read_text())
    assert told["ModelName"] == "srtm"
    assert "1 voxels: a value is not finite" in told["Notes"]
    assert Path(f"{base}_meas-BPND_desc-se_mimap.nii.gz").is_file()


def test_mistakes_with_images_are_said(image: Path) -> None:
    folder = image.parent
    reference = ("--reference", folder / "reference.nii.gz")
    (folder / "text.nii").write_text("no image")
    for arguments, word in (
        ((folder / "none.nii.gz", "--model", "srtm"), "nothing says when its frames are"),
        ((folder / "reference.nii.gz", "--model", "srtm", "--sidecar",
          folder / "sub-01_pet.json"), "it has 3 axes"),
        ((folder / "text.nii", "--model", "srtm", "--sidecar", folder / "sub-01_pet.json"),
         "text.nii"),
        ((image, "--model", "srtm"), "need `reference`"),
        ((image, "--model", "mrtm2", *reference), "needs k2prime"),
        ((image, "--model", "srtm", *reference, "--out", folder / "nowhere"), "no such folder"),
    ):  # fmt: skip
        done = run(*arguments)
        assert done.exit_code != 0
        assert word in str(done.exception)

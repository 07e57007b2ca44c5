"""4-D images and parametric maps as NIfTI, through nibabel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.frames import Array
from occupancy.pet.voxel_maps import STATES, VoxelMaps
from occupancy.version import VERSION


def _nibabel() -> Any:
    try:
        import nibabel
    except ImportError:
        raise PetError(
            "Images need nibabel: install it with pip install 'occupancy[pet]'."
        ) from None
    return nibabel


def read_image(path: str | Path, axes: int) -> tuple[np.ndarray, Any]:
    """Return an image's values, float32, and the nibabel image they are from.

    Parameters
    ----------
    path
        A .nii or .nii.gz.
    axes
        How many it must have: 4 for a dynamic image, 3 for a mask.

    Raises
    ------
    PetFileError
        There is no such file, it is no image, or it has another number of axes.
    """
    path, nibabel = Path(path), _nibabel()
    if not path.is_file():
        raise PetFileError(path, "there is no such file.", "a NIfTI image, .nii or .nii.gz.")
    try:
        image = nibabel.load(path)
        values = np.asarray(image.dataobj, dtype=np.float32)
    except (nibabel.filebasedimages.ImageFileError, OSError, EOFError, ValueError) as problem:
        raise PetFileError(path, f"{problem}.", "a NIfTI image, .nii or .nii.gz.") from None
    if values.ndim != axes:
        raise PetFileError(
            path, f"it has {values.ndim} axes.", f"{axes}" + (", the last is time." * (axes == 4))
        )
    return values, image


def mean_curve(image: np.ndarray, mask: np.ndarray) -> Array:
    """Return the mean curve of the voxels above zero in a mask; nan values are left out.

    Raises
    ------
    PetError
        The shapes do not fit, or the mask holds no voxel.
    """
    if mask.shape != image.shape[:-1]:
        raise PetError(f"The mask has shape {mask.shape}, the image {image.shape[:-1]}.")
    voxels = image[np.nan_to_num(mask) > 0].astype(np.float64)
    if not len(voxels):
        raise PetError("The reference mask holds no voxel above zero.")
    known = np.isfinite(voxels)
    count = known.sum(axis=0)
    total = np.where(known, voxels, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def write_maps(
    maps: VoxelMaps, like: Any, folder: str | Path, stem: str, settings: Mapping[str, object]
) -> list[Path]:
    """Write every map as `STEM_model-MODEL_meas-NAME_mimap.nii.gz`, its errors, state and a .json.

    Parameters
    ----------
    maps
        What `fit_maps` gave.
    like
        The nibabel image whose space they are in.
    folder, stem
        Where, and under what name.
    settings
        Goes into the .json beside.

    Raises
    ------
    PetFileError
        The folder does not exist.
    """
    folder, nibabel = Path(folder), _nibabel()
    if not folder.is_dir():
        raise PetFileError(folder, "there is no such folder.", "a folder that exists.")
    base = f"{stem}_model-{maps.model.replace('-', '')}"
    images = {f"meas-{_plain(name)}_mimap": values for name, values in maps.maps.items()}
    images |= {f"meas-{_plain(name)}_desc-se_mimap": values for name, values in maps.se.items()}
    images["desc-state_mask"] = maps.state.astype(np.float64)
    written: list[Path] = []
    for name, values in images.items():
        kind = np.int8 if name == "desc-state_mask" else np.float32
        one = nibabel.Nifti1Image(values.astype(kind), like.affine)
        one.header.set_xyzt_units("mm")
        path = folder / f"{base}_{name}.nii.gz"
        nibabel.save(one, path)
        written.append(path)
    told = {
        "Description": f"Parametric maps by {maps.model}; rates in 1/min, volumes in mL/cm3, "
        "desc-se: absolute standard errors.",
        "ModelName": maps.model,
        "States": {str(number): text for number, text in STATES.items()},
        "Notes": list(maps.notes),
        "Settings": {**maps.settings, **settings},
        "SoftwareName": "occupancy",
        "SoftwareVersion": VERSION,
    }
    path = folder / f"{base}_mimap.json"
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [*written, path]


def _plain(name: str) -> str:
    return name.replace("_", "")

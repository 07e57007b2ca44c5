"""From time-activity curves to occupancy, with honest errors.

`read_tacs` and `read_blood` read a scan, `fit` fits a model to its regions, `BindingTable` joins
scans, `fit_occupancy` gives occupancy and V_ND with their errors, and `fit_maps` fits voxels.
Curves are convolved exactly and averaged over their frames; units, decay and the frame convention
are fields that are stated, never guessed. A curve that cannot be fitted is named, the rest is
fitted.

Stands above `course`, whose documents it shares. Needs NumPy alone, but for
pooling people (NumPyro) and exposure (JAX); names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.pet.arterial_models import OneTissue, TwoTissue, TwoTissueIrreversible
    from occupancy.pet.binding_table import BindingTable
    from occupancy.pet.correction import TargetChange, correct_draws, correct_occupancy
    from occupancy.pet.delay import fit_delay
    from occupancy.pet.error import PetError, PetFileError
    from occupancy.pet.estimate import Estimate
    from occupancy.pet.exposure import StudyExposure, fit_exposure
    from occupancy.pet.files.blood_reading import read_blood
    from occupancy.pet.files.kinpar import read_kinpar, write_kinpar
    from occupancy.pet.files.stated import Stated
    from occupancy.pet.files.tac_reading import read_scans, read_tacs
    from occupancy.pet.fit_result import Fit
    from occupancy.pet.frames import Frames
    from occupancy.pet.input_function import InputFunction
    from occupancy.pet.input_model import fit_input
    from occupancy.pet.lassen import lassen_plot
    from occupancy.pet.occupancy_fit import OccupancyFit, fit_occupancy
    from occupancy.pet.parent_fraction import fit_parent_fraction
    from occupancy.pet.piecewise import Piecewise
    from occupancy.pet.pooled_fit import PooledFit, fit_pooled
    from occupancy.pet.profile import profile_interval, residual_bootstrap
    from occupancy.pet.reference_models import FRTM, SRTM, SRTM2
    from occupancy.pet.repeatability import fit_repeatability
    from occupancy.pet.results import read_results, table_of
    from occupancy.pet.scan_fit import MODELS, fit
    from occupancy.pet.scan_result import ScanFit
    from occupancy.pet.shared_v_nd import fit_shared_v_nd
    from occupancy.pet.simulation import simulate
    from occupancy.pet.study import fit_study
    from occupancy.pet.tac import TimeActivity, suv
    from occupancy.pet.voxel_maps import VoxelMaps, fit_maps
    from occupancy.pet.weights import frame_weights
    from occupancy.pet.writing import fit_document, occupancy_document

#: Public names and the files that hold them.
_HOMES: Final = {
    "BindingTable": "binding_table",
    "Estimate": "estimate",
    "FRTM": "reference_models",
    "Fit": "fit_result",
    "Frames": "frames",
    "InputFunction": "input_function",
    "MODELS": "scan_fit",
    "OccupancyFit": "occupancy_fit",
    "OneTissue": "arterial_models",
    "PetError": "error",
    "PetFileError": "error",
    "Piecewise": "piecewise",
    "PooledFit": "pooled_fit",
    "SRTM": "reference_models",
    "SRTM2": "reference_models",
    "ScanFit": "scan_result",
    "Stated": "files.stated",
    "StudyExposure": "exposure",
    "TargetChange": "correction",
    "TimeActivity": "tac",
    "TwoTissue": "arterial_models",
    "TwoTissueIrreversible": "arterial_models",
    "VoxelMaps": "voxel_maps",
    "correct_draws": "correction",
    "correct_occupancy": "correction",
    "fit": "scan_fit",
    "fit_delay": "delay",
    "fit_document": "writing",
    "fit_exposure": "exposure",
    "fit_input": "input_model",
    "fit_maps": "voxel_maps",
    "fit_occupancy": "occupancy_fit",
    "fit_parent_fraction": "parent_fraction",
    "fit_pooled": "pooled_fit",
    "fit_repeatability": "repeatability",
    "fit_shared_v_nd": "shared_v_nd",
    "fit_study": "study",
    "frame_weights": "weights",
    "lassen_plot": "lassen",
    "occupancy_document": "writing",
    "profile_interval": "profile",
    "read_blood": "files.blood_reading",
    "read_kinpar": "files.kinpar",
    "read_results": "results",
    "read_scans": "files.tac_reading",
    "read_tacs": "files.tac_reading",
    "residual_bootstrap": "profile",
    "simulate": "simulation",
    "suv": "tac",
    "table_of": "results",
    "write_kinpar": "files.kinpar",
}
__all__ = [
    "FRTM",
    "MODELS",
    "SRTM",
    "SRTM2",
    "BindingTable",
    "Estimate",
    "Fit",
    "Frames",
    "InputFunction",
    "OccupancyFit",
    "OneTissue",
    "PetError",
    "PetFileError",
    "Piecewise",
    "PooledFit",
    "ScanFit",
    "Stated",
    "StudyExposure",
    "TargetChange",
    "TimeActivity",
    "TwoTissue",
    "TwoTissueIrreversible",
    "VoxelMaps",
    "correct_draws",
    "correct_occupancy",
    "fit",
    "fit_delay",
    "fit_document",
    "fit_exposure",
    "fit_input",
    "fit_maps",
    "fit_occupancy",
    "fit_parent_fraction",
    "fit_pooled",
    "fit_repeatability",
    "fit_shared_v_nd",
    "fit_study",
    "frame_weights",
    "lassen_plot",
    "occupancy_document",
    "profile_interval",
    "read_blood",
    "read_kinpar",
    "read_results",
    "read_scans",
    "read_tacs",
    "residual_bootstrap",
    "simulate",
    "suv",
    "table_of",
    "write_kinpar",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its file on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'occupancy.pet' has no attribute {name!r}")
    value = getattr(import_module(f"occupancy.pet.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Names of the public face."""
    return list(_HOMES)

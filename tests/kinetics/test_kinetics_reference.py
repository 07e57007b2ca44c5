"""Reference task: 10 mg daily for 28 days in 1000 patients, a two-compartment oral model."""

from __future__ import annotations

import numpy as np
import pytest

from beside import reference
from occupancy.kinetics import Doses, Input, Species, System, simulate

# in the reference's own partial fractions, ka and the fast rate cancel: three digits go
CANCELLING = 698


@pytest.mark.reference
def test_linear_pk_reference():
    folder = reference("reference/engine")
    stored = np.genfromtxt(folder / "linear_pk_reference.csv.gz", delimiter=",", names=True)
    patients = np.genfromtxt(folder / "patients.csv", delimiter=",", names=True)
    ids = stored["ID"].reshape(-1, 672)[:, 0].astype(int)
    chosen = patients[ids - 1]
    assert (chosen["ID"] == ids).all()
    hours = stored["hour"].reshape(-1, 672)[0]
    system = System(
        (Species("x", chosen["CL"], chosen["V"], Q=15.0, V2=120.0, dosed=1.0),),
        (Input(ka=chosen["KA"]),),
    )
    ours = simulate(system, Doses(24.0 * np.arange(28), 10.0), hours)["x"]
    error = np.abs(ours / stored["concentration_ng_per_mL"].reshape(ours.shape) - 1)
    assert error[ids == CANCELLING].max() <= 1e-11
    assert error[ids != CANCELLING].max() <= 2e-13

"""Reference task: 10 mg daily for 28 days in 1,000 patients, concentration and occupancy."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest

from beside import reference
from occupancy.engine import Target, simulate_linear
from occupancy.kinetics import Doses, Input, Species, System

pytest.importorskip("jax", reason="the engine's compiled driver needs JAX")

Q, V2 = 15.0, 120.0
# in the reference's own partial fractions, ka and the fast rate cancel: four digits go
CANCELLING = 698


def by_taylor(CL: float, V: float, ka: float, doses: int) -> list[float]:
    """ng/mL in every hour by the Taylor series of the matrix exponential, in 50-digit decimals."""
    with localcontext() as context:
        context.prec = 50
        cl, v, k, q, v2 = (Decimal(x) for x in (CL, V, ka, Q, V2))
        a = [[-k, 0, 0], [k, -(cl + q) / v, q / v2], [0, q / v, -q / v2]]
        eye = [[Decimal(int(i == j)) for j in range(3)] for i in range(3)]
        hour, term = [row[:] for row in eye], eye
        for m in range(1, 80):
            term = [
                [sum((a[i][k] * term[k][j] for k in range(3)), Decimal(0)) / m for j in range(3)]
                for i in range(3)
            ]
            hour = [[hour[i][j] + term[i][j] for j in range(3)] for i in range(3)]
        x, found = [Decimal(0)] * 3, []
        for h in range(24 * doses):
            x[0] += 10_000 if h % 24 == 0 else 0
            x = [sum((hour[i][j] * x[j] for j in range(3)), Decimal(0)) for i in range(3)]
            found.append(float(x[1] / v))
    return found


@pytest.mark.reference
def test_linear_reference_task():
    folder = reference("reference/engine")
    stored = np.genfromtxt(folder / "linear_pk_reference.csv.gz", delimiter=",", names=True)
    patients = np.genfromtxt(folder / "patients.csv", delimiter=",", names=True)
    ids = stored["ID"].reshape(-1, 672)[:, 0].astype(int)
    hours = stored["hour"].reshape(-1, 672)[0]
    system = System(
        (Species("x", patients["CL"], patients["V"], Q=Q, V2=V2, dosed=1.0),),
        (Input(ka=patients["KA"]),),
    )
    doses = Doses(24.0 * np.arange(28), 10.0)
    course = simulate_linear(system, doses, hours, [Target("D2", {"x": 20.0})])
    C, theta = course.concentrations["x"][:, ids - 1], course.occupancies["D2"][:, ids - 1]
    error = np.abs(C.T / stored["concentration_ng_per_mL"].reshape(-1, 672) - 1).max(axis=1)
    assert error[ids == CANCELLING].max() <= 1e-11
    assert error[ids != CANCELLING].max() <= 2e-13
    assert np.abs(theta.T - stored["occupancy"].reshape(-1, 672)).max() <= 1e-11

    one = patients[CANCELLING - 1]
    true = by_taylor(float(one["CL"]), float(one["V"]), float(one["KA"]), 28)
    ours = course.concentrations["x"][:, CANCELLING - 1]
    np.testing.assert_allclose(ours, true, rtol=2e-14)
    band = course.dataset()["occupancy_band"].sel(quantile=0.5, target="D2").values
    np.testing.assert_allclose(band, np.median(course.occupancies["D2"], axis=1), rtol=1e-14)

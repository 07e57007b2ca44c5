"""One region's curve and the model that is to describe it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.exponential_model import ExponentialModel
from occupancy.pet.frames import Array
from occupancy.pet.least_squares import Solved, least_squares
from occupancy.pet.reference_noise import ReferenceNoise

# parameters (problems, n) -> one residual each and its gradient
Extra = Callable[[Array], tuple[Array, Array]]


@final
@dataclass(frozen=True, eq=False)
class CurveProblem:
    """A model and the data it is to describe.

    Attributes
    ----------
    model
        The kinetic model.
    table
        The input convolved with exponentials as the frames show it.
    direct
        The curve that enters without convolution (reference region, or whole blood), per frame.
    y, weights
        The measured curve and its weights (of squared residuals), per frame; weight 0 leaves a
        frame out.
    noise
        That of the reference region, where the input is one.
    """

    model: ExponentialModel
    table: ConvolutionTable
    direct: Array
    y: Array
    weights: Array
    noise: ReferenceNoise | None = None

    def solve(self, starts: Array, y: Array | None = None, extra: Extra | None = None) -> Solved:
        """Return where each start ends; `y` (starts, frames) gives each its own data.

        `extra` adds one weighted residual, by which a profile holds a quantity.
        """
        root = np.sqrt(self.weights)
        data = np.broadcast_to(self.y if y is None else y, (starts.shape[0], self.y.size))

        def evaluate(p: Array, index: npt.NDArray[np.intp]) -> tuple[Array, Array]:
            curve, jacobian = self.model.predict(p, self.table, self.direct)
            residual, slope = (curve - data[index]) * root, jacobian * root[:, None]
            if extra is None:
                return residual, slope
            more, gradient = extra(p)
            return (
                np.concatenate([residual, more[:, None]], axis=1),
                np.concatenate([slope, gradient[:, None, :]], axis=1),
            )

        return least_squares(evaluate, starts, self.model.lower, self.model.upper)

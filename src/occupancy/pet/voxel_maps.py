"""Parametric maps: a model in every voxel of a 4-D image, in chunks, with standard-error maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, final

import numpy as np
import numpy.typing as npt

from occupancy.engine.executors import Executor, Serial
from occupancy.memory import keep_freed
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike, Convention, Frames
from occupancy.pet.input_function import InputFunction
from occupancy.pet.voxel_basis import (
    BOUND,
    NOT_FINITE,
    OK,
    RATES,
    UNDETERMINED,
    ZERO,
)
from occupancy.pet.voxel_kernel import Kernel, kernel_of

MODELS: Final = ("srtm", "mrtm2", "reference-logan", "logan", "patlak")
#: What the numbers of a `state` map mean.
STATES: Final = {
    0: "outside the mask",
    OK: "fitted",
    NOT_FINITE: "a value is not finite",
    ZERO: "zero in every frame",
    BOUND: "k2a on its bound",
    UNDETERMINED: "not determined",
}
CHUNK = 2048  # voxels; their products with the basis stay in a processor's cache
_JAX_CHUNK = 65_536
_ROWS = 64  # chunks are filled up to it: matrix products of few rows round in another way
Backend: TypeAlias = Literal["numpy", "jax"]
Progress: TypeAlias = Callable[[int, int], None]


@final
@dataclass(frozen=True, eq=False)
class VoxelMaps:
    """Maps of one scan.

    Attributes
    ----------
    model
        Its name.
    maps
        Estimates by name, the shape of the image without its time; nan where there is none.
    se
        Absolute standard errors by name, from each voxel's own residuals.
    wrss
        Weighted squared residuals.
    state
        What became of each voxel, a number of `STATES`.
    notes
        How many voxels were left out, and why.
    settings
        What was asked.
    """

    model: str
    maps: dict[str, Array]
    se: dict[str, Array]
    wrss: Array
    state: npt.NDArray[np.int8]
    notes: tuple[str, ...]
    settings: dict[str, object]


def fit_maps(
    image: npt.ArrayLike,
    frames: Frames,
    model: str,
    *,
    reference: ArrayLike | None = None,
    blood: InputFunction | None = None,
    mask: ArrayLike | None = None,
    unit: str = "",
    weights: ArrayLike | None = None,
    k2prime: float | None = None,
    t_star: float = 0.0,
    delay: float = 0.0,
    convention: Convention = "average",
    rates: tuple[float, float] = RATES,
    functions: int = 100,
    chunk: int | None = None,
    executor: Executor | None = None,
    backend: Backend = "numpy",
    progress: Progress | None = None,
) -> VoxelMaps:
    """Fit a model to every voxel.

    Parameters
    ----------
    image
        Decay-corrected activity, time on the last axis.
    frames
        Its frames.
    model
        'srtm' (basis functions with refinement), 'mrtm2', 'reference-logan' with `reference`;
        'logan', 'patlak' with `blood`. Plots and MRTM2 are those of `fit`, without blood volume.
    reference
        The reference region's curve, (frames,).
    blood
        The arterial input.
    mask
        True (or above zero) where to fit, the shape of the image without time; all by default.
    unit
        Of the image, needed with `blood`.
    weights
        One per frame, of squared residuals; a plot's points get them by the delta method. None:
        every frame, or point, counts the same.
    k2prime
        1/min, for 'mrtm2' and, if wanted, 'reference-logan'.
    t_star
        Minutes; frames whose middle is not before it are used by the linear methods.
    delay
        Minutes by which the tissue sees the blood later than the sampler.
    convention
        'average' or 'mid'.
    rates, functions
        k2a of the first and last basis function of 'srtm', 1/min, and their number.
    chunk
        Voxels at a time.
    executor
        What runs the chunks: `engine.executors.Threads()`, `Processes()`, a Dask cluster by
        `executor_of('dask')`; this process by default.
    backend
        'numpy', or 'jax' for JAX's device.
    progress
        Told how many voxels are done, and how many there are.

    Raises
    ------
    PetError
        A model that is none of these, an input that is missing or zero, shapes that do not fit, a
        t* that leaves too few frames. What is wrong with a voxel stands in `state`.
    """
    data = np.asarray(image)
    if model not in MODELS:
        raise PetError(f"Model {model!r}: allowed for maps are {', '.join(MODELS)}.")
    if data.ndim < 2 or data.shape[-1] != len(frames):
        raise PetError(
            f"The image has shape {data.shape}; its last axis must be time, {len(frames)} frames."
        )
    space = data.shape[:-1]
    inside = _mask(mask, space)
    kernel, notes = kernel_of(
        model, frames, convention, reference, blood, unit, weights, k2prime, t_star, delay, rates,
        functions,
    )  # fmt: skip
    flat = data.reshape(-1, data.shape[-1])
    at = None if inside.all() else np.flatnonzero(inside)
    total = len(flat) if at is None else at.size
    size = chunk if chunk is not None else CHUNK if backend == "numpy" else _JAX_CHUNK
    if size < 1:
        raise PetError(f"chunk {size}: one voxel or more.")
    work = _jax_work(kernel, size) if backend == "jax" else _Work(kernel)
    out: dict[str, Array] = {}
    done = 0
    for start, part in zip(
        range(0, total, size),
        (executor or Serial()).run(work, _chunks(flat, at, size, total)),
        strict=False,
    ):
        stop = min(start + size, total)
        for name, values in part.items():
            if name not in out:
                out[name] = np.empty(total)
            out[name][start:stop] = values[: stop - start]
        done = stop
        if progress is not None:
            progress(done, total)
    return _maps(model, out, at, space, flat, notes, {
        "model": model, "convention": convention, "k2prime": k2prime, "t_star_min": t_star,
        "weights": "none" if weights is None else "given", "backend": backend,
    })  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Work:
    """A chunk's fit, by NumPy; can be sent to another process."""

    kernel: Kernel

    def __call__(self, curves: Any) -> dict[str, Any]:
        keep_freed()  # fresh pages for every chunk would take longer than the fit
        data = np.asarray(curves, dtype=np.float64)
        few = -len(data) % _ROWS
        if few:
            data = np.concatenate([data, np.ones((few, data.shape[1]))])
        with np.errstate(all="ignore"):
            found = self.kernel.fit(data)
        return {name: values[: len(curves)] for name, values in found.items()} if few else found


def _jax_work(kernel: Kernel, size: int) -> Callable[[Any], dict[str, Any]]:
    from occupancy.engine.jax_runtime import load

    jax = load()
    compiled = jax.jit(lambda y: kernel.fit(y, jax.numpy))

    def work(curves: Any) -> dict[str, Any]:
        # one shape for all chunks, so that it is compiled once
        padded = np.ones((size, curves.shape[1]))
        padded[: len(curves)] = curves
        return {name: np.asarray(v)[: len(curves)] for name, v in compiled(padded).items()}

    return work


def _chunks(
    flat: npt.NDArray[Any], at: npt.NDArray[np.intp] | None, size: int, total: int
) -> Iterator[npt.NDArray[Any]]:
    for start in range(0, total, size):
        stop = min(start + size, total)
        yield flat[start:stop] if at is None else flat[at[start:stop]]


def _maps(
    model: str,
    out: dict[str, Array],
    at: npt.NDArray[np.intp] | None,
    space: tuple[int, ...],
    flat: npt.NDArray[Any],
    notes: list[str],
    settings: dict[str, object],
) -> VoxelMaps:
    def shaped(values: Array) -> Array:
        if at is None:
            return values.reshape(space)
        full = np.full(int(np.prod(space)), np.nan)
        full[at] = values
        return full.reshape(space)

    state = np.zeros(int(np.prod(space)), dtype=np.int8)
    where = slice(None) if at is None else at
    state[where] = out.pop("state").astype(np.int8) if out else 0
    bad = np.flatnonzero(state == NOT_FINITE)
    zero = bad[~np.asarray(flat[bad]).any(axis=1)] if bad.size else bad
    state[zero] = ZERO
    for number in (NOT_FINITE, ZERO, BOUND, UNDETERMINED):
        found = int((state == number).sum())
        if found:
            notes.append(f"{found} voxels: {STATES[number]}")
    return VoxelMaps(
        model,
        {
            name: shaped(v)
            for name, v in out.items()
            if not (name == "wrss" or name.endswith("_se"))
        },
        {name[:-3]: shaped(v) for name, v in out.items() if name.endswith("_se")},
        shaped(out["wrss"]) if out else np.full(space, np.nan),
        state.reshape(space),
        tuple(notes),
        settings,
    )


def _mask(mask: ArrayLike | None, space: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    if mask is None:
        return np.ones(int(np.prod(space)), dtype=bool)
    given = np.asarray(mask)
    if given.shape != space:
        raise PetError(f"The mask has shape {given.shape}, the image {space} without its time.")
    inside = np.nan_to_num(given).ravel() > 0
    if not inside.any():
        raise PetError("The mask holds no voxel above zero.")
    return inside

"""`occupancy pet map`: parametric maps of a 4-D image."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from occupancy.cli.output import warn
from occupancy.cli.pet_options import readable


@click.command(name="map")
@click.argument("image", type=readable)
@click.option(
    "--model",
    required=True,
    help="srtm (basis functions), mrtm2, reference-logan, logan, patlak.",
)
@click.option(
    "--reference",
    type=readable,
    metavar="FILE",
    help="Mask of the reference region, or its curve as a table with one region.",
)
@click.option("--input", "blood", type=readable, metavar="BLOOD", help="Arterial input.")
@click.option("--mask", type=readable, metavar="FILE", help="Fit where it is above zero.")
@click.option(
    "--sidecar", type=readable, metavar="JSON", help="Frames and units; default beside IMAGE."
)
@click.option("--k2prime", type=float, help="Of mrtm2 and reference-logan, 1/min.")
@click.option("--t-star", type=float, default=0.0, help="Of the linear methods, minutes.")
@click.option("--delay", type=float, default=0.0, help="Minutes.")
@click.option(
    "--weights", type=click.Choice(["duration"]), help="Weights of the frames; default none."
)
@click.option("--input-unit", help="Of the blood, where its file names none.")
@click.option(
    "--where",
    default="serial",
    show_default=True,
    help="serial, threads, processes, jax, dask, or the address of a Dask scheduler.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    metavar="FOLDER",
    help="Where to write the maps.",
)
def map_command(
    image: Path,
    model: str,
    reference: Path | None,
    blood: Path | None,
    mask: Path | None,
    sidecar: Path | None,
    k2prime: float | None,
    t_star: float,
    delay: float,
    weights: str | None,
    input_unit: str | None,
    where: str,
    out: Path,
) -> None:
    """Fit a model to every voxel of IMAGE, a 4-D NIfTI with a PET-BIDS sidecar.

    Writes a map of every parameter, of its standard error, and of what became of each voxel.
    """
    from occupancy.cli.output import console
    from occupancy.pet.error import PetFileError
    from occupancy.pet.files.nifti import mean_curve, read_image, write_maps
    from occupancy.pet.files.sidecar import read_sidecar, sidecar_of
    from occupancy.pet.files.stated import Stated
    from occupancy.pet.files.tac_reading import read_tacs, scan_name
    from occupancy.pet.voxel_maps import fit_maps

    beside = sidecar if sidecar is not None else sidecar_of(_plain(image))
    told = None if beside is None else read_sidecar(beside)
    frames = None if told is None else told.frames()
    if told is None or frames is None:
        raise PetFileError(
            image, "nothing says when its frames are.",
            "a sidecar with FrameTimesStart and FrameDuration (--sidecar).",
        )  # fmt: skip
    if told.decay_corrected is False:
        raise PetFileError(image, "it is not corrected for decay.", "a decay-corrected image.")
    values, like = read_image(image, 4)
    curve = source = None
    if reference is not None:
        if reference.name.endswith((".nii", ".nii.gz")):
            curve = mean_curve(values, read_image(reference, 3)[0])
        else:
            tacs = read_tacs(reference, Stated(corrected_if_silent=True)).tacs
            if len(tacs.regions) != 1 or not tacs.frames.same_as(frames):
                raise PetFileError(
                    reference, f"{len(tacs.regions)} regions of {len(tacs.frames)} frames.",
                    "one region, with the frames of the image.",
                )  # fmt: skip
            curve = tacs.values[:, 0]
    if blood is not None:
        from occupancy.pet.files.blood_reading import read_blood

        source, notes = read_blood(
            blood, Stated(unit=input_unit, nuclide=told.nuclide, corrected_if_silent=True)
        )
        warn(notes)
    from occupancy.engine.executor_words import executor_of

    with _bar() as tell:
        maps = fit_maps(
            values, frames, model, reference=curve, blood=source, unit=told.unit or "",
            mask=None if mask is None else read_image(mask, 3)[0],
            weights=frames.duration if weights else None, k2prime=k2prime, t_star=t_star,
            delay=delay, executor=None if where == "jax" else executor_of(where),
            backend="jax" if where == "jax" else "numpy", progress=tell,
        )  # fmt: skip
    warn(maps.notes)
    written = write_maps(maps, like, out, scan_name(_plain(image)), {"image": image.name})
    for path in written:
        console().print(str(path), markup=False, highlight=False)


def _plain(image: Path) -> Path:
    """The path without .gz and .nii, with an ending for the names beside it."""
    return image.with_name(image.name.removesuffix(".gz").removesuffix(".nii") + ".nii")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("voxels", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

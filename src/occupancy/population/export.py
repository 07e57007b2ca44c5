"""Every person's values as a file: Parquet, a table by rows, or Zarr, arrays by dimension.

Written chunk by chunk under a temporary name beside the wanted one, which it takes only when it
is whole. Whatever stops the trial, nothing half-written is left.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Protocol

import numpy as np

from occupancy.population.block import Arm
from occupancy.population.chunk import PERSONAL, PersonRows
from occupancy.population.people import People, Population
from occupancy.population.result import Trial
from occupancy.version import VERSION

FORMATS = (".parquet", ".zarr")
#: People in one chunk of a Zarr array.
ZARR_CHUNK = 65_536


class ExportError(ValueError):
    """A file that cannot be written; the message says why and what to do."""


class Sink(Protocol):
    """Something that takes the people of a trial in order, and then its result."""

    def write(self, draw: int, rows: PersonRows) -> None:
        """Take the next people of a draw."""
        ...

    def finish(self, trial: Trial) -> None:
        """Take the result."""
        ...

    def close(self) -> None:
        """Let go of open files."""
        ...


def check_export(path: Path) -> Path:
    """`path`, when people can be exported there.

    Raises:
        ExportError: an unknown ending, a folder that does not exist, something else of that name,
            or a package that is not installed.
    """
    if path.suffix not in FORMATS:
        raise ExportError(
            f"--export {path}: {path.suffix or 'no ending'} is not an export format; "
            f"use {' or '.join(FORMATS)}"
        )
    if not path.parent.is_dir():
        raise ExportError(
            f"--export {path}: the folder {path.parent} does not exist; make it first"
        )
    if path.suffix == ".parquet" and path.is_dir():
        raise ExportError(f"--export {path}: a folder of that name is there; choose another name")
    if path.suffix == ".zarr" and path.exists() and not (path / "zarr.json").is_file():
        raise ExportError(
            f"--export {path}: something else than a Zarr group has that name; choose another name"
        )
    package = {".parquet": "pyarrow", ".zarr": "zarr"}[path.suffix]
    try:
        _module(package)
    except ImportError as error:
        raise ExportError(
            f"--export {path}: {package} is not installed; install it with: "
            "pip install 'occupancy[export]'"
        ) from error
    return path


@contextmanager
def export_to(
    path: Path, arms: Sequence[Arm], population: Population, draws: int
) -> Iterator[Sink]:
    """A sink that writes to `path`, which appears when the block ends without an error.

    Raises:
        ExportError: see `check_export`; or the disk is full, or cannot be written, with nothing
            left behind.
    """
    check_export(path)
    try:
        folder = Path(mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    except OSError as error:
        raise ExportError(f"--export {path}: {error.strerror or error}") from error
    try:
        kind = _Parquet if path.suffix == ".parquet" else _Zarr
        sink: Sink = kind(folder / path.name, arms, population, draws)
        try:
            yield sink
        finally:
            # A file that could not be written may not close either; the first error is told.
            with suppress(OSError):
                sink.close()
        _put(folder / path.name, path)
    except OSError as error:
        raise ExportError(
            f"--export {path}: {error.strerror or error}; nothing was kept. Free some space or "
            "choose another disk, and run it again"
        ) from error
    finally:
        rmtree(folder, ignore_errors=True)


def _put(written: Path, path: Path) -> None:
    """Give what was written its name, in place of an older one."""
    if path.is_dir():
        path.replace(written.parent / "older")
    written.replace(path)


def traits_of(people: People) -> dict[str, np.ndarray]:
    """Columns that say who people are; text where nothing is known is empty."""

    def named(codes: np.ndarray, names: Sequence[str]) -> np.ndarray:
        return np.array([*names, ""], dtype="U32")[codes]

    return {
        "person": people.index,
        "age_y": people.age_y,
        "weight_kg": people.weight_kg,
        "height_cm": people.height_cm,
        "sex": np.where(people.female, "female", "male"),
        "smoker": people.smoker,
        "ancestry": named(people.ancestry, people.ancestries),
        **{
            gene.lower(): named(codes, people.phenotypes[gene])
            for gene, codes in people.phenotype.items()
        },
    }


def _module(name: str) -> Any:
    """A package of the extra `export`; `check_export` has made sure that it is there."""
    return import_module(name)


class _Parquet:
    """One row for each draw, arm, target and person, a row group for each chunk."""

    def __init__(self, path: Path, arms: Sequence[Arm], population: Population, draws: int) -> None:
        """Open the file when the first people come."""
        self._path, self._names = path, [arm.view.name for arm in arms]
        self._about = {"version": VERSION, "seed": str(population.seed), "draws": str(draws)}
        self._writer: Any = None

    def write(self, draw: int, rows: PersonRows) -> None:
        pa, pq = _module("pyarrow"), _module("pyarrow.parquet")
        traits = traits_of(rows.people)
        n = len(rows.people)
        tables = [
            pa.table(
                {
                    "draw": np.full(n, draw, dtype=np.int32),
                    "arm": pa.array([name] * n).dictionary_encode(),
                    "target": pa.array([target] * n).dictionary_encode(),
                    **traits,
                    "trough": values["trough"],
                    "average": values["average"],
                    "peak": values["peak"],
                    "time_in_window": values["in_window"],
                }
            )
            for name, of_target in zip(self._names, rows.arms, strict=True)
            for target, values in of_target.items()
        ]
        if not tables:
            return
        table = pa.concat_tables(tables).unify_dictionaries()
        if self._writer is None:
            schema = table.schema.with_metadata(self._about)
            self._writer = pq.ParquetWriter(self._path, schema)
        self._writer.write_table(table.replace_schema_metadata(self._about))

    def finish(self, trial: Trial) -> None:
        if self._writer is None:
            raise ExportError(
                f"--export {self._path.name}: no target, so there is nothing to write"
            )
        writer, self._writer = self._writer, None
        writer.close()

    def close(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            writer.close()


class _Zarr:
    """A group that xarray opens: per person who they are and their values, and the bands."""

    def __init__(self, path: Path, arms: Sequence[Arm], population: Population, draws: int) -> None:
        """Make the group; the arrays of traits come with the first people."""
        self._targets = list(dict.fromkeys(t for arm in arms for t in arm.view.targets))
        self._people = population.size
        self._group = _module("zarr").open_group(path, mode="w", zarr_format=3)
        self._values = {
            name: self._array(name, (draws, len(arms), len(self._targets), self._people))
            for name in PERSONAL
        }
        self._traits: dict[str, Any] = {}

    def _array(self, name: str, shape: tuple[int, ...], dtype: Any = np.float64) -> Any:
        dims = ("draw", "arm", "target", "person")[-len(shape) :]
        chunk = max(min(self._people, ZARR_CHUNK), 1)
        called = {"in_window": "person_time_in_window"}.get(name, f"person_{name}")
        return self._group.create_array(
            called if len(shape) > 1 else name,
            shape=shape,
            chunks=(*([1] * (len(shape) - 1)), chunk),
            dtype=dtype,
            fill_value=np.nan if dtype is np.float64 else 0,
            dimension_names=dims,
        )

    def write(self, draw: int, rows: PersonRows) -> None:
        here = slice(int(rows.people.index[0]), int(rows.people.index[-1]) + 1)
        if draw == 0:
            for name, values in _coded(rows.people).items():
                if name not in self._traits:
                    self._traits[name] = self._array(name, (self._people,), values.dtype.type)
                self._traits[name][here] = values
        for at, of_target in enumerate(rows.arms):
            for target, metrics in of_target.items():
                where = (draw, at, self._targets.index(target), here)
                for name in PERSONAL:
                    self._values[name][where] = metrics[name]

    def finish(self, trial: Trial) -> None:
        data = trial.dataset()
        for name, variable in {**data.data_vars, **data.coords}.items():
            values = np.asarray(variable.values)
            array = self._group.create_array(
                str(name),
                shape=values.shape,
                dtype=str if values.dtype.kind == "U" else values.dtype,
                dimension_names=[str(one) for one in variable.dims],
            )
            array[...] = values.astype(object) if values.dtype.kind == "U" else values
            array.attrs.update({str(k): v for k, v in variable.attrs.items()})
        people = trial.population.people(0, 1)
        codes = {"ancestry": people.ancestries} | {
            gene.lower(): names for gene, names in people.phenotypes.items()
        }
        for name, names in codes.items():
            self._group[name].attrs["flag_values"] = list(range(-1, len(names)))
            self._group[name].attrs["flag_meanings"] = " ".join(["unknown", *names])
        self._group.attrs.update(data.attrs)

    def close(self) -> None:
        """Nothing stays open."""


def _coded(people: People) -> dict[str, np.ndarray]:
    """Who people are, words as their numbers."""
    return {
        "age_y": people.age_y,
        "weight_kg": people.weight_kg,
        "height_cm": people.height_cm,
        "female": people.female,
        "smoker": people.smoker,
        "ancestry": people.ancestry,
        **{gene.lower(): codes for gene, codes in people.phenotype.items()},
    }

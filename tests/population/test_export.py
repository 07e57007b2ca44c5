"""Exports: every person in the file, and nothing half-written under its name."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from occupancy.population import ExportError, Population, trial

ARMS = ["risperidone 4 mg daily for 2 days", "citalopram 20 mg daily for 2 days"]
PEOPLE = Population(700, seed=6, ancestry="european")


@pytest.fixture(params=[".parquet", ".zarr"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    pytest.importorskip({".parquet": "pyarrow", ".zarr": "zarr"}[request.param])
    return tmp_path / f"people{request.param}"


def test_a_table_has_a_row_for_every_person_and_target(tmp_path: Path, everybody) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "people.parquet"
    result = trial(ARMS, PEOPLE, chunk=256, draws=2, export=path, reducers=[everybody])
    table = pq.read_table(path)
    assert table.num_rows == 2 * 2 * 700
    assert table.schema.metadata[b"seed"] == b"6"
    frame = table.to_pandas()
    here = frame[(frame.arm == ARMS[0]) & (frame.draw == 1)]
    assert here.target.unique().tolist() == ["D2"]
    assert np.array_equal(here.person, np.arange(700))
    kept = result.arms[ARMS[0]].reduced["everybody"][1]
    assert np.array_equal(here.average, kept["average"])
    assert np.array_equal(here.time_in_window, kept["in_window"])
    people = PEOPLE.people()
    assert np.array_equal(here.age_y, people.age_y)
    assert set(here.cyp2d6) <= {"PM", "IM", "NM"}
    assert [one.name for one in tmp_path.iterdir()] == ["people.parquet"]


def test_a_group_opens_in_xarray(tmp_path: Path, everybody) -> None:
    pytest.importorskip("zarr")
    import xarray as xr

    path = tmp_path / "people.zarr"
    result = trial(ARMS, PEOPLE, chunk=256, draws=2, export=path, reducers=[everybody])
    with xr.open_zarr(path, consolidated=False) as data:
        assert data.sizes["person"] == 700
        assert np.allclose(data.occupancy, result.dataset().occupancy, equal_nan=True, rtol=0)
        trough = data.person_trough.sel(arm=ARMS[1], target="SERT").isel(draw=1)
        kept = result.arms[ARMS[1]].reduced["everybody"][1]
        assert np.array_equal(trough, kept["trough"])
        assert np.isnan(data.person_trough.sel(arm=ARMS[1], target="D2")).all()
        assert np.array_equal(data.age_y, PEOPLE.people().age_y)
        words = data.cyp2c19.attrs["flag_meanings"].split()
        assert dict(zip(data.cyp2c19.attrs["flag_values"], words, strict=True))[-1] == "unknown"
        assert data.attrs["people"] == 700


def test_a_trial_that_is_stopped_leaves_nothing(path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial(ARMS, PEOPLE, chunk=256, export=path, progress=stop)
    assert list(path.parent.iterdir()) == []


def test_an_older_file_stays_until_the_new_one_is_whole(path: Path) -> None:
    trial(ARMS[:1], Population(20), export=path)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trial(ARMS, PEOPLE, export=path, progress=stop)
    assert rows(path) == 20
    trial(ARMS[:1], Population(30), export=path)
    assert rows(path) == 30
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return importlib.import_module("pyarrow.parquet").read_table(path).num_rows
    return importlib.import_module("zarr").open_group(path, mode="r")["age_y"].shape[0]


@pytest.mark.parametrize("ending", ["parquet", "zarr"])
def test_a_full_disk_is_told_and_nothing_is_left(ending: str, tmp_path: Path) -> None:
    """The largest file a process may write is set below what the export needs."""
    package = {"parquet": "pyarrow.parquet", "zarr": "zarr"}[ending]
    pytest.importorskip(package)
    code = (
        "import resource, sys, signal\n"
        "from occupancy.population import Population, trial\n"
        f"import {package}\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "try:\n"
        f"    trial({ARMS!r}, Population(5000), export={str(tmp_path / f'p.{ending}')!r})\n"
        "except ValueError as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert "ExportError" in done.stdout, done.stderr
    assert "nothing was kept" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["people.csv", "people", "nowhere/people.parquet"])
def test_names_that_cannot_be(name: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"not an export format|does not exist"):
        trial(ARMS, PEOPLE, export=tmp_path / name)


def test_what_is_not_ours_is_not_replaced(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("zarr")
    for name in ("people.parquet", "people.zarr"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "letters").touch()
        with pytest.raises(ExportError, match="choose another name"):
            trial(ARMS, PEOPLE, export=tmp_path / name)
        assert (tmp_path / name / "letters").exists()


@pytest.mark.parametrize(("ending", "package"), [("parquet", "pyarrow"), ("zarr", "zarr")])
def test_a_package_that_is_not_installed_is_told(
    ending: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExportError, match=rf"{package} is not installed.*occupancy\[export\]"):
        trial(ARMS, PEOPLE, export=tmp_path / f"people.{ending}")
    assert list(tmp_path.iterdir()) == []

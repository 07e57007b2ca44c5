"""How the tests find the reference data."""

from pathlib import Path

import pytest

from beside import CHECKOUT, reference


def test_they_are_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCCUPANCY_SHARED", str(tmp_path))
    (tmp_path / "table.csv").touch()
    assert reference("table.csv") == tmp_path / "table.csv"
    with pytest.raises(pytest.skip.Exception, match=r"absent\.csv; set OCCUPANCY_SHARED"):
        reference("absent.csv")


@pytest.mark.parametrize("said", [None, ""])
def test_else_they_are_beside_the_checkout(
    said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said is None:
        monkeypatch.delenv("OCCUPANCY_SHARED", raising=False)
    else:
        monkeypatch.setenv("OCCUPANCY_SHARED", said)
    assert (CHECKOUT / "pyproject.toml").is_file()
    with pytest.raises(pytest.skip.Exception) as skipped:
        reference("absent.csv")
    assert str(CHECKOUT.parent) in str(skipped.value)

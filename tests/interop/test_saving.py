"""Files are written whole or not at all."""

from pathlib import Path

import pytest

from occupancy.interop.saving import ExportError, save


def test_text_and_bytes_arrive_as_they_are(tmp_path: Path) -> None:
    assert save("é\r\n", tmp_path / "a.csv").read_bytes() == "é\r\n".encode()
    assert save(b"\x00\r\n", tmp_path / "a.csv").read_bytes() == b"\x00\r\n"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_that_is_not_there_or_a_folder_as_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="does not exist; make it first"):
        save("x", tmp_path / "none" / "a.csv")
    with pytest.raises(ExportError, match="is a folder"):
        save("x", tmp_path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch) -> None:
    path = save("old", tmp_path / "a.csv")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ExportError, match="No space left on device"):
        save("new", path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]

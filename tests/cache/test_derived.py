from pathlib import Path

import pytest

from cache.derived import check_digests, derive, is_whole
from cache.errors import Damaged, StoreError


def _fill(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "weights.bin").write_bytes(b"0123456789")
    (folder / "settings.json").write_text("{}")


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def fill(folder: Path) -> None:
        made.append(folder)
        _fill(folder)

    target = tmp_path / "new" / "model"
    assert derive(target, fill) == derive(target, fill) == target
    assert len(made) == 1
    assert is_whole(target)
    assert sorted(path.name for path in target.parent.iterdir()) == ["model"]


def test_a_failed_fill_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        _fill(folder)
        raise OSError("disk full")

    with pytest.raises(StoreError, match="disk full"):
        derive(tmp_path / "model", fail)
    assert list(tmp_path.iterdir()) == []


def test_a_changed_byte_is_found_and_the_folder_made_again(tmp_path: Path) -> None:
    folder = derive(tmp_path / "model", _fill)
    (folder / "deep" / "weights.bin").write_bytes(b"0123456780")
    assert is_whole(folder)  # of the right sizes
    with pytest.raises(Damaged, match=r"weights\.bin"):
        check_digests(folder)
    derive(folder, _fill)
    check_digests(folder)


def test_a_missing_or_cut_file_is_found_by_size(tmp_path: Path) -> None:
    folder = derive(tmp_path / "model", _fill)
    (folder / "settings.json").write_text("")
    assert not is_whole(folder)
    (folder / "settings.json").unlink()
    assert not is_whole(folder)
    assert not is_whole(tmp_path / "nowhere")


def test_another_process_that_was_quicker_wins(tmp_path: Path) -> None:
    target = tmp_path / "model"

    def late(folder: Path) -> None:
        _fill(folder)
        derive_other = tmp_path / "other"
        derive(derive_other, _fill)
        derive_other.rename(target)

    assert derive(target, late) == target
    check_digests(target)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]

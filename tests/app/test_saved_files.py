"""Files of one export never stand in each other's way, and those from before can be brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mt3_desktop.app.recycle_bin import Binned, bring_back
from mt3_desktop.app.saved_files import SavedFiles, numbered
from mt3_desktop.core.errors import NotWritable


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def discard(bin_folder: Path) -> Callable[[Path], Binned]:
    def discard(path: Path) -> Binned:
        return Binned(path, path.rename(bin_folder / f"{len(list(bin_folder.iterdir()))} {path.name}"))

    return discard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def writer(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_replacing_never_bins_what_the_same_export_wrote(
    folder: Path, bin_folder: Path, discard: Callable[[Path], Binned]
) -> None:
    (folder / "c.mid").write_text("from before")
    files = SavedFiles("replace", discard=discard)

    for text in ("first", "second", "third"):
        files.put(folder / "c.mid", writer(text))
    files.put(folder / "C.mid", writer("the same name where case is ignored"))

    assert contents(folder) == {
        "c.mid": "first",
        "c (2).mid": "second",
        "c (3).mid": "third",
        "C (4).mid": "the same name where case is ignored",
    }
    assert list(contents(bin_folder).values()) == ["from before"]
    assert [path.name for path in files.written] == ["c.mid", "c (2).mid", "c (3).mid", "C (4).mid"]


def test_the_same_export_again_replaces_each_of_its_files(
    folder: Path, bin_folder: Path, discard: Callable[[Path], Binned]
) -> None:
    for take in ("old", "new"):
        files = SavedFiles("replace", discard=discard)
        for song in (1, 2):
            files.put(folder / "c.mid", writer(f"{take} {song}"))

    assert contents(folder) == {"c.mid": "new 1", "c (2).mid": "new 2"}
    assert sorted(contents(bin_folder).values()) == ["old 1", "old 2"]


def test_numbering_keeps_everything(folder: Path) -> None:
    (folder / "c.mid").write_text("from before")
    files = SavedFiles("number")

    for text in ("first", "second"):
        files.put(folder / "c.mid", writer(text))

    assert contents(folder) == {"c.mid": "from before", "c (2).mid": "first", "c (3).mid": "second"}
    assert files.binned == []


def test_equal_names_of_a_plan_are_numbered() -> None:
    wanted = [Path("a.mid"), Path("A.mid"), Path("b.mid"), Path("a.mid")]

    assert numbered(wanted) == (Path("a.mid"), Path("A (2).mid"), Path("b.mid"), Path("a (3).mid"))


def test_a_file_that_cannot_be_binned_leaves_both(folder: Path) -> None:
    def refuse(path: Path) -> Binned:
        raise PermissionError(path)

    (folder / "c.mid").write_text("from before")
    files = SavedFiles("replace", discard=refuse)

    with pytest.raises(NotWritable, match=r'saved as "c \(2\).mid"'):
        files.put(folder / "c.mid", writer("new"))

    assert contents(folder) == {"c.mid": "from before", "c (2).mid": "new"}
    assert files.written == [folder / "c (2).mid"]


def test_what_was_replaced_comes_back_and_the_new_one_stays_beside_it(
    folder: Path, bin_folder: Path, discard: Callable[[Path], Binned]
) -> None:
    (folder / "c.mid").write_text("from before")
    files = SavedFiles("replace", discard=discard)
    files.put(folder / "c.mid", writer("new"))

    aside = bring_back(files.binned[0])

    assert aside == folder / "c (2).mid"
    assert contents(folder) == {"c.mid": "from before", "c (2).mid": "new"}
    assert contents(bin_folder) == {}


def test_what_is_not_in_the_bin_any_more_is_said(folder: Path) -> None:
    (folder / "c.mid").write_text("new")

    with pytest.raises(NotWritable, match="recycle bin"):
        bring_back(Binned(folder / "c.mid", folder / "nowhere"))

    assert contents(folder) == {"c.mid": "new"}

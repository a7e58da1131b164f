"""Files are written whole or not at all; tables say what their documentation says."""

from __future__ import annotations

import csv
import errno
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

import mido
import pytest

from mt3_desktop.core import export
from mt3_desktop.core.errors import DiskFull, NotWritable
from mt3_desktop.core.export.files import write_atomically
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note, Transcription

SONG = Transcription(
    (
        Note(0.0, 1.0, 61, 100, 0),
        Note(0.5, 0.6, 38, 90, 0, is_drum=True),
        Note(1.0, 2.0, 40, 80, 33, confidence=0.5),
    ),
    2.5,
    "fake",
    "söng.wav",
)


def put(content: bytes) -> object:
    def write(file: BinaryIO) -> None:
        file.write(content)

    return write


# --- kinds ---


@pytest.mark.parametrize("name", ["song.mid", "SONG.MIDI", "🎵 söng.csv", "song.json"])
def test_ending_chooses_the_kind(tmp_path: Path, name: str) -> None:
    assert SONG.save(tmp_path / name) == tmp_path / name
    start = (tmp_path / name).read_bytes()[:4]
    assert (
        start
        == {".mid": b"MThd", ".midi": b"MThd", ".csv": b"onse", ".json": b'{\n "'}[Path(name).suffix.lower()]
    )


def test_strange_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match=r"must end with one of \.mid"):
        SONG.save(tmp_path / "song.doc")
    assert not list(tmp_path.iterdir())


def test_kind_can_be_forced(tmp_path: Path) -> None:
    assert export.write(SONG, tmp_path / "song.txt", kind=export.Format.CSV).read_text().startswith("onset,")


def test_csv_is_as_documented(tmp_path: Path) -> None:
    with SONG.save(tmp_path / "song.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "onset": "0.000000", "offset": "1.000000", "pitch": "61", "velocity": "100", "program": "0",
        "is_drum": "0", "confidence": "", "instrument": "Acoustic grand piano", "note": "C♯4",
    }  # fmt: skip
    assert (rows[1]["is_drum"], rows[1]["instrument"], rows[1]["note"]) == ("1", "Drums", "Acoustic snare")
    assert rows[2]["confidence"] == "0.500000"


def test_json_is_as_documented(tmp_path: Path) -> None:
    document = json.loads(SONG.save(tmp_path / "song.json").read_text(encoding="utf-8"))
    assert document["format"] == "mt3-desktop/notes"
    assert document["version"] == 1
    assert (document["source"], document["model"], document["duration"]) == ("söng.wav", "fake", 2.5)
    assert [one["name"] for one in document["instruments"]] == [
        "Acoustic grand piano", "Electric bass (finger)", "Drums",
    ]  # fmt: skip
    assert document["notes"][2] == {
        "onset": 1.0, "offset": 2.0, "pitch": 40, "velocity": 80, "program": 33, "is_drum": False,
        "confidence": 0.5,
    }  # fmt: skip


def test_one_file_per_track(tmp_path: Path) -> None:
    named = [Track(Instrument(33), "Bass: low/high", 1, 1), Track(Instrument(0), "bass- low-high", 0, 1)]
    paths = export.write_each_track(SONG, tmp_path / "song.mid", tracks=named)
    assert [path.name for path in paths] == [
        "song - bass- low-high.mid", "song - Bass- low-high (2).mid", "song - Drums.mid",
    ]  # fmt: skip
    assert [mido.MidiFile(path, charset="utf-8").tracks[1].name for path in paths] == [
        "bass- low-high", "Bass: low/high", "Drums",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "safe"),
    [("A/B", "A-B"), ("..", "-"), ("Lead 1 (square)", "Lead 1 (square)"), ("a\nb?", "a-b-"), ("", "-")],
)
def test_names_for_every_system(text: str, safe: str) -> None:
    assert export.file_name(text) == safe


# --- whole or not at all ---


def test_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"old")
    write_atomically(path, put(b"new"))
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["song.mid"]


@pytest.mark.parametrize("error", [ValueError("bug"), KeyboardInterrupt(), OSError(errno.EIO, "broken")])
def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "song.mid"
    path.write_bytes(b"old")

    def fail_half_way(file: BinaryIO) -> None:
        file.write(b"ne")
        raise error

    with pytest.raises((type(error), NotWritable)):
        write_atomically(path, fail_half_way)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["song.mid"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_said(tmp_path: Path, code: int) -> None:
    def fail(_file: BinaryIO) -> None:
        raise OSError(code, os.strerror(code))

    with pytest.raises(DiskFull, match=r'Disk full — "song.mid" was not saved\. .* has no room left\.'):
        write_atomically(tmp_path / "song.mid", fail)
    assert not list(tmp_path.iterdir())


def test_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, "full")

    stick = tmp_path / "stick"
    (stick / "songs").mkdir(parents=True)
    monkeypatch.setattr(os.path, "ismount", lambda place: Path(place) == stick)
    with pytest.raises(DiskFull, match=f"{stick} has no room left"):
        write_atomically(stick / "songs" / "song.mid", fail)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="names of open files are those of Unix")
def test_pipe_is_written_through_its_name() -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as pipe:
        write_atomically(Path(f"/dev/fd/{writer}"), put(b"notes"))
        os.close(writer)
        assert pipe.read() == b"notes"


@pytest.mark.parametrize("addition", ["", " - Drums", " (12)"])
def test_names_made_of_others_fit(tmp_path: Path, addition: str) -> None:
    assert export.fitting(tmp_path / "song.mid", addition) == tmp_path / f"song{addition}.mid"
    long = export.fitting(tmp_path / f"{'ö' * 126}.mid", addition)
    assert len(os.fsencode(long.name)) <= 255
    assert long.name.endswith(f"ö{addition}.mid")
    long.touch()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_device_is_written_and_never_replaced() -> None:
    with pytest.raises(DiskFull):
        export.write(SONG, Path("/dev/full"), kind=export.Format.MIDI)
    assert Path("/dev/full").is_char_device()


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match=r"Can't save in .*There is no such folder\."):
        SONG.save(tmp_path / "gone" / "song.mid")


def test_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match="There is no such folder"):
        SONG.save(tmp_path / "file" / "song.mid")


def test_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "song.mid").mkdir()
    with pytest.raises(NotWritable, match="There is a folder of that name"):
        SONG.save(tmp_path / "song.mid")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_and_file(tmp_path: Path) -> None:
    (tmp_path / "song.mid").touch(mode=0o444)
    with pytest.raises(NotWritable, match="read-only"):
        SONG.save(tmp_path / "song.mid")
    tmp_path.chmod(0o555)
    with pytest.raises(NotWritable, match="read-only"):
        SONG.save(tmp_path / "other.mid")


def test_refusal_of_the_system_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: Path, _target: Path) -> None:
        raise PermissionError(errno.EACCES, "open elsewhere")  # what Windows says of a file in use

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(NotWritable, match="read-only or the file is open elsewhere"):
        SONG.save(tmp_path / "song.mid")
    assert not list(tmp_path.iterdir())


def test_longest_possible_name(tmp_path: Path) -> None:
    name = "ö" * 125 + ".mid"  # 254 bytes
    assert SONG.save(tmp_path / name).exists()
    with pytest.raises(NotWritable, match="name is too long"):
        SONG.save(tmp_path / ("ö" * 127 + ".mid"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "song.mid").write_bytes(b"old")
    (tmp_path / "song.mid").symlink_to(tmp_path / "real" / "song.mid")
    write_atomically(tmp_path / "song.mid", put(b"new"))
    assert (tmp_path / "real" / "song.mid").read_bytes() == b"new"
    assert (tmp_path / "song.mid").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_mode_is_that_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    usual = (tmp_path / "usual").stat().st_mode
    assert SONG.save(tmp_path / "song.mid").stat().st_mode == usual
    (tmp_path / "song.mid").chmod(0o600)
    assert SONG.save(tmp_path / "song.mid").stat().st_mode & 0o777 == 0o600


def test_numbered_names(tmp_path: Path) -> None:
    path = tmp_path / "song.mid"
    assert export.unused(path, also_on_disk=True) == path
    path.touch()
    assert export.unused(path) == path
    assert export.unused(path, also_on_disk=True).name == "song (2).mid"
    assert (
        export.unused(path, taken=[tmp_path / "SONG.mid", tmp_path / "song (2).mid"]).name == "song (3).mid"
    )

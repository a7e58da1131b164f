"""A session comes back as it was kept; what is no session is said to be none."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mt3_desktop.core import session as sessions
from mt3_desktop.core.candidates import CANDIDATE_TYPE, Candidates
from mt3_desktop.core.errors import DamagedSession, DiskFull
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.session import AudioReference, AudioState, Session, Take, files
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note
from tests.helpers.fake_family import SCRIPT

TAKE = Take(
    model_id="mt3_pytorch",
    raw=SCRIPT,
    sounding=(Note(3.9, 4.0, 50, 90, 12),),
    edited=SCRIPT[:2],
    tracks=(Track(Instrument(0), "Klavier 🎹", 3, 2, shown=False, muted=True, soloed=True, level=0.5),),
    redirects={Instrument(12): Instrument(0), Instrument(33): Instrument(0, is_drum=True)},
    cleanup={"min_seconds": 0.05, "doubles": True, "family": None},
    next_segment=7,
    duration=123.456,
    heard_until=14.336,
    is_complete=False,
    invalid_events=3,
    dropped_events=4,
)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "söng 🎵.wav"
    path.write_bytes(os.urandom(3_000_000))
    return path


@pytest.fixture
def session(song: Path) -> Session:
    return Session(
        id=sessions.new_id(),
        audio=AudioReference.to(song),
        takes=(TAKE, Take("lite", is_complete=True)),
        current=1,
        view={"zoom": 1.5, "loop": None, "name": "ü", "follow": True, "row": 3},
    )


@pytest.fixture
def kept(session: Session, tmp_path: Path) -> Path:
    return sessions.save(session, sessions.path_in(tmp_path, session.id))


def test_comes_back_as_it_was(session: Session, kept: Path) -> None:
    assert sessions.load(kept) == session
    assert kept.name == f"{session.id}.mt3session"


def test_numbers_are_exact(tmp_path: Path, session: Session) -> None:
    random = np.random.default_rng(5)
    notes = tuple(
        Note(float(on), float(on + 0.1), int(pitch), 100, 5, confidence=float(on) / 1000)
        for on, pitch in zip(random.uniform(0, 1000, 500), random.integers(0, 128, 500), strict=True)
    )
    path = sessions.save(replace(session, takes=(Take("x", notes),)), tmp_path / "exact.mt3session")
    assert sessions.load(path).takes[0].raw == notes


def test_no_edits_differ_from_all_deleted(tmp_path: Path, session: Session) -> None:
    for edited in (None, ()):
        path = sessions.save(
            replace(session, takes=(Take("x", SCRIPT, edited=edited),)), tmp_path / "s.mt3session"
        )
        assert sessions.load(path).takes[0].edited == edited


def test_fifty_thousand_notes_are_kept(tmp_path: Path, session: Session) -> None:
    notes = tuple(Note(i / 100, i / 100 + 0.5, i % 128, 100, i % 128) for i in range(50_000))
    big = replace(session, takes=(Take("x", notes),))
    path = sessions.save(big, tmp_path / "big.mt3session")
    assert path.stat().st_size < 2_000_000
    assert sessions.load(path) == big


# --- what is wrong with it ---


def refused(path: Path) -> DamagedSession:
    before = path.read_bytes()
    with pytest.raises(DamagedSession) as caught:
        sessions.load(path)
    assert path.read_bytes() == before
    return caught.value


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, 0.999])
def test_cut_short(kept: Path, share: float) -> None:
    content = kept.read_bytes()
    kept.write_bytes(content[: int(len(content) * share)])
    assert refused(kept).message == f'"{kept.name}" can\'t be opened.'


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 rubbish", os.urandom(10_000), b"{}"])
def test_rubbish(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mt3session"
    path.write_bytes(content)
    assert "damaged, or not a session" in refused(path).hint


def test_every_flipped_byte_of_the_content_is_found_or_harmless(kept: Path, session: Session) -> None:
    content = kept.read_bytes()
    for position in range(0, len(content), max(1, len(content) // 200)):
        changed = bytearray(content)
        changed[position] ^= 0x55
        kept.write_bytes(changed)
        with contextlib.suppress(DamagedSession):
            assert sessions.load(kept) == session


def altered(kept: Path, change: Callable[[dict], object]) -> Path:
    with zipfile.ZipFile(kept) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(members["session.json"])
    change(document)
    with zipfile.ZipFile(kept, "w") as archive:
        for name, member in (members | {"session.json": json.dumps(document).encode()}).items():
            archive.writestr(name, member)
    return kept


def test_newer_version_is_named(kept: Path) -> None:
    error = refused(altered(kept, lambda document: document.update(version=99)))
    assert error.message == f'"{kept.name}" was made by a newer version of MT3 Desktop.'


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format="other"),
        lambda d: d.update(version="1"),
        lambda d: d.update(version=0),
        lambda d: d.pop("takes"),
        lambda d: d.update(takes=3),
        lambda d: d.update(id=5),
        lambda d: d["takes"].append({}),
        lambda d: d["takes"][0].update(next_segment="7"),
        lambda d: d["takes"][0].update(duration="long"),
        lambda d: d["takes"][0]["tracks"][0].update(instrument=[300, False]),
        lambda d: d["takes"][0]["tracks"][0].update(name=None),
        lambda d: d["takes"][0].update(redirects=[[1]]),
        lambda d: d["audio"].update(size_bytes=None),
        lambda d: d.update(view=[]),
    ],
)
def test_wrong_content_is_refused(kept: Path, change: Callable[[dict], object]) -> None:
    refused(altered(kept, change))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("onset", np.nan),
        ("onset", -1.0),
        ("offset", np.inf),
        ("offset", 0.0),
        ("pitch", 200),
        ("velocity", 255),
    ],
)
def test_impossible_notes_are_refused(tmp_path: Path, session: Session, field: str, value: float) -> None:
    from mt3_desktop.core.session.arrays import notes_to_array

    path = sessions.save(replace(session, takes=(Take("x", SCRIPT),)), tmp_path / "x.mt3session")
    array = notes_to_array(SCRIPT[1:])
    array[field][0] = value
    with zipfile.ZipFile(path) as archive:
        header = archive.read("session.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", header)
        archive.writestr("takes/0/raw.notes", array.tobytes())
        archive.writestr("takes/0/sounding.notes", b"")
    refused(path)


def test_traps_are_refused(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_MEMBER_BYTES", 100)
    assert "claims" in refused(kept).detail


def test_deep_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.mt3session"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", "[" * 200_000)
    refused(path)


def test_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sessions.load(tmp_path / "gone.mt3session")


def test_folder_gives_what_is_whole_and_says_what_is_not(tmp_path: Path, session: Session) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    for number in range(3):
        path = sessions.save(replace(session, id=str(number)), sessions.path_in(folder, str(number)))
        os.utime(path, (number, number))
    (folder / "bad.mt3session").write_bytes(b"rubbish")
    (folder / "other.txt").write_bytes(b"not ours")
    found, damaged = sessions.load_all(folder)
    assert [one.id for one in found] == ["2", "1", "0"]
    assert [error.message for error in damaged] == ['"bad.mt3session" can\'t be opened.']


def test_no_folder_is_no_sessions(tmp_path: Path) -> None:
    assert sessions.load_all(tmp_path / "none") == ((), ())


# --- versions ---


def test_old_versions_are_carried_over_step_by_step() -> None:
    steps = {
        1: lambda document: document | {"takes": document["results"]},
        2: lambda document: document | {"view": {"zoom": document["zoom"]}},
    }
    old = {"format": files.FORMAT, "version": 1, "results": [1], "zoom": 2}
    new = files.migrated(old, name="x", migrations=steps, version=3)
    assert (new["version"], new["takes"], new["view"]) == (3, [1], {"zoom": 2})
    assert old["version"] == 1


def test_every_older_version_has_its_migration() -> None:
    assert set(files.MIGRATIONS) == set(range(1, files.VERSION))


def test_session_of_version_1_is_read_for_ever(golden: Callable[[str], Path]) -> None:
    kept = sessions.load(golden("session/version-1.mt3session"))
    assert kept.takes == (TAKE, Take("lite", is_complete=True))
    assert kept.audio.path == Path("song.wav")
    assert (kept.current, kept.has_sound) == (1, False)


def test_session_of_version_2_is_read_for_ever(golden: Callable[[str], Path]) -> None:
    kept = sessions.load(golden("session/version-2.mt3session"))
    assert kept.takes == (Take("lite", is_complete=True), TAKE)
    assert kept.audio.path == Path("/music/Nocturne.m4a")
    assert (kept.current, kept.has_sound, kept.view) == (1, False, {"zoom": 2.5, "bpm": 96.0})


# --- what else the model thought possible ---


def weighed() -> Take:
    rows = [
        (0.5, 1.0, 0.9, 0.1, 60, 90, 0, False),
        (0.5, 0.55, math.nan, 0.7, 38, 80, 0, True),
        (2.0, 4.5, 0.2, 0.8, 60, 50, 33, False),
        (3.0039, 3.0, 0.1, 0.97, 61, 50, 33, False),  # seen in a real run: over before it has begun
    ]
    candidates = Candidates(np.array(rows, CANDIDATE_TYPE))
    taken = (Note(0.5, 0.5, 60, 0, 0),)
    return Take("lite", candidates.at(0.5), sensitivity=0.75, taken=taken, candidates=candidates)


def test_candidates_and_what_was_taken_of_them_come_back(session: Session, tmp_path: Path) -> None:
    path = sessions.save(replace(session, takes=(weighed(), TAKE)), tmp_path / "s.mt3session")

    assert sessions.load(path).takes == (weighed(), TAKE)


def test_candidates_are_small(session: Session, tmp_path: Path) -> None:
    """Three minutes of a band have about 6,400."""
    table = np.zeros(6_400, CANDIDATE_TYPE)
    without = sessions.save(replace(session, takes=(Take("lite"),)), tmp_path / "a.mt3session")
    take = Take("lite", candidates=Candidates(table))
    path = sessions.save(replace(session, takes=(take,)), tmp_path / "b.mt3session")

    assert path.stat().st_size - without.stat().st_size < 250_000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("onset", -1.0),
        ("onset", 9.0),
        ("end", math.nan),
        ("appears", math.inf),
        ("pitch", 200),
        ("program", 200),
    ],
)
def test_candidates_that_cannot_be_are_refused(
    session: Session, tmp_path: Path, field: str, value: float
) -> None:
    take = weighed()
    assert take.candidates is not None
    table = take.candidates.table.copy()
    table[field][0] = value
    bad = replace(take, candidates=Candidates(table))

    refused(sessions.save(replace(session, takes=(bad,)), tmp_path / "bad.mt3session"))


# --- whole or not at all ---


def test_full_disk_keeps_the_old_session(
    kept: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        sessions.save(replace(session, current=0), kept)
    assert sessions.load(kept) == session


@pytest.mark.skipif(sys.platform == "win32", reason="has no kill -9")
def test_killed_while_it_saves(tmp_path: Path, song: Path) -> None:
    """Whenever the program is killed, the session on disk is one that was saved."""
    script = f"""
from pathlib import Path
from mt3_desktop.core import session as s
from mt3_desktop.core.values import Note
audio = s.AudioReference.to(Path({str(song)!r}))
number = 0
while True:
    number += 1
    notes = tuple(Note(i / 10, i / 10 + 1, 60, 100, 0) for i in range(number % 50 * 100))
    take = s.Take("m", notes, next_segment=len(notes))
    s.save(s.Session("x", audio, (take,)), Path({str(tmp_path)!r}) / "x.mt3session")
    print(number, flush=True)
"""
    for lines in (1, 9):
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        take = sessions.load(tmp_path / "x.mt3session").takes[0]
        assert take.next_segment == len(take.raw)


# --- the recording ---


def test_recording_is_known_wherever_it_lies(song: Path, tmp_path: Path) -> None:
    reference = AudioReference.to(song)
    assert reference.state() is AudioState.HERE
    moved = song.rename(tmp_path / "moved.wav")
    assert reference.state() is AudioState.GONE
    assert reference.is_at(moved)


def test_touched_but_equal_is_the_same(song: Path) -> None:
    reference = AudioReference.to(song)
    os.utime(song, (1, 1))
    assert reference.state() is AudioState.HERE


def test_other_content_is_seen(song: Path) -> None:
    reference = AudioReference.to(song)
    song.write_bytes(os.urandom(3_000_000))
    os.utime(song, (1, 1))
    assert reference.state() is AudioState.CHANGED
    song.write_bytes(b"short")
    assert reference.state() is AudioState.CHANGED


def test_hashing_can_be_stopped(song: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        AudioReference.to(song, cancel=cancel)

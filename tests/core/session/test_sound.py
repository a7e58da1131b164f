"""The recording inside a session: whole, or a sentence; and never a trap."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mt3_desktop.core import session as sessions
from mt3_desktop.core.errors import DamagedSession, DiskFull, NotWritable
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.session import AudioReference, Session, Take, sound, take_out
from tests.helpers.fake_family import SCRIPT

CONTENT = os.urandom(2_500_000)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "Été ☂.wav"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def kept(tmp_path: Path, recording: Path) -> Path:
    session = Session("x", AudioReference.to(recording), (Take("lite", SCRIPT),), has_sound=True)
    return sessions.save(session, tmp_path / "whole.mt3session")


def test_the_recording_comes_out_as_it_went_in(tmp_path: Path, kept: Path, recording: Path) -> None:
    session = sessions.load(kept)
    recording.unlink()
    assert session.has_sound

    audio = take_out(kept, session.audio, tmp_path / "recordings")

    assert audio.path.read_bytes() == CONTENT
    assert audio.path.name == recording.name
    assert audio.is_at(audio.path)
    assert (tmp_path / "recordings") in audio.path.parents


def test_it_is_taken_out_once(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = sessions.load(kept).audio
    first = take_out(kept, audio, tmp_path / "recordings")
    kept.unlink()

    assert take_out(kept, audio, tmp_path / "recordings") == first


Change = Callable[[dict[str, Any], dict[str, bytes]], object]


def rewritten(kept: Path, change: Change, packed: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(kept) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    document = json.loads(members["session.json"])
    change(document, members)
    members["session.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member, packed if name == sound.MEMBER else zipfile.ZIP_STORED)
    return kept


@pytest.mark.parametrize(
    "change",
    [
        lambda _document, members: members.pop(sound.MEMBER),
        lambda _document, members: members.update({sound.MEMBER: CONTENT[:-1]}),
        lambda _document, members: members.update({sound.MEMBER: CONTENT[:-1] + b"x"}),
        lambda document, _members: document["audio"].update(sha256="../../evil"),
        lambda document, _members: document["audio"].update(sha256=""),
    ],
    ids=["missing", "short", "other", "a hash that is a path", "no hash"],
)
def test_another_recording_is_refused_and_nothing_is_left(tmp_path: Path, kept: Path, change: Change) -> None:
    audio = sessions.load(rewritten(kept, change)).audio

    with pytest.raises(DamagedSession, match="The recording inside"):
        take_out(kept, audio, tmp_path / "recordings")

    assert not [path for path in (tmp_path / "recordings").rglob("*") if path.is_file()]


def test_a_bomb_is_not_unpacked(tmp_path: Path, kept: Path) -> None:
    """A thousand times the size of the file, as its own account says too."""
    zeros = bytes(len(CONTENT))
    bomb = rewritten(kept, lambda _d, members: members.update({sound.MEMBER: zeros}), zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < len(CONTENT) / 100

    with pytest.raises(DamagedSession):
        take_out(bomb, sessions.load(bomb).audio, tmp_path / "recordings")


def test_packed_notes_are_refused(tmp_path: Path, kept: Path) -> None:
    with zipfile.ZipFile(kept) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)

    with pytest.raises(DamagedSession):
        sessions.load(kept)


def test_a_name_from_elsewhere_stays_in_its_folder(tmp_path: Path, kept: Path) -> None:
    def climb(document: dict[str, Any], _members: object) -> None:
        document["audio"]["path"] = "C:\\Users\\me\\..\\.."

    audio = sessions.load(rewritten(kept, climb)).audio
    taken_out = take_out(kept, audio, tmp_path / "recordings").path.resolve()

    assert taken_out.parent.parent == (tmp_path / "recordings").resolve()


@pytest.mark.parametrize(("number", "kind"), [(28, DiskFull), (13, NotWritable)])
def test_a_disk_that_refuses_is_a_sentence(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    audio = sessions.load(kept).audio

    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(kind):
        take_out(kept, audio, tmp_path / "recordings")


def test_saving_and_taking_out_can_be_stopped(tmp_path: Path, kept: Path) -> None:
    session, before = sessions.load(kept), kept.read_bytes()
    cancel = CancelToken()
    cancel.cancel()

    with pytest.raises(Cancelled):
        sessions.save(session, kept, cancel=cancel)
    with pytest.raises(Cancelled):
        take_out(kept, session.audio, tmp_path / "recordings", cancel=cancel)

    assert kept.read_bytes() == before
    assert [path.name for path in tmp_path.glob(".mt3-*")] == []

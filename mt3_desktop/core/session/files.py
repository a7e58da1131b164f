"""Sessions on disk: one file each, replaced as a whole, checked when read.

A `.mt3session` file is a zip archive (stored, not packed; its checksums find every flipped bit) of
`session.json` and, per take, notes as records of `arrays.NOTE_TYPE`: `takes/<n>/raw.notes`, `sounding.notes`
and `edited.notes`; where the user wants it so, also of the recording as it is (`sound`). Nothing in it is
executed, and nothing unpacked to disk, when it is read.
"""

from __future__ import annotations

import json
import logging
import struct
import uuid
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np

from mt3_desktop.core.candidates import USUAL, Candidates
from mt3_desktop.core.errors import DamagedSession
from mt3_desktop.core.export.files import write_atomically
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.session.arrays import (
    NOTE_TYPE,
    array_to_notes,
    bytes_to_candidates,
    notes_to_array,
)
from mt3_desktop.core.session.sound import put_in
from mt3_desktop.core.session.values import AudioReference, Session, Take
from mt3_desktop.core.span import Span
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note

log = logging.getLogger(__name__)

SUFFIX = ".mt3session"
FORMAT = "mt3-desktop/session"
VERSION = 4

HEADER = "session.json"
MAX_MEMBER_BYTES = 256 << 20
"""Ten million notes; a larger member is a trap, not music."""

_RUBBISH = (
    OSError, EOFError, zipfile.BadZipFile, zlib.error, struct.error,
    ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
    RuntimeError,  # a member that is encrypted, packed in an unknown way, or nested without end
)  # fmt: skip
"""What reading can raise when a file is not what it says."""

Document = dict[str, Any]
"""Parsed JSON, before it is known to be a session."""

Migration = Callable[[Document], Document]


def _from_1(document: Document) -> Document:
    """Version 1 named the current take by its model, and knew no sound inside."""
    models = [take["model_id"] for take in document["takes"]]
    current = document["current"]
    return document | {"current": models.index(current) if current in models else 0, "has_sound": False}


def _from_2(document: Document) -> Document:
    """Version 2 kept no candidates."""
    known = {"sensitivity": USUAL, "has_candidates": False, "n_taken": 0}
    return document | {"takes": [take | known for take in document["takes"]]}


def _from_3(document: Document) -> Document:
    """Version 3 knew no passages."""
    return document | {"takes": [take | {"span": [0.0, None]} for take in document["takes"]]}


MIGRATIONS: Mapping[int, Migration] = MappingProxyType({1: _from_1, 2: _from_2, 3: _from_3})
"""Version n → what makes a document of version n one of version n + 1. Never removed."""


def new_id() -> str:
    """An id that no other session has."""
    return uuid.uuid4().hex


def path_in(folder: Path, session_id: str) -> Path:
    """The file of a session in the program's folder of sessions."""
    return folder / f"{session_id}{SUFFIX}"


def save(session: Session, path: Path, *, cancel: CancelToken | None = None) -> Path:
    """Write a session, whole or not at all: a crash at any instant leaves the old file or the new one.

    Args:
        session: what to write; with `has_sound`, its recording too.
        path: where to.
        cancel: checked while the recording is copied.

    Returns:
        `path`.

    Raises:
        NotWritable: if it cannot be written there, or the recording not be read.
        DiskFull: if there is no room.
        Cancelled: after `cancel.cancel()`.
    """
    return write_atomically(path, lambda file: _write(session, file, cancel or CancelToken()))


def load(path: Path) -> Session:
    """Read a session.

    Raises:
        DamagedSession: if it is cut short, from a newer version, or no session at all.
        FileNotFoundError: if there is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            document = migrated(json.loads(_member(archive, HEADER)), name=path.name)
            return _session(document, archive)
    except FileNotFoundError:
        raise
    except _RUBBISH as error:
        raise _damaged(path.name, repr(error)) from error


def load_all(folder: Path) -> tuple[tuple[Session, ...], tuple[DamagedSession, ...]]:
    """Every session of a folder, the one changed last in front; and what is wrong with the rest."""
    sessions, damaged = [], []
    files = [(path.stat().st_mtime_ns, path) for path in folder.glob(f"*{SUFFIX}")]
    for _, path in sorted(files, reverse=True):
        try:
            sessions.append(load(path))
        except DamagedSession as error:
            log.info("session %s: %s", path.name, error.detail)
            damaged.append(error)
    return tuple(sessions), tuple(damaged)


def migrated(
    document: Document, *, name: str, migrations: Mapping[int, Migration] = MIGRATIONS, version: int = VERSION
) -> Document:
    """A document of any earlier version as one of this version.

    Raises:
        DamagedSession: if it is from a newer version, or no session.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _damaged(name, "it does not say that it is a session")
    stated = document.get("version")
    if not isinstance(stated, int) or stated < 1:
        raise _damaged(name, f"version {stated!r}")
    if stated > version:
        raise DamagedSession(
            f'"{name}" was made by a newer version of MT3 Desktop.',
            hint="Get that version to open it. The file was not changed.",
            detail=f"session version {stated}, this program knows {version}",
        )
    for number in range(stated, version):
        document = migrations[number](document) | {"version": number + 1}
    return document


# --- writing ---


def _write(session: Session, file: BinaryIO, cancel: CancelToken) -> None:
    document = {
        "format": FORMAT,
        "version": VERSION,
        "id": session.id,
        "audio": {
            "path": str(session.audio.path),
            "sha256": session.audio.sha256,
            "size_bytes": session.audio.size_bytes,
            "modified_ns": session.audio.modified_ns,
        },
        "takes": [_take_to_json(take) for take in session.takes],
        "current": session.current,
        "view": dict(session.view),
        "has_sound": session.has_sound,
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(HEADER, json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
        for number, take in enumerate(session.takes):
            _write_notes(archive, number, "raw", take.raw)
            _write_notes(archive, number, "sounding", take.sounding)
            if take.edited is not None:
                _write_notes(archive, number, "edited", take.edited)
            if take.taken:
                _write_notes(archive, number, "taken", take.taken)
            if take.candidates is not None:
                archive.writestr(_candidates_name(number), take.candidates.table.tobytes())
        if session.has_sound:
            put_in(archive, session.audio.path, cancel)


def _write_notes(archive: zipfile.ZipFile, number: int, kind: str, notes: tuple[Note, ...]) -> None:
    archive.writestr(_notes_name(number, kind), notes_to_array(notes).tobytes())


def _notes_name(number: int, kind: str) -> str:
    return f"takes/{number}/{kind}.notes"


def _candidates_name(number: int) -> str:
    return f"takes/{number}/candidates.table"


def _take_to_json(take: Take) -> Document:
    return {
        "model_id": take.model_id,
        "span": [take.span.start, take.span.stop],
        "next_segment": take.next_segment,
        "duration": take.duration,
        "heard_until": take.heard_until,
        "is_complete": take.is_complete,
        "has_edits": take.edited is not None,
        "invalid_events": take.invalid_events,
        "dropped_events": take.dropped_events,
        "tracks": [_track_to_json(track) for track in take.tracks],
        "redirects": [[list(source), list(target)] for source, target in take.redirects.items()],
        "cleanup": dict(take.cleanup),
        "sensitivity": take.sensitivity,
        "n_taken": len(take.taken),
        "has_candidates": take.candidates is not None,
    }


def _track_to_json(track: Track) -> Document:
    return {
        "instrument": list(track.instrument),
        "name": track.name,
        "colour": track.colour,
        "count": track.count,
        "shown": track.shown,
        "muted": track.muted,
        "soloed": track.soloed,
        "level": track.level,
    }


# --- reading ---


def _session(document: Document, archive: zipfile.ZipFile) -> Session:
    audio = document["audio"]
    return Session(
        id=_of(str, document["id"]),
        audio=AudioReference(
            path=Path(_of(str, audio["path"])),
            sha256=_of(str, audio["sha256"]),
            size_bytes=_of(int, audio["size_bytes"]),
            modified_ns=_of(int, audio["modified_ns"]),
        ),
        takes=tuple(_take(take, number, archive) for number, take in enumerate(document["takes"])),
        current=_of(int, document["current"]),
        view=MappingProxyType(_of(dict, document["view"])),
        has_sound=_of(bool, document["has_sound"]),
    )


def _take(document: Document, number: int, archive: zipfile.ZipFile) -> Take:
    has_edits = _of(bool, document["has_edits"])
    has_candidates = _of(bool, document["has_candidates"])
    return Take(
        model_id=_of(str, document["model_id"]),
        raw=_read_notes(archive, number, "raw"),
        sounding=_read_notes(archive, number, "sounding"),
        edited=_read_notes(archive, number, "edited") if has_edits else None,
        tracks=tuple(_track(track) for track in document["tracks"]),
        redirects=MappingProxyType({_instrument(a): _instrument(b) for a, b in document["redirects"]}),
        cleanup=MappingProxyType(_of(dict, document["cleanup"])),
        sensitivity=_share(document["sensitivity"]),
        taken=_read_notes(archive, number, "taken") if _of(int, document["n_taken"]) else (),
        candidates=_read_candidates(archive, number) if has_candidates else None,
        span=_span(document["span"]),
        next_segment=_of(int, document["next_segment"]),
        duration=float(document["duration"]),
        heard_until=float(document["heard_until"]),
        is_complete=_of(bool, document["is_complete"]),
        invalid_events=_of(int, document["invalid_events"]),
        dropped_events=_of(int, document["dropped_events"]),
    )


def _track(document: Document) -> Track:
    return Track(
        instrument=_instrument(document["instrument"]),
        name=_of(str, document["name"]),
        colour=_of(int, document["colour"]),
        count=_of(int, document["count"]),
        shown=_of(bool, document["shown"]),
        muted=_of(bool, document["muted"]),
        soloed=_of(bool, document["soloed"]),
        level=float(document["level"]),
    )


def _span(pair: list[Any]) -> Span:
    start, stop = pair
    return Span(float(start), None if stop is None else float(stop))


def _instrument(pair: list[Any]) -> Instrument:
    program, is_drum = pair
    if not 0 <= _of(int, program) < 128:
        raise ValueError(f"program {program}")
    return Instrument(program, _of(bool, is_drum))


def _read_notes(archive: zipfile.ZipFile, number: int, kind: str) -> tuple[Note, ...]:
    return array_to_notes(np.frombuffer(_member(archive, _notes_name(number, kind)), NOTE_TYPE))


def _read_candidates(archive: zipfile.ZipFile, number: int) -> Candidates:
    return bytes_to_candidates(_member(archive, _candidates_name(number)))


def _share(value: Any) -> float:  # as in `_of`
    """A number from 0 to 1."""
    if not 0.0 <= float(value) <= 1.0:
        raise ValueError(f"{value!r} is no share")
    return float(value)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a member, whose checksum `read` compares."""
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > MAX_MEMBER_BYTES:
        raise ValueError(f"{name} claims {info.file_size} bytes, packed by method {info.compress_type}")
    return archive.read(name)


def _of(kind: type, value: Any) -> Any:  # parsed JSON, of which nothing is known yet
    """The value, if it is of the kind it should be."""
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not a {kind.__name__}")
    return value


def _damaged(name: str, detail: str) -> DamagedSession:
    return DamagedSession(
        f'"{name}" can\'t be opened.',
        hint="It is damaged, or not a session of MT3 Desktop. The file was not changed.",
        detail=detail,
    )

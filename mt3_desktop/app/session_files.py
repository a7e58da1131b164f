"""Session files that users save and open: a song with all that any model heard in it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path, PureWindowsPath

from mt3_desktop.app.takes import KeptSong
from mt3_desktop.core.errors import DamagedSession, MT3Error
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.session import AudioReference, Session, load, new_id, save, take_out

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session file that was read.

    Attributes:
        path: the file.
        session: what it holds; its recording is where it was found.
        problem: why the recording inside could not be taken out, where it had to be; the notes are whole.
    """

    path: Path
    session: Session
    problem: MT3Error | None = None


def write_session(
    path: Path, song: KeptSong, *, with_sound: bool = False, cancel: CancelToken | None = None
) -> Session:
    """Write a session file; reads the whole recording for its hash, so not in the main thread.

    Args:
        path: where to.
        song: what is kept; a recording that is gone is kept by its place alone.
        with_sound: put the recording into the file, if it is there.
        cancel: checked while the recording is read.

    Returns:
        What was written: its `has_sound` says whether the recording is inside.

    Raises:
        NotWritable: if it cannot be written there.
        DiskFull: if there is no room.
        Cancelled: after `cancel.cancel()`.
    """
    try:
        reference = AudioReference.to(song.path, cancel=cancel)
    except OSError as error:
        log.info("%s can't be read: %s", song.path.name, error)
        reference, with_sound = AudioReference(song.path, "", 0, 0), False
    session = song.session(new_id(), reference, has_sound=with_sound)
    save(session, path, cancel=cancel)
    return session


def read_session(path: Path, recordings: Path, *, cancel: CancelToken | None = None) -> OpenedSession:
    """Read a session file; a recording that is not where it was is looked for beside it, then inside.

    Args:
        path: the file.
        recordings: where a recording from inside a session is put.
        cancel: checked while recordings are read.

    Raises:
        DamagedSession: if it is none, damaged, from a newer version, or gone.
        Cancelled: after `cancel.cancel()`.
    """
    try:
        session = load(path)
    except FileNotFoundError as error:
        raise DamagedSession(
            f'"{path.name}" is not there any more.', hint="It was moved or deleted.", detail=str(error)
        ) from error
    audio = session.audio
    beside = path.parent / PureWindowsPath(audio.path).name  # splits names of any system
    if _is(audio, audio.path, cancel):
        return OpenedSession(path, session)
    if _is(audio, beside, cancel):
        found = replace(audio, path=beside, modified_ns=beside.stat().st_mtime_ns)
        return OpenedSession(path, replace(session, audio=found))
    if not session.has_sound:
        return OpenedSession(path, session)
    try:
        taken_out = take_out(path, audio, recordings, cancel=cancel)
    except MT3Error as error:
        return OpenedSession(path, session, error.with_traceback(None))
    return OpenedSession(path, replace(session, audio=taken_out))


def _is(audio: AudioReference, path: Path, cancel: CancelToken | None) -> bool:
    try:
        return audio.is_at(path, cancel=cancel)
    except OSError:  # the usual case: nothing of this name is there
        return False

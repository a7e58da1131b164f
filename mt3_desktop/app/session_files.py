"""Session files that users save and open: a song with all that any model heard in it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PureWindowsPath

from mt3_desktop.app.kept_document import KeptDocument
from mt3_desktop.app.takes import take_of
from mt3_desktop.core.errors import DamagedSession
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.session import AudioReference, Plain, Session, load, new_id, save

log = logging.getLogger(__name__)


def write_session(
    path: Path,
    recording: Path,
    heard: Iterable[tuple[str, KeptDocument]],
    *,
    current: str,
    view: Mapping[str, Plain],
    cancel: CancelToken | None = None,
) -> Path:
    """Write a session file; reads the whole recording for its hash, so not in the main thread.

    Args:
        path: where to.
        recording: what the session is about; one that is gone is kept by its place alone.
        heard: model ids with what each heard.
        current: the model whose notes are shown.
        view: zoom, playhead and loop.
        cancel: checked while the recording is read.

    Returns:
        `path`.

    Raises:
        NotWritable: if it cannot be written there.
        DiskFull: if there is no room.
        Cancelled: after `cancel.cancel()`.
    """
    try:
        reference = AudioReference.to(recording, cancel=cancel)
    except OSError as error:
        log.info("%s can't be read: %s", recording.name, error)
        reference = AudioReference(recording, "", 0, 0)
    takes = tuple(take_of(model_id, kept) for model_id, kept in heard)
    return save(Session(new_id(), reference, takes, current, view), path)


def read_session(path: Path, *, cancel: CancelToken | None = None) -> Session:
    """Read a session file; a recording that is not where it was is looked for beside it.

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
    beside = path.parent / PureWindowsPath(session.audio.path).name  # splits names of any system
    if session.audio.path.exists() or not _is(session.audio, beside, cancel):
        return session
    return replace(session, audio=replace(session.audio, path=beside))


def _is(audio: AudioReference, path: Path, cancel: CancelToken | None) -> bool:
    try:
        return audio.is_at(path, cancel=cancel)
    except OSError:  # the usual case: nothing of this name is there
        return False

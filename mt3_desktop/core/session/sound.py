"""The recording inside a session file: put in as it is, taken out only where it is missing."""

from __future__ import annotations

import hashlib
import re
import zipfile
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import IO, BinaryIO

from mt3_desktop.core.errors import DamagedSession
from mt3_desktop.core.export import file_name
from mt3_desktop.core.export.files import write_atomically
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.session.values import AudioReference

MEMBER = "audio/recording"
"""The same for every file: the true name is in the session, and no name in an archive is a place on disk."""

_BLOCK_BYTES = 1 << 20


def put_in(archive: zipfile.ZipFile, recording: Path, cancel: CancelToken) -> None:
    """Copy a recording into a session that is being written.

    Raises:
        OSError: if it cannot be read, or there is no room.
        Cancelled: after `cancel.cancel()`.
    """
    member = zipfile.ZipInfo(MEMBER)
    with recording.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
        _copy(source, target, cancel)


def take_out(
    session_file: Path, audio: AudioReference, folder: Path, *, cancel: CancelToken | None = None
) -> AudioReference:
    """The recording of a session file as a file of its own; one that was taken out before is used again.

    Args:
        session_file: the session, which says that it has its sound inside.
        audio: the recording as the session knows it.
        folder: where recordings are put, each in a folder of its own named by content.
        cancel: checked for every megabyte.

    Raises:
        DamagedSession: if what is inside is not that recording.
        DiskFull: if there is no room.
        NotWritable: if the folder cannot be written.
        Cancelled: after `cancel.cancel()`.
    """
    name = PureWindowsPath(audio.path).name  # splits names of any system
    if not re.fullmatch(r"[0-9a-f]{64}", audio.sha256):
        raise _damaged(session_file, "no hash of the recording")
    target = folder / audio.sha256[:16] / (file_name(Path(name).stem) + Path(file_name(name)).suffix)
    if not _is_there(audio, target, cancel):
        try:
            with zipfile.ZipFile(session_file) as archive:
                _extract(archive, audio, target, cancel or CancelToken())
        except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError, EOFError) as error:
            raise _damaged(session_file, repr(error)) from error
    return replace(audio, path=target, modified_ns=target.stat().st_mtime_ns)


def _extract(archive: zipfile.ZipFile, audio: AudioReference, target: Path, cancel: CancelToken) -> None:
    """Copy the recording out, and publish it only if it is the right one."""
    info = archive.getinfo(MEMBER)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size != audio.size_bytes:
        raise ValueError(f"{info.file_size} bytes where {audio.size_bytes} should be")

    def write(file: BinaryIO) -> None:
        with archive.open(info) as source:
            if _copy(source, file, cancel) != audio.sha256:
                raise ValueError("the recording inside is another one")

    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, write)


def _copy(source: IO[bytes], target: IO[bytes], cancel: CancelToken) -> str:
    """Copy to the end; gives the hash of what was copied."""
    digest = hashlib.sha256()
    while block := source.read(_BLOCK_BYTES):
        cancel.check()
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


def _is_there(audio: AudioReference, target: Path, cancel: CancelToken | None) -> bool:
    try:
        return audio.is_at(target, cancel=cancel)
    except OSError:  # the usual case: it was not taken out yet
        return False


def _damaged(session_file: Path, detail: str) -> DamagedSession:
    return DamagedSession(
        f'The recording inside "{session_file.name}" is damaged.',
        hint="The notes are whole. Playback of the original needs the recording itself.",
        detail=detail,
    )

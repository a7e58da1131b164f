"""What a session holds: the recording it is about, and what each model heard in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from mt3_desktop.core.candidates import USUAL, Candidates
from mt3_desktop.core.progress import CancelToken
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.tracks import Track
from mt3_desktop.core.values import Instrument, Note

Plain = int | float | bool | str | None
"""What JSON can say in one word."""

_BLOCK_BYTES = 1 << 20


class AudioState(Enum):
    """What has become of a session's recording."""

    HERE = "here"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class AudioReference:
    """A recording, by place and content.

    Attributes:
        path: where it was last.
        sha256: hash of the whole file.
        size_bytes: its size.
        modified_ns: when it was last changed, in nanoseconds since 1970: as long as this and the size are the
            same, nothing is hashed again.
    """

    path: Path
    sha256: str
    size_bytes: int
    modified_ns: int

    @classmethod
    def to(cls, path: Path, *, cancel: CancelToken | None = None) -> AudioReference:
        """Make a reference to a file, by reading all of it.

        Raises:
            OSError: if it cannot be read.
            Cancelled: after `cancel.cancel()`.
        """
        status = path.stat()
        return cls(path, _sha256(path, cancel), status.st_size, status.st_mtime_ns)

    def state(self, *, cancel: CancelToken | None = None) -> AudioState:
        """Whether the recording is where it was, and what it was; hashes only what looks changed.

        Raises:
            Cancelled: after `cancel.cancel()`.
        """
        try:
            return AudioState.HERE if self.is_at(self.path, cancel=cancel) else AudioState.CHANGED
        except OSError:
            return AudioState.GONE

    def is_at(self, path: Path, *, cancel: CancelToken | None = None) -> bool:
        """Whether a file is this recording, wherever it lies: what *Locate…* asks.

        Raises:
            OSError: if it cannot be read.
            Cancelled: after `cancel.cancel()`.
        """
        status = path.stat()
        if status.st_size != self.size_bytes:
            return False
        is_untouched = path == self.path and status.st_mtime_ns == self.modified_ns
        return is_untouched or _sha256(path, cancel) == self.sha256


@dataclass(frozen=True, slots=True)
class Take:
    """What one model heard, and what was made of it.

    Attributes:
        model_id: who heard it.
        raw: final notes as the model gave them; never changed by edits.
        sounding: notes that were open where the run stopped; empty when it is complete.
        edited: the notes after edits, or None where there were none.
        tracks: names, colours and switches.
        redirects: instruments whose notes go to another one, also those still to come.
        cleanup: the filters that hide notes, as `cleanup_rules.Rules.to_plain` gives them.
        sensitivity: how much of what the model thought possible is a note, 0-1.
        taken: notes of the model that were taken away or changed by hand, also some that are none at this
            sensitivity; their ends and velocities mean nothing.
        candidates: all that the model thought possible, or None where it did not say.
        span: the passage that the model hears, or heard last.
        next_segment: the first segment of it that was not heard: where to continue.
        duration: length of the recording in seconds; 0 while unknown.
        heard_until: seconds that were heard.
        is_complete: whether the model is through.
        invalid_events: as in `Transcription`.
        dropped_events: as in `Transcription`.
    """

    model_id: str
    raw: tuple[Note, ...] = ()
    sounding: tuple[Note, ...] = ()
    edited: tuple[Note, ...] | None = None
    tracks: tuple[Track, ...] = ()
    redirects: Mapping[Instrument, Instrument] = field(default_factory=lambda: MappingProxyType({}))
    cleanup: Mapping[str, Plain] = field(default_factory=lambda: MappingProxyType({}))
    sensitivity: float = USUAL
    taken: tuple[Note, ...] = ()
    candidates: Candidates | None = None
    span: Span = WHOLE
    next_segment: int = 0
    duration: float = 0.0
    heard_until: float = 0.0
    is_complete: bool = False
    invalid_events: int = 0
    dropped_events: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """One song and all that was done with it.

    Attributes:
        id: unique; the name of its file.
        audio: the recording.
        takes: what models heard in it, in the order in which they were asked.
        current: number of the take that is shown, from 0.
        view: zoom, playhead, loop and the like, named by who keeps them.
        has_sound: whether the file of the session holds the recording too.
    """

    id: str
    audio: AudioReference
    takes: tuple[Take, ...] = ()
    current: int = 0
    view: Mapping[str, Plain] = field(default_factory=lambda: MappingProxyType({}))
    has_sound: bool = False


def _sha256(path: Path, cancel: CancelToken | None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            if cancel is not None:
                cancel.check()
            digest.update(block)
    return digest.hexdigest()

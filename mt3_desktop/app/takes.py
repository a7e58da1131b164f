"""Documents ↔ takes: what a session says about a song, and what the window shows of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.job import JobState
from mt3_desktop.app.kept_document import KeptDocument
from mt3_desktop.app.song import Song
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.session import AudioReference, Plain, Session, Take
from mt3_desktop.core.span import Span
from mt3_desktop.core.tempo import Tempo

log = logging.getLogger(__name__)

_BARS = frozenset(field.name for field in fields(Tempo))


@dataclass(frozen=True, slots=True)
class KeptSong:
    """All of a song that a session keeps, as a frozen value that another thread can write.

    Attributes:
        path: the recording.
        results: model ids, each with what tells what was heard.
        current: number of the result that is shown, from 0.
        view: zoom, playhead and loop, as `gui.song_view` names them.
        tempo: the user's bars, or None.
    """

    path: Path
    results: tuple[tuple[str, Callable[[], KeptDocument]], ...]
    current: int
    view: Mapping[str, Plain]
    tempo: Tempo | None

    @classmethod
    def of(cls, documents: tuple[TranscriptionDocument, ...], current: int) -> KeptSong:
        """What is to be kept of a song now.

        Args:
            documents: its results, at least one.
            current: number of the one that is shown.
        """
        song = documents[0].song
        results = tuple((document.model_id, document.keep()) for document in documents)
        return cls(song.path, results, current, song.view, song.tempo)

    def session(self, session_id: str, audio: AudioReference, *, has_sound: bool = False) -> Session:
        """The session to be written; takes a moment for many notes.

        Args:
            session_id: its id.
            audio: the recording.
            has_sound: whether the recording shall be in its file.
        """
        bars = {} if self.tempo is None else self.tempo.to_plain()
        return Session(
            id=session_id,
            audio=audio,
            takes=tuple(_take(model_id, kept()) for model_id, kept in self.results),
            current=self.current,
            view=MappingProxyType({**self.view, **bars}),
            has_sound=has_sound,
        )


def state_of(take: Take) -> JobState:
    """Where a result stands that comes back."""
    if take.is_complete:
        return JobState.DONE
    return JobState.CANCELLED if take.next_segment else JobState.READY


def around(span: Span, kept: KeptDocument) -> KeptDocument:
    """What a result begins with that hears a passage of another one anew: the notes around the passage."""
    notes, sounding = span.around(kept.notes)
    return KeptDocument(
        notes=notes,
        tracks=kept.tracks,
        redirects={},
        progress=Resume(0, notes, sounding),
        duration=kept.duration,
        heard_until=span.start,
        is_complete=False,
        rules=kept.rules,
        span=span,
    )


def look_at(song: Song, view: Mapping[str, Plain]) -> None:
    """Give a song the bars, the zoom and the like of a session."""
    song.set_tempo(_tempo_of(view))
    song.set_view({name: value for name, value in view.items() if name not in _BARS})


def kept_of(take: Take) -> KeptDocument:
    """What a document becomes from a take."""
    progress = Resume(
        first_segment=take.next_segment,
        notes=take.raw,
        sounding=take.sounding,
        invalid_events=take.invalid_events,
        dropped_events=take.dropped_events,
    )
    return KeptDocument(
        notes=take.raw if take.edited is None else take.edited,
        tracks=take.tracks,
        redirects=dict(take.redirects),
        progress=progress,
        duration=take.duration,
        heard_until=take.heard_until,
        is_complete=take.is_complete,
        rules=_rules_of(take),
        sensitivity=take.sensitivity,
        taken=take.taken,
        candidates=take.candidates,
        span=take.span,
    )


def _take(model_id: str, kept: KeptDocument) -> Take:
    return Take(
        model_id=model_id,
        raw=kept.progress.notes,
        sounding=kept.progress.sounding,
        edited=None if kept.notes == kept.progress.notes else kept.notes,
        tracks=kept.tracks,
        redirects=MappingProxyType(kept.redirects),
        cleanup=MappingProxyType(kept.rules.to_plain()),
        sensitivity=kept.sensitivity,
        taken=kept.taken,
        candidates=kept.candidates,
        span=kept.span,
        next_segment=kept.progress.first_segment,
        duration=kept.duration,
        heard_until=kept.heard_until,
        is_complete=kept.is_complete,
        invalid_events=kept.progress.invalid_events,
        dropped_events=kept.progress.dropped_events,
    )


def _rules_of(take: Take) -> Rules:
    """The clean-up of a take; it is no reason to lose the song if it can't be read."""
    try:
        return Rules.from_plain(take.cleanup)
    except ValueError as error:
        log.info("the clean-up of a session is passed over: %s", error)
        return Rules()


def _tempo_of(view: Mapping[str, Plain]) -> Tempo | None:
    """The bars in a view; as with the clean-up."""
    try:
        return Tempo.from_plain(view)
    except ValueError as error:
        log.info("the bars of a session are passed over: %s", error)
        return None

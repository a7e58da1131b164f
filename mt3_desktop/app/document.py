"""A transcription as it is being made, looked at and edited: the model behind the roll and the tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from mt3_desktop.core.instruments import DRUMS, instrument_name
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.tracks import Track, counted, played_by
from mt3_desktop.core.values import Instrument, Note, SegmentNotes, Transcription, sort_key


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """All of a document that a session keeps.

    Attributes:
        notes: the notes as edited.
        tracks: names, colours and switches, also of tracks that have no notes now.
        redirects: instruments whose later notes go to another one.
        progress: what the model has given so far.
        duration: length of the recording in seconds.
        heard_until: the recording is transcribed up to here.
        is_complete: whether the model is through.
    """

    notes: tuple[Note, ...]
    tracks: tuple[Track, ...]
    redirects: dict[Instrument, Instrument]
    progress: Resume
    duration: float
    heard_until: float
    is_complete: bool


class TranscriptionDocument(QObject):
    """The notes of one song by one model, with the user's edits.

    What the model said is kept beside the edited notes, so nothing is ever lost. While the model is still
    at work its notes are appended, and never overwrite an edit: merges and changes of program apply to later
    notes too.

    Signals:
        notes_appended: (notes: tuple[Note, ...]) final notes that are new.
        notes_changed: () any note may have changed: ask `notes` again.
        sounding_changed: (notes: tuple[Note, ...]) notes that still sound at `heard_until`.
        tracks_changed: (tracks: tuple[Track, ...]).
        heard_changed: (seconds: float) the recording is transcribed up to here.
        completed: () the model is through.
        touched: () something that a session keeps has changed.
    """

    notes_appended = Signal(object)
    notes_changed = Signal()
    sounding_changed = Signal(object)
    tracks_changed = Signal(object)
    heard_changed = Signal(float)
    completed = Signal()
    touched = Signal()

    def __init__(self, path: Path, model_id: str, parent: QObject | None = None) -> None:
        """Start empty.

        Args:
            path: the recording.
            model_id: the model that hears it.
            parent: owner.
        """
        super().__init__(parent)
        self.path = path
        self.model_id = model_id
        self.undo_stack = QUndoStack(self)
        self._raw: list[Note] = []  # as the model gave them
        self._notes: list[Note] = []
        self._sorted: tuple[Note, ...] | None = ()
        self._counts: Counter[Instrument] = Counter()
        self._tracks: tuple[Track, ...] = ()
        self._known: dict[Instrument, Track] = {}
        self._redirects: dict[Instrument, Instrument] = {}
        self._duration = 0.0
        self._heard_until = 0.0
        self._is_complete = False
        self._raw_sounding: tuple[Note, ...] = ()
        self._next_segment = 0
        self._invalid_events = 0
        self._dropped_events = 0

    # --- what it is ---

    @property
    def name(self) -> str:
        """The song's name: the file's without its ending."""
        return self.path.stem

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as edited, in the order of `sort_key`."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self._notes, key=sort_key))
        return self._sorted

    @property
    def raw_notes(self) -> tuple[Note, ...]:
        """The notes as the model gave them."""
        return tuple(sorted(self._raw, key=sort_key))

    @property
    def n_notes(self) -> int:
        """How many notes there are."""
        return len(self._notes)

    @property
    def sounding(self) -> tuple[Note, ...]:
        """Notes that still sounded at `heard_until`; empty once the model is through."""
        return tuple(self._redirected(note) for note in self._raw_sounding)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The instruments, by program, drums last."""
        return self._tracks

    @property
    def duration(self) -> float:
        """Length of the recording in seconds; 0 until it is known."""
        return self._duration

    @property
    def heard_until(self) -> float:
        """The recording is transcribed up to here, in seconds."""
        return self._heard_until

    @property
    def progress(self) -> Resume:
        """What the model has given so far, and where an interrupted run goes on."""
        return Resume(
            first_segment=self._next_segment,
            notes=tuple(self._raw),
            sounding=self._raw_sounding,
            invalid_events=self._invalid_events,
            dropped_events=self._dropped_events,
        )

    @property
    def is_complete(self) -> bool:
        """Whether the model is through."""
        return self._is_complete

    @property
    def kept(self) -> KeptDocument:
        """What a session keeps of it, for `restore`."""
        return KeptDocument(
            notes=self.notes,
            tracks=tuple(self._known.values()),
            redirects=dict(self._redirects),
            progress=self.progress,
            duration=self._duration,
            heard_until=self._heard_until,
            is_complete=self._is_complete,
        )

    # --- the model at work ---

    def append(self, part: SegmentNotes) -> None:
        """Take in what one more segment brought."""
        new = tuple(self._redirected(note) for note in part.notes)
        self._raw.extend(part.notes)
        self._notes.extend(new)
        self._counts.update(note.instrument for note in new)
        self._raw_sounding = part.sounding
        self._heard_until = part.end
        self._next_segment = part.index + 1
        self._invalid_events += part.invalid_events
        self._dropped_events += part.dropped_events
        if new:
            self._sorted = None
            self._refresh_tracks()
            self.notes_appended.emit(new)
        self.sounding_changed.emit(self.sounding)
        self.heard_changed.emit(self._heard_until)
        self.touched.emit()

    def set_duration(self, seconds: float) -> None:
        """Tell the length of the recording."""
        self._duration = seconds
        self.touched.emit()

    def complete(self) -> None:
        """The model is through."""
        self._is_complete = True
        self._heard_until = max(self._heard_until, self._duration)
        self._raw_sounding = ()
        self.sounding_changed.emit(())
        self.heard_changed.emit(self._heard_until)
        self.completed.emit()
        self.touched.emit()

    def restore(self, kept: KeptDocument) -> None:
        """Become what was kept in a session; the undo history starts anew."""
        self._take_progress(kept.progress)
        self._notes = list(kept.notes)
        self._sorted = None
        self._counts = Counter(note.instrument for note in self._notes)
        self._known = {track.instrument: track for track in kept.tracks}
        self._redirects = dict(kept.redirects)
        self._duration, self._heard_until = kept.duration, kept.heard_until
        self._is_complete = kept.is_complete
        self.undo_stack.clear()
        self._refresh_tracks()
        self.notes_changed.emit()
        self.sounding_changed.emit(self.sounding)
        self.heard_changed.emit(self._heard_until)

    # --- tracks: switches are not undone, names and programs are ---

    def set_track(
        self,
        instrument: Instrument,
        *,
        shown: bool | None = None,
        muted: bool | None = None,
        level: float | None = None,
    ) -> None:
        """Turn the switches of a track; None leaves one as it is."""
        track = self._known[instrument]
        self._known[instrument] = replace(
            track,
            shown=track.shown if shown is None else shown,
            muted=track.muted if muted is None else muted,
            level=track.level if level is None else level,
        )
        self._refresh_tracks()
        self.touched.emit()

    def solo(self, instrument: Instrument, is_on: bool, *, additive: bool = False) -> None:
        """Hear only this track; with `additive`, the other soloed ones as well."""
        for other, track in self._known.items():
            keep = track.soloed if additive else False
            self._known[other] = replace(track, soloed=is_on if other == instrument else keep)
        self._refresh_tracks()
        self.touched.emit()

    def rename(self, instrument: Instrument, name: str) -> None:
        """Give a track a name; an empty one brings the instrument's back."""
        name = name.strip() or instrument_name(instrument)
        track = self._known[instrument]
        if name != track.name:
            self._push(f"Rename {track.name}", looks=((track, replace(track, name=name)),))

    def recolour(self, instrument: Instrument, colour: int) -> None:
        """Give a track another note colour."""
        track = self._known[instrument]
        if colour != track.colour:
            self._push(f"Recolour {track.name}", looks=((track, replace(track, colour=colour)),))

    def merge(self, sources: Iterable[Instrument], target: Instrument, text: str = "") -> None:
        """Give the notes of `sources`, and those still to come, to `target`.

        Also a change of program (`target` may be new), a repair of a stray track, and a move to the drums.
        """
        chosen = [source for source in sources if source != target]
        moved = tuple(note for note in self.notes if note.instrument in chosen)
        if not chosen:
            return
        names = ", ".join(self._known[source].name for source in chosen if source in self._known)
        redirects = {old: target if new in chosen else new for old, new in self._redirects.items()}
        redirects.pop(target, None)
        self._push(
            text or f"Move {names} to {self._name(target)}",
            removed=moved,
            added=tuple(played_by(note, target) for note in moved),
            redirects=redirects | dict.fromkeys(chosen, target),
        )

    def move_to_drums(self, instrument: Instrument) -> None:
        """Make the notes of a track drum hits."""
        self.merge([instrument], DRUMS)

    def split(self, instrument: Instrument, lowest: int, target: Instrument) -> None:
        """Give the notes of a track from pitch `lowest` up to another one."""
        moved = tuple(n for n in self.notes if n.instrument == instrument and n.pitch >= lowest)
        self.replace_notes(
            moved, tuple(played_by(note, target) for note in moved), f"Split {self._name(instrument)}"
        )

    # --- notes ---

    def delete(self, notes: Iterable[Note]) -> None:
        """Take some notes away."""
        self.replace_notes(notes, (), "Delete notes")

    def delete_track(self, instrument: Instrument) -> None:
        """Take all notes of a track away."""
        self.replace_notes(
            (note for note in self.notes if note.instrument == instrument),
            (),
            f"Delete {self._name(instrument)}",
        )

    def replace_notes(self, old: Iterable[Note], new: Iterable[Note], text: str) -> None:
        """Put some notes in the place of others, as one undoable step called `text`."""
        removed, added = tuple(old), tuple(new)
        if removed != added:
            self._push(text, removed=removed, added=added)

    # --- going out ---

    def transcription(
        self,
        *,
        instruments: Iterable[Instrument] | None = None,
        span: tuple[float, float] | None = None,
        notes: Iterable[Note] | None = None,
    ) -> Transcription:
        """What is to be saved, as a value.

        Of a song that is not through, notes that still sound are taken as long as they were heard.

        Args:
            instruments: only these; None for all.
            span: only notes that start in this span, in seconds; None for all. Times are kept.
            notes: these instead of all.
        """
        everything = (*self.notes, *self._cut_sounding()) if notes is None else notes
        chosen = tuple(sorted(everything, key=sort_key))
        if instruments is not None:
            wanted = frozenset(instruments)
            chosen = tuple(note for note in chosen if note.instrument in wanted)
        if span is not None:
            chosen = tuple(note for note in chosen if span[0] <= note.onset < span[1])
        last = max((note.offset for note in chosen), default=0.0)
        return Transcription(
            notes=chosen,
            duration=max(self._duration, last),
            model_id=self.model_id,
            source=self.path.name,
            invalid_events=self._invalid_events,
            dropped_events=self._dropped_events,
        )

    # --- inside ---

    def _take_progress(self, progress: Resume) -> None:
        self._raw, self._raw_sounding = list(progress.notes), progress.sounding
        self._next_segment = progress.first_segment
        self._invalid_events, self._dropped_events = progress.invalid_events, progress.dropped_events

    def _cut_sounding(self) -> Iterator[Note]:
        """The notes that still sound, ending where the model stopped."""
        for note in self.sounding:
            end = min(note.offset, self._heard_until)
            if end > note.onset:
                yield replace(note, offset=end)

    def _redirected(self, note: Note) -> Note:
        target = self._redirects.get(note.instrument)
        return note if target is None else played_by(note, target)

    def _name(self, instrument: Instrument) -> str:
        track = self._known.get(instrument)
        return track.name if track else instrument_name(instrument)

    def _refresh_tracks(self) -> None:
        tracks = counted(self._counts, self._known.values())
        self._known.update((track.instrument, track) for track in tracks)
        if tracks != self._tracks:
            self._tracks = tracks
            self.tracks_changed.emit(tracks)

    def _push(
        self,
        text: str,
        *,
        removed: tuple[Note, ...] = (),
        added: tuple[Note, ...] = (),
        looks: tuple[tuple[Track, Track], ...] = (),
        redirects: dict[Instrument, Instrument] | None = None,
    ) -> None:
        after = self._redirects if redirects is None else redirects
        self.undo_stack.push(_Edit(self, text, _Change(removed, added, looks, self._redirects, after)))

    def _apply(self, change: _Change) -> None:
        """One step of an edit, forwards or backwards. Called by the undo stack only."""
        for _before, after in change.looks:
            track = self._known[after.instrument]
            self._known[after.instrument] = replace(track, name=after.name, colour=after.colour)
        self._redirects = change.redirects_after
        has_moved = bool(change.removed or change.added)
        if has_moved:
            self._notes = [*_without(self._notes, change.removed), *change.added]
            self._sorted = None
            self._counts = Counter(note.instrument for note in self._notes)
        self._refresh_tracks()
        if has_moved:
            self.notes_changed.emit()
        self.touched.emit()


def _without(notes: Iterable[Note], removed: Iterable[Note]) -> list[Note]:
    """The notes less the removed ones; of equal notes as many stay as were not removed."""
    gone = Counter(removed)
    kept = []
    for note in notes:
        if gone[note] > 0:
            gone[note] -= 1
        else:
            kept.append(note)
    return kept


@dataclass(frozen=True, slots=True)
class _Change:
    """An edit as a difference, so that it can be undone while the model still appends notes."""

    removed: tuple[Note, ...]
    added: tuple[Note, ...]
    looks: tuple[tuple[Track, Track], ...]
    redirects_before: dict[Instrument, Instrument]
    redirects_after: dict[Instrument, Instrument]

    @property
    def reverse(self) -> _Change:
        """The change that undoes this one."""
        looks = tuple((after, before) for before, after in self.looks)
        return _Change(self.added, self.removed, looks, self.redirects_after, self.redirects_before)


class _Edit(QUndoCommand):
    """A change on the undo stack."""

    def __init__(self, document: TranscriptionDocument, text: str, change: _Change) -> None:
        super().__init__(text)
        self._document = document
        self._change = change

    def redo(self) -> None:
        """Do it, for the first time or again."""
        self._document._apply(self._change)

    def undo(self) -> None:
        """Take it back."""
        self._document._apply(self._change.reverse)

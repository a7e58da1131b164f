"""A transcription as it is being made, looked at and edited: the model behind the roll and the tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from mt3_desktop.app.changes import Change, ChangeCommand, without
from mt3_desktop.app.heard import Heard
from mt3_desktop.app.kept_document import KeptDocument
from mt3_desktop.app.song import Song
from mt3_desktop.app.track_book import TrackBook
from mt3_desktop.core.cleanup import CleanUp, Rules, clean_up
from mt3_desktop.core.instruments import DRUMS, instrument_name
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.tracks import Track, played_by
from mt3_desktop.core.values import Instrument, Note, SegmentNotes, Transcription, sort_key


class TranscriptionDocument(QObject):
    """A result: the notes of one song by one model, with the user's edits.

    What the model said is kept beside the edited notes, so nothing is ever lost. While the model is still
    at work its notes are appended, and never overwrite an edit: merges and changes of program apply to later
    notes too. A clean-up lies over the edited notes like a stencil: it decides what is seen, heard and saved,
    and can be taken off.

    Signals:
        notes_appended: (notes: tuple[Note, ...]) final notes that are new.
        notes_changed: () any note may have changed: ask `notes` again.
        sounding_changed: (notes: tuple[Note, ...]) notes that still sound at `heard_until`.
        tracks_changed: (tracks: tuple[Track, ...]).
        rules_changed: (rules: Rules) the clean-up is another one.
        tempo_changed: (tempo: Tempo | None) the user's bars.
        heard_changed: (seconds: float) the recording is transcribed up to here.
        completed: () the model is through.
        touched: () something that a session keeps has changed.
    """

    notes_appended = Signal(object)
    notes_changed = Signal()
    sounding_changed = Signal(object)
    tracks_changed = Signal(object)
    rules_changed = Signal(object)
    tempo_changed = Signal(object)
    heard_changed = Signal(float)
    completed = Signal()
    touched = Signal()

    def __init__(self, song: Song, model_id: str, parent: QObject | None = None) -> None:
        """Start empty.

        Args:
            song: the recording, its bars, and how it is looked at.
            model_id: the model that hears it.
            parent: owner.
        """
        super().__init__(parent)
        self.song = song
        self.model_id = model_id
        self.undo_stack = QUndoStack(self)
        self._heard = Heard()
        self._notes: list[Note] = []
        self._sorted: tuple[Note, ...] | None = ()
        self._rules = Rules()
        self._cleaned: CleanUp | None = None
        self._counts: Counter[Instrument] = Counter()
        self._tracks: tuple[Track, ...] = ()
        self._book = TrackBook()
        song.tempo_changed.connect(self._on_tempo_changed)
        song.touched.connect(self.touched)

    # --- what it is ---

    @property
    def path(self) -> Path:
        """The recording."""
        return self.song.path

    @property
    def name(self) -> str:
        """The song's name."""
        return self.song.name

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes as edited, less what the clean-up hides, in the order of `sort_key`."""
        return self.cleaned.kept

    @property
    def edited(self) -> tuple[Note, ...]:
        """The notes as edited, before the clean-up, in the order of `sort_key`."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self._notes, key=sort_key))
        return self._sorted

    @property
    def rules(self) -> Rules:
        """The clean-up that lies over the notes."""
        return self._rules

    @property
    def tempo(self) -> Tempo | None:
        """The user's bars, or None as long as there are none."""
        return self.song.tempo

    @property
    def cleaned(self) -> CleanUp:
        """What the clean-up makes of the edited notes."""
        if self._cleaned is None:
            is_plain = self._rules == Rules()
            tempo = self.song.tempo
            beats = None if tempo is None else tempo.beats(self.duration)
            self._cleaned = (
                CleanUp(self.edited, ()) if is_plain else clean_up(self.edited, self._rules, beats)
            )
        return self._cleaned

    @property
    def raw_notes(self) -> tuple[Note, ...]:
        """The notes as the model gave them."""
        return tuple(sorted(self._heard.notes, key=sort_key))

    @property
    def n_notes(self) -> int:
        """How many notes there are, hidden ones too."""
        return len(self._notes)

    @property
    def sounding(self) -> tuple[Note, ...]:
        """Notes that still sounded at `heard_until`; empty once the model is through."""
        return tuple(map(self._book.redirected, self._heard.sounding))

    @property
    def tracks(self) -> tuple[Track, ...]:
        """The instruments, by program, drums last."""
        return self._tracks

    @property
    def duration(self) -> float:
        """Length of the recording in seconds; 0 until it is known."""
        return self.song.duration

    @property
    def heard_until(self) -> float:
        """The recording is transcribed up to here, in seconds."""
        return self._heard.until

    @property
    def progress(self) -> Resume:
        """What the model has given so far, and where an interrupted run goes on."""
        return self._heard.progress

    @property
    def is_complete(self) -> bool:
        """Whether the model is through."""
        return self._heard.is_complete

    @property
    def kept(self) -> KeptDocument:
        """What a session keeps of it, for `restore`; cheap, as it is asked for once a second."""
        return KeptDocument(
            notes=tuple(self._notes),
            tracks=self._book.known,
            redirects=dict(self._book.redirects),
            progress=self.progress,
            duration=self.duration,
            heard_until=self.heard_until,
            is_complete=self.is_complete,
            rules=self._rules,
        )

    # --- the model at work ---

    def append(self, part: SegmentNotes) -> None:
        """Take in what one more segment brought."""
        new = tuple(map(self._book.redirected, part.notes))
        self._heard.take(part)
        self._notes.extend(new)
        if new:
            self._take_in(new)
        self.sounding_changed.emit(self.sounding)
        self.heard_changed.emit(self.heard_until)
        self.touched.emit()

    def set_duration(self, seconds: float) -> None:
        """Tell the length of the recording."""
        self.song.set_duration(seconds)

    def complete(self) -> None:
        """The model is through."""
        self._heard.complete(self.duration)
        self.sounding_changed.emit(())
        self.heard_changed.emit(self.heard_until)
        self.completed.emit()
        self.touched.emit()

    def restore(self, kept: KeptDocument) -> None:
        """Become what was kept in a session; the undo history starts anew."""
        self._heard = Heard.again(kept.progress, kept.heard_until, is_complete=kept.is_complete)
        self._notes = list(kept.notes)
        self._rules = kept.rules
        self._book = TrackBook(kept.tracks, kept.redirects)
        self.song.set_duration(max(self.duration, kept.duration))
        self._recount()
        self.undo_stack.clear()
        self._refresh_tracks()
        self.notes_changed.emit()
        self.rules_changed.emit(self._rules)
        self.sounding_changed.emit(self.sounding)
        self.heard_changed.emit(self.heard_until)

    def set_tempo(self, tempo: Tempo | None) -> None:
        """Lay other bars over the song, or none; no note moves unless the clean-up quantises."""
        self.song.set_tempo(tempo)

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
        self._book.switch(instrument, shown=shown, muted=muted, level=level)
        self._refresh_tracks()
        self.touched.emit()

    def solo(self, instrument: Instrument, is_on: bool, *, additive: bool = False) -> None:
        """Hear only this track; with `additive`, the other soloed ones as well."""
        self._book.solo(instrument, is_on, additive=additive)
        self._refresh_tracks()
        self.touched.emit()

    def rename(self, instrument: Instrument, name: str) -> None:
        """Give a track a name; an empty one brings the instrument's back."""
        name = name.strip() or instrument_name(instrument)
        track = self._book[instrument]
        if name != track.name:
            self._push(f"Rename {track.name}", looks=((track, replace(track, name=name)),))

    def recolour(self, instrument: Instrument, colour: int) -> None:
        """Give a track another note colour."""
        track = self._book[instrument]
        if colour != track.colour:
            self._push(f"Recolour {track.name}", looks=((track, replace(track, colour=colour)),))

    def merge(self, sources: Iterable[Instrument], target: Instrument, text: str = "") -> None:
        """Give the notes of `sources`, and those still to come, to `target`.

        Also a change of program (`target` may be new), a repair of a stray track, and a move to the drums.
        """
        chosen = [source for source in sources if source != target]
        moved = self._notes_of(chosen)
        if not chosen:
            return
        self._push(
            text or f"Move {self._book.names(chosen)} to {self._book.name(target)}",
            removed=moved,
            added=tuple(played_by(note, target) for note in moved),
            redirects=self._book.redirects_after(chosen, target),
        )

    def move_to_drums(self, instrument: Instrument) -> None:
        """Make the notes of a track drum hits."""
        self.merge([instrument], DRUMS)

    def split(self, instrument: Instrument, lowest: int, target: Instrument) -> None:
        """Give the notes of a track from pitch `lowest` up to another one."""
        moved = tuple(note for note in self._notes_of([instrument]) if note.pitch >= lowest)
        self.replace_notes(
            moved, tuple(played_by(note, target) for note in moved), f"Split {self._book.name(instrument)}"
        )

    # --- notes ---

    def delete(self, notes: Iterable[Note]) -> None:
        """Take some notes away."""
        self.replace_notes(notes, (), "Delete notes")

    def delete_track(self, instrument: Instrument) -> None:
        """Take all notes of a track away."""
        self.replace_notes(self._notes_of([instrument]), (), f"Delete {self._book.name(instrument)}")

    def replace_notes(self, old: Iterable[Note], new: Iterable[Note], text: str) -> None:
        """Put some notes in the place of others, as one undoable step called `text`.

        Of a note that the clean-up changed, what it was made of is replaced.
        """
        given, added = tuple(old), tuple(new)
        if given != added:
            origins = self.cleaned.origins
            removed = tuple(origin for note in given for origin in origins.get(note, (note,)))
            self._push(text, removed=removed, added=added)

    # --- clean-up ---

    def set_rules(self, rules: Rules) -> None:
        """Lay another clean-up over the notes."""
        if rules != self._rules:
            self._use(rules)
            self._refresh_tracks()
            self.notes_changed.emit()
            self.rules_changed.emit(rules)
            self.touched.emit()

    def bake(self) -> None:
        """Make edits of the clean-up, as one undoable step, and take it off."""
        before, after = Counter(self.edited), Counter(self.notes)
        if self._rules != Rules():
            self._push(
                "Bake clean-up",
                removed=tuple((before - after).elements()),
                added=tuple((after - before).elements()),
                rules=(self._rules, Rules()),
            )

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
            duration=max(self.duration, last),
            model_id=self.model_id,
            source=self.path.name,
            invalid_events=self._heard.invalid_events,
            dropped_events=self._heard.dropped_events,
        )

    # --- inside ---

    @Slot(object)
    def _on_tempo_changed(self, tempo: Tempo | None) -> None:
        """The bars of the song are others: what is quantised to them moves."""
        self._cleaned = None
        self.tempo_changed.emit(tempo)
        if self._rules.quantise > 0:
            self.notes_changed.emit()

    def _take_in(self, new: tuple[Note, ...]) -> None:
        """Show notes that came; under a clean-up they may change others, as when two are joined."""
        is_plain = self._rules == Rules()
        if is_plain:
            self._sorted = self._cleaned = None
            self._counts.update(note.instrument for note in new)
        else:
            self._recount()
        self._refresh_tracks()
        if is_plain:
            self.notes_appended.emit(new)
        else:
            self.notes_changed.emit()

    def _use(self, rules: Rules) -> None:
        self._rules, self._cleaned = rules, None
        self._counts = Counter(note.instrument for note in self.notes)

    def _recount(self) -> None:
        """The notes are others than before."""
        self._sorted = None
        self._use(self._rules)

    def _notes_of(self, instruments: Collection[Instrument]) -> tuple[Note, ...]:
        """The edited notes of some instruments, among them those that the clean-up gave to one of these."""
        given = {origin: note.instrument for note, parts in self.cleaned.origins.items() for origin in parts}
        return tuple(note for note in self.edited if given.get(note, note.instrument) in instruments)

    def _cut_sounding(self) -> Iterator[Note]:
        """The notes that still sound, ending where the model stopped."""
        for note in self.sounding:
            end = min(note.offset, self.heard_until)
            if end > note.onset:
                yield replace(note, offset=end)

    def _refresh_tracks(self) -> None:
        tracks = self._book.counted(self._counts)
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
        rules: tuple[Rules, Rules] | None = None,
    ) -> None:
        before = self._book.redirects
        after = before if redirects is None else redirects
        change = Change(removed, added, looks, before, after, rules)
        self.undo_stack.push(ChangeCommand(text, change, self._apply))

    def _apply(self, change: Change) -> None:
        """One step of an edit, forwards or backwards. Called by the undo stack only."""
        for _before, after in change.looks:
            self._book.look(after)
        self._book.redirects = change.redirects_after
        has_moved = bool(change.removed or change.added or change.rules)
        if change.rules is not None:
            self._rules = change.rules[1]
        if has_moved:
            self._notes = [*without(self._notes, change.removed), *change.added]
            self._recount()
        self._refresh_tracks()
        if has_moved:
            self.notes_changed.emit()
        if change.rules is not None:
            self.rules_changed.emit(self._rules)
        self.touched.emit()

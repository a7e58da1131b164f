"""A transcription as it is being made, looked at and edited: the model behind the roll and the tracks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from mt3_desktop.app.changes import Change, ChangeCommand, differing
from mt3_desktop.app.heard import Heard
from mt3_desktop.app.kept_document import KeptDocument
from mt3_desktop.app.layers import NoteLayers
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.outgoing import Outgoing
from mt3_desktop.app.reverting import Passage, reverted
from mt3_desktop.app.song import Song
from mt3_desktop.app.stencil import Stencil
from mt3_desktop.app.track_book import TrackBook
from mt3_desktop.core.cleanup import CleanUp
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.instruments import DRUMS, instrument_name
from mt3_desktop.core.pipeline import Resume
from mt3_desktop.core.span import WHOLE, Span
from mt3_desktop.core.tempo import Beats, Tempo
from mt3_desktop.core.tracks import Track, played_by
from mt3_desktop.core.values import Instrument, Note, SegmentNotes, sort_key


class TranscriptionDocument(QObject):
    """A result: the notes of one song by one model, with the user's edits.

    What the model said and what the user made of it are layers, so nothing is ever lost. While the model is
    still at work its notes are appended, and never overwrite an edit: merges and changes of program apply to
    later notes too. Where the model told what else it thought possible, more or fewer of its notes can be
    taken at any time; edits stay. A clean-up lies over the edited notes like a stencil: it decides what is
    seen, heard and saved, and can be taken off.

    Signals:
        notes_appended: (notes: tuple[Note, ...]) final notes that are new.
        notes_changed: (diff: NoteDiff) what became of `notes`, but for those that were appended.
        sounding_changed: (notes: tuple[Note, ...]) notes that still sound at `heard_until`.
        tracks_changed: (tracks: tuple[Track, ...]).
        rules_changed: (rules: Rules) the clean-up is another one.
        sensitivity_changed: (sensitivity: float) more or fewer of the model's notes are taken.
        tempo_changed: (tempo: Tempo | None) the user's bars.
        heard_changed: (seconds: float) the recording is transcribed up to here.
        completed: () the model is through.
        touched: () something that a session keeps has changed.
    """

    notes_appended = Signal(object)
    notes_changed = Signal(object)
    sounding_changed = Signal(object)
    tracks_changed = Signal(object)
    rules_changed = Signal(object)
    sensitivity_changed = Signal(float)
    tempo_changed = Signal(object)
    heard_changed = Signal(float)
    completed = Signal()
    touched = Signal()

    def __init__(
        self, song: Song, model_id: str, parent: QObject | None = None, *, span: Span = WHOLE
    ) -> None:
        """Start empty.

        Args:
            song: the recording, its bars, and how it is looked at.
            model_id: the model that hears it.
            parent: owner.
            span: the passage that it hears.
        """
        super().__init__(parent)
        self.song = song
        self.model_id = model_id
        self.span = span
        self.undo_stack = QUndoStack(self)
        self._book = TrackBook()
        self._layers = NoteLayers(Heard(), self._redirected)
        self._stencil = Stencil(self._beats)
        self._tracks: tuple[Track, ...] = ()
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
        return self._stencil.edited

    @property
    def rules(self) -> Rules:
        """The clean-up that lies over the notes."""
        return self._stencil.rules

    @property
    def tempo(self) -> Tempo | None:
        """The user's bars, or None as long as there are none."""
        return self.song.tempo

    @property
    def cleaned(self) -> CleanUp:
        """What the clean-up makes of the edited notes."""
        return self._stencil.cleaned

    @property
    def raw_notes(self) -> tuple[Note, ...]:
        """The notes as the model gave them."""
        return tuple(sorted(self._layers.heard.notes, key=sort_key))

    @property
    def n_notes(self) -> int:
        """How many notes there are, hidden ones too."""
        return len(self.edited)

    @property
    def instruments(self) -> frozenset[Instrument]:
        """The instruments that have notes, hidden ones too."""
        return self._stencil.instruments

    @property
    def has_confidences(self) -> bool:
        """Whether the model said of any note how sure it was."""
        return self._stencil.has_confidences

    @property
    def sounding(self) -> tuple[Note, ...]:
        """Notes that still sounded at `heard_until`; empty once the model is through."""
        return tuple(map(self._book.redirected, self._layers.heard.sounding))

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
        return self._layers.heard.until

    @property
    def passage_until(self) -> float:
        """As `heard_until`, but never beyond the passage, even when the model is through."""
        stop = self.span.stop
        return self.heard_until if stop is None else min(self.heard_until, stop)

    @property
    def progress(self) -> Resume:
        """What the model has given so far, and where an interrupted run goes on."""
        return self._layers.heard.progress

    @property
    def is_complete(self) -> bool:
        """Whether the model is through."""
        return self._layers.heard.is_complete

    @property
    def kept(self) -> KeptDocument:
        """What a session keeps of it, for `restore`."""
        return self.keep()()

    def keep(self) -> Callable[[], KeptDocument]:
        """What a session keeps of it as it is now, as a function for the thread that writes.

        Autosave asks for it every second: what takes time for many notes is not done before it is called.
        """
        tracks, redirects = self._book.known, dict(self._book.redirects)
        layers = self._layers.copy(TrackBook((), redirects).redirected)
        duration, rules, span = self.duration, self.rules, self.span

        def kept() -> KeptDocument:
            return KeptDocument(
                notes=tuple(layers.notes),
                tracks=tracks,
                redirects=redirects,
                progress=layers.heard.progress,
                duration=duration,
                heard_until=layers.heard.until,
                is_complete=layers.heard.is_complete,
                rules=rules,
                sensitivity=layers.sensitivity,
                taken=layers.taken_notes,
                candidates=layers.heard.known_candidates,
                span=span,
            )

        return kept

    # --- the model at work ---

    def append(self, part: SegmentNotes) -> None:
        """Take in what one more segment brought."""
        self._layers.heard.take(part)
        new = self._layers.arrived(part.notes)
        if new is None:
            self._show(self._stencil.replace(self._layers.notes))
        else:
            self._take_in(NoteDiff.of((), new))
        self.sounding_changed.emit(self.sounding)
        self.heard_changed.emit(self.heard_until)
        self.touched.emit()

    def set_duration(self, seconds: float) -> None:
        """Tell the length of the recording."""
        self.song.set_duration(seconds)

    def complete(self) -> None:
        """The model is through."""
        self._layers.heard.complete(self.duration)
        self._refresh_tracks()
        self.sounding_changed.emit(())
        self.heard_changed.emit(self.heard_until)
        self.completed.emit()
        self.touched.emit()

    def restore(self, kept: KeptDocument) -> None:
        """Become what was kept in a session; the undo history starts anew."""
        heard = Heard.again(
            kept.progress, kept.heard_until, is_complete=kept.is_complete, candidates=kept.candidates
        )
        self.span = kept.span
        before, self._stencil = self.notes, Stencil(self._beats)
        self._book = TrackBook(kept.tracks, kept.redirects)
        self._layers = NoteLayers.again(
            heard, self._redirected, kept.notes, sensitivity=kept.sensitivity, taken=kept.taken
        )
        self.song.set_duration(max(self.duration, kept.duration))
        self._stencil.set_rules(kept.rules)
        self._stencil.replace(self._layers.notes)
        self.undo_stack.clear()
        self._show(NoteDiff.between(before, self.notes))
        self.rules_changed.emit(self.rules)
        self.sensitivity_changed.emit(self.sensitivity)
        self.sounding_changed.emit(self.sounding)
        self.heard_changed.emit(self.heard_until)

    def set_tempo(self, tempo: Tempo | None, text: str = "Change tempo") -> None:
        """Lay other bars over the song, or none; no note moves unless the clean-up quantises.

        Args:
            tempo: the bars.
            text: what the undo menu says; further changes of the same text are part of the same step.
        """
        if tempo != self.tempo:
            self._push(text, Change(tempo=(self.tempo, tempo), topic=text))

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
            self._push(f"Rename {track.name}", Change(looks=((track, replace(track, name=name)),)))

    def recolour(self, instrument: Instrument, colour: int) -> None:
        """Give a track another note colour."""
        track = self._book[instrument]
        if colour != track.colour:
            self._push(f"Recolour {track.name}", Change(looks=((track, replace(track, colour=colour)),)))

    def merge(self, sources: Iterable[Instrument], target: Instrument, text: str = "") -> None:
        """Give the notes of `sources`, and those still to come, to `target`.

        Also a change of program (`target` may be new), a repair of a stray track, and a move to the drums.
        """
        chosen = frozenset(source for source in sources if source != target)
        if not chosen:
            return
        own = [note for note in self._layers.own if note.instrument in chosen]
        given = [note for note in self._stencil.notes_of(chosen) if note.instrument not in chosen]
        edit = self._layers.edit((*own, *given), (played_by(note, target) for note in (*own, *given)))
        redirects = self._book.redirects, self._book.redirects_after(chosen, target)
        self._push(
            text or f"Move {self._book.names(chosen)} to {self._book.name(target)}",
            Change(edit, redirects=redirects),
        )

    def move_to_drums(self, instrument: Instrument) -> None:
        """Make the notes of a track drum hits."""
        self.merge([instrument], DRUMS)

    def split(self, instrument: Instrument, lowest: int, target: Instrument) -> None:
        """Give the notes of a track from pitch `lowest` up to another one."""
        moved = tuple(note for note in self._stencil.notes_of([instrument]) if note.pitch >= lowest)
        self.replace_notes(
            moved, tuple(played_by(note, target) for note in moved), f"Split {self._book.name(instrument)}"
        )

    # --- notes ---

    def delete(self, notes: Iterable[Note]) -> None:
        """Take some notes away."""
        self.replace_notes(notes, (), "Delete notes")

    def delete_track(self, instrument: Instrument) -> None:
        """Take all notes of a track away."""
        self.replace_notes(self._stencil.notes_of([instrument]), (), f"Delete {self._book.name(instrument)}")

    def replace_notes(self, old: Iterable[Note], new: Iterable[Note], text: str) -> None:
        """Put some notes in the place of others, as one undoable step called `text`.

        Of a note that the clean-up changed, what it was made of is replaced.
        """
        given, added = tuple(old), tuple(new)
        if given != added:
            self._push(text, Change(self._layers.edit(self._stencil.origins(given), added)))

    @property
    def is_edited(self) -> bool:
        """Whether any note is not as the model gave it."""
        return bool(self._layers.taken or self._layers.own)

    def revert(self, notes: Iterable[Note], passage: Passage) -> bool:
        """Put back what the model said, as an undoable step.

        Args:
            notes: the user's among these go.
            passage: notes that were deleted here come back.

        Returns:
            Whether anything was not as the model gave it.
        """
        edit = reverted(self._layers, self._stencil.origins(notes), passage)
        if edit:
            self._push("Revert to model output", Change(edit))
        return bool(edit)

    # --- more or fewer of the model's notes ---

    @property
    def sensitivity(self) -> float:
        """How much of what the model thought possible is a note, 0-1; 0.5 is what it gave out."""
        return self._layers.sensitivity

    @property
    def can_weigh(self) -> bool:
        """Whether the model told what else it thought possible, so that sensitivity means something."""
        return self._layers.can_weigh

    @property
    def n_more(self) -> int:
        """How many notes of the model there are more than it gave out; negative: fewer."""
        return self._layers.n_more

    @property
    def candidates(self) -> tuple[Note, ...]:
        """What the model thought possible and is no note; not kept, as few want to see it."""
        return self._layers.candidates

    def set_sensitivity(self, sensitivity: float) -> None:
        """Take more or fewer of the model's notes; what was edited by hand stays as it is."""
        if sensitivity != self.sensitivity:
            self._layers.sensitivity = sensitivity
            self._show(self._stencil.replace(self._layers.notes))
            self.sensitivity_changed.emit(sensitivity)
            self.touched.emit()

    def accept(self, candidate: Note) -> None:
        """Make a note of one of `candidates`, as an undoable step."""
        edit = self._layers.accept(candidate)
        if edit:
            self._push("Accept note", Change(edit))

    # --- clean-up ---

    def set_rules(self, rules: Rules) -> None:
        """Lay another clean-up over the notes; as long as the same rule is changed, that is one step."""
        if rules != self.rules:
            change = Change(rules=(self.rules, rules), topic=differing(self.rules, rules))
            self._push("Change clean-up", change)

    def bake(self) -> None:
        """Make edits of the clean-up, as one undoable step, and take it off."""
        if not self._stencil.is_plain:
            baked = NoteDiff.between(self.edited, self.notes)
            edit = self._layers.edit(baked.removed, baked.added)
            self._push("Bake clean-up", Change(edit, rules=(self.rules, Rules())))

    @property
    def outgoing(self) -> Outgoing:
        """What may be saved, as it is now."""
        return Outgoing(
            notes=self.notes,
            sounding=self.sounding,
            heard_until=self.heard_until,
            duration=self.duration,
            model_id=self.model_id,
            source=self.path.name,
            invalid_events=self._layers.heard.invalid_events,
            dropped_events=self._layers.heard.dropped_events,
        )

    # --- inside ---

    @Slot(object)
    def _on_tempo_changed(self, tempo: Tempo | None) -> None:
        """The bars of the song are others: what is quantised to them moves."""
        self.tempo_changed.emit(tempo)
        if self.rules.quantise > 0:
            self._show(self._stencil.clean_again())

    def _take_in(self, new: NoteDiff) -> None:
        """Show notes that came; under a clean-up they may change others, as when two are joined."""
        diff = self._stencil.change(new)
        if not self._stencil.is_plain:
            self._show(diff)
            return
        self._refresh_tracks()
        if diff:
            self.notes_appended.emit(diff.added)

    def _show(self, diff: NoteDiff) -> None:
        """Say what became of the notes; their tracks are known before."""
        self._refresh_tracks()
        self.notes_changed.emit(diff)

    def _beats(self) -> Beats | None:
        tempo = self.song.tempo
        return None if tempo is None else tempo.beats(self.duration)

    def _refresh_tracks(self) -> None:
        """An instrument whose first notes still sound has a track too: they are seen at once."""
        sounding = Counter(note.instrument for note in self.sounding)
        tracks = self._book.counted(self._stencil.counts + sounding)
        if tracks != self._tracks:
            self._tracks = tracks
            self.tracks_changed.emit(tracks)

    def _push(self, text: str, change: Change) -> None:
        self.undo_stack.push(ChangeCommand(text, change, self._apply))

    def _apply(self, change: Change) -> None:
        """One step of an edit, forwards or backwards. Called by the undo stack only."""
        for _before, after in change.looks:
            self._book.look(after)
        if change.moves_notes:
            self._show(self._moved_by(change))
        else:
            self._refresh_tracks()
        if change.rules is not None:
            self.rules_changed.emit(self.rules)
        if change.tempo is not None:
            self.song.set_tempo(change.tempo[1])
        self.touched.emit()

    def _moved_by(self, change: Change) -> NoteDiff:
        """Carry out what a change does to the notes."""
        edited = self._layers.apply(change.edit)
        if change.redirects is None:
            diff = self._stencil.change(edited)
        else:
            self._book.redirects = change.redirects[1]
            diff = self._stencil.replace(self._layers.notes)
        return diff if change.rules is None else diff.then(self._stencil.set_rules(change.rules[1]))

    def _redirected(self, note: Note) -> Note:
        """A note of the model on the instrument that plays it now; the book changes with each session."""
        return self._book.redirected(note)

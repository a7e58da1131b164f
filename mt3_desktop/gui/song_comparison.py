"""Lays another result of the song over the notes on show, and takes over from it what is wanted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMetaObject, QObject, Slot

from mt3_desktop.app.comparing import Comparison, taking_all, taking_one
from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.jobs import JobQueue
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.core.instruments import instrument_name
from mt3_desktop.core.values import Instrument, Note
from mt3_desktop.gui.comparison_bar import ComparisonBar
from mt3_desktop.gui.roll.offers import OtherResult
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.song_player import SongPlayer
from mt3_desktop.gui.song_results import result_titles


class SongComparison(QObject):
    """Connects two results of a song with the roll and the bar; nothing is compared until it is asked for.

    What is taken is an edit of the result on show like any other. The other one never changes.
    """

    def __init__(
        self,
        queue: JobQueue,
        bar: ComparisonBar,
        roll: RollView,
        parent: QObject,
        *,
        sound: SongPlayer,
        model_title: Callable[[str], str],
    ) -> None:
        """Compare nothing yet.

        Args:
            queue: the songs with their results.
            bar: the controls.
            roll: shows the outlines.
            parent: owner.
            sound: has the loop, within which is taken if it is in use.
            model_title: a model's id → what users read.
        """
        super().__init__(parent)
        self._queue, self._bar, self._roll = queue, bar, roll
        self._sound, self._model_title = sound, model_title
        self._mine: TranscriptionDocument | None = None
        self._other: TranscriptionDocument | None = None
        self._connections: list[QMetaObject.Connection] = []
        self._comparison = Comparison(0, (), ())
        bar.all_wanted.connect(self._on_all_wanted)
        bar.track_wanted.connect(self._take)
        bar.note_wanted.connect(roll.state.accept)
        bar.next_wanted.connect(self._on_next_wanted)
        bar.left.connect(self.stop)
        roll.other_accepted.connect(self._on_accepted)
        roll.state.focus_changed.connect(self._on_focus_changed)
        roll.loop_changed.connect(self._on_loop_changed)
        roll.loop_switched.connect(self._on_loop_changed)
        queue.job_removed.connect(self._on_job_removed)

    def slots(self) -> dict[str, Callable[[], object]]:
        """What the command does."""
        return {"compare": self._toggle}

    def show(self, document: TranscriptionDocument | None) -> None:
        """Show a result. If it is the one that was outlined, the two change places."""
        before, self._mine = self._mine, document
        if document is self._other and self._other is not None:
            self._compare(before)
        elif document is None or self._other is None or document.song is not self._other.song:
            self.stop()
        else:
            self._compare(self._other)

    def start(self, job_id: int) -> None:
        """Lay a result of the song on show over its notes."""
        other = self._queue.document(job_id)
        if other is not self._mine:
            self._compare(other)

    @Slot()
    def stop(self) -> None:
        """Show the notes alone again."""
        self._compare(None)

    # --- inside ---

    def _toggle(self) -> None:
        """Compare with the next result of the song, or stop."""
        if self._mine is None:
            return
        if self._other is not None:
            self.stop()
            return
        results = [self._queue.document(job.id) for job in self._queue.results(self._mine.song)]
        if len(results) > 1:
            self._compare(results[(results.index(self._mine) + 1) % len(results)])

    def _compare(self, other: TranscriptionDocument | None) -> None:
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections, self._other = [], other
        if self._mine is None or other is None:
            self._other = None
            self._roll.set_other(None)
            self._bar.hide()
            return
        for document in (self._mine, other):
            for signal in (document.notes_appended, document.notes_changed, document.tracks_changed):
                self._connections.append(signal.connect(self._refresh))
        self._on_loop_changed()
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        mine, other = self._mine, self._other
        if mine is None or other is None:
            return
        title = self._title_of(other)
        self._comparison = Comparison.of(mine.notes, other.notes)
        self._roll.set_other(OtherResult(title, other.notes, self._comparison.only_theirs, other.tracks))
        self._bar.show_comparison(title, self._comparison, other.tracks)
        self._on_focus_changed()

    @Slot()
    def _on_focus_changed(self) -> None:
        self._bar.set_can_accept(self._other is not None and self._roll.state.candidate is not None)

    @Slot()
    def _on_loop_changed(self) -> None:
        self._bar.set_in_loop(self._sound.loop is not None)

    @Slot()
    def _on_job_removed(self) -> None:
        documents = [self._queue.document(job.id) for job in self._queue.jobs]
        if self._other is not None and self._other not in documents:
            self.stop()

    @Slot()
    def _on_next_wanted(self) -> None:
        """Go from the focus, or from the left edge, to the next note that only the other result has."""
        roll, theirs = self._roll, self._comparison.only_theirs
        focus, start = roll.state.focus_note, roll.viewport.window.start
        after = start if focus is None else focus.onset
        later = [note for note in theirs if note.onset >= after and note != focus]
        note = (later or theirs)[0]
        if focus in theirs:
            note = theirs[(theirs.index(focus) + 1) % len(theirs)]
        roll.select(())
        roll.state.set_focus_note(note)
        roll.viewport.reveal(note.onset, note.offset, None if note.is_drum else note.pitch)
        roll.area.setFocus()

    # --- taking over ---

    @Slot()
    def _on_all_wanted(self) -> None:
        self._take(None)

    @Slot(object)
    def _take(self, instrument: Instrument | None) -> None:
        """Take a track of the other result, or (None) all of it; only the loop, where one is in use."""
        mine, other = self._mine, self._other
        if mine is None or other is None:
            return
        diff = taking_all(mine.edited, other.notes, span=self._sound.loop, instrument=instrument)
        what = "notes" if instrument is None else self._name(other, instrument)
        self._edit(diff, f"Accept {what} of {self._title_of(other)}")

    @Slot(object)
    def _on_accepted(self, note: Note) -> None:
        if self._mine is not None and self._other is not None:
            text = f"Accept note of {self._title_of(self._other)}"
            self._edit(taking_one(self._mine.notes, note), text)

    def _edit(self, diff: NoteDiff, text: str) -> None:
        if self._mine is not None and diff:
            self._mine.replace_notes(diff.removed, diff.added, text)

    def _title_of(self, document: TranscriptionDocument) -> str:
        """What a result is called, as in its tab."""
        jobs = self._queue.results(document.song)
        titles = result_titles(jobs, self._model_title)
        return next(titles[job.id] for job in jobs if self._queue.document(job.id) is document)

    @staticmethod
    def _name(document: TranscriptionDocument, instrument: Instrument) -> str:
        """What a track of a result is called."""
        names = {track.instrument: track.name for track in document.tracks}
        return names.get(instrument) or instrument_name(instrument)

"""How much CPU time a long song takes in the window: `python -m benchmarks.editing [--json out.json]`.

The real window, offscreen, with the table of notes and the clean-up panel open. Each figure is CPU
milliseconds of the main thread: `ms` until what was done is painted, `later ms` what follows within the
next second and a half: the overview, the table's arrivals, autosave. Medians. Rows that begin with "core" are
what a slider or an autosave asks of the core, without any window.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication  # noqa: TID251 - it measures the window

from benchmarks import figures
from benchmarks.piano_roll import flush, song
from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.exporting import ExportOptions, note_files
from mt3_desktop.app.job import JobState
from mt3_desktop.app.song import Song
from mt3_desktop.core import session as sessions
from mt3_desktop.core.candidates import CANDIDATE_TYPE, USUAL, Candidates
from mt3_desktop.core.cleanup import clean_up
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.store.locations import Locations
from mt3_desktop.core.values import Note, SegmentNotes
from mt3_desktop.gui.composition import Session, build
from mt3_desktop.gui.main import application
from mt3_desktop.gui.roll import editing

LATER_MS = 1500
MANY = 1000
SEGMENT_NOTES = 40
SEGMENT_SECONDS = 2.0
CLEANED = Rules(min_seconds=0.06, hide_doubles=True)

Cost = tuple[float, float]


def cost(action: Callable[[], object]) -> Cost:
    """CPU milliseconds of an action until it is painted, and of what follows it."""
    begin = time.thread_time()
    action()
    flush()
    painted = time.thread_time()
    loop = QEventLoop()
    QTimer.singleShot(LATER_MS, loop.quit)
    loop.exec()
    return 1000 * (painted - begin), 1000 * (time.thread_time() - painted)


def heard(notes: Sequence[Note], *, is_complete: bool) -> TranscriptionDocument:
    """A document of notes that all came with one segment."""
    document = TranscriptionDocument(Song(Path("song.wav")), "lite")
    end = max(note.offset for note in notes)
    document.set_duration(2 * end)
    document.append(SegmentNotes(0, 1, 0.0, end, tuple(notes)))
    if is_complete:
        document.complete()
    return document


class Editor:
    """The window with a long song on show, and what people do to it."""

    def __init__(self, session: Session, n_notes: int) -> None:
        self._queue = session.services.queue
        self._window = session.window
        self._wiring = session.wiring
        self._autosave = session.autosave
        self._roll = session.window.parts.roll
        self._notes = song(n_notes)
        self._document = heard(self._notes, is_complete=True)

    def measure(self, repeats: int) -> Iterator[tuple[str, Cost]]:
        """What each thing that people do costs; the first one shows the song."""
        yield "show", cost(self._show)
        for name, step in self._edits().items():
            done, undone = [], []
            for _ in range(repeats):
                done.append(cost(step))
                undone.append(cost(self._document.undo_stack.undo))
            yield name, _median(done)
            yield f"undo {name}", _median(undone)
        yield "select all", cost(self._roll.commands.select_all)
        yield "delete all", cost(self._roll.commands.delete)
        yield "undo delete all", cost(self._document.undo_stack.undo)
        yield "select none", cost(self._roll.commands.select_none)
        track = self._document.tracks[0].instrument
        is_muted = iter((True, False) * repeats)
        yield (
            "mute",
            _median(
                [cost(lambda: self._document.set_track(track, muted=next(is_muted))) for _ in range(repeats)]
            ),
        )
        yield "clean up", cost(partial(self._document.set_rules, CLEANED))
        yield "delete one, cleaned", _median([cost(partial(self._delete, 1)) for _ in range(repeats)])
        yield "clean up no more", cost(partial(self._document.set_rules, Rules()))
        options = ExportOptions(Path("out"))
        yield "plan an export", cost(partial(note_files, self._document, options, "Lite"))
        yield "segment", _median(list(self._arrivals(repeats)))

    def _show(self) -> None:
        self._adopt(self._document)
        self._window.command("show_table").trigger()

    def _adopt(self, document: TranscriptionDocument) -> None:
        job_id = self._queue.adopt(document, JobState.DONE, was_recovered=False)
        self._wiring.show_last(job_id)
        self._window.parts.panel.set_current(job_id)

    def _edits(self) -> dict[str, Callable[[], object]]:
        return {
            "delete one": partial(self._delete, 1),
            "delete 1,000": partial(self._delete, MANY),
            "move one": partial(self._change, 1, partial(editing.moved, seconds=0.1, semitones=1)),
            "move 1,000": partial(self._change, MANY, partial(editing.moved, seconds=0.1, semitones=1)),
            "velocity of one": partial(self._change, 1, partial(editing.louder, steps=3)),
        }

    def _middle(self, n_notes: int) -> tuple[Note, ...]:
        first = len(self._document.notes) // 2
        return self._document.notes[first : first + n_notes]

    def _delete(self, n_notes: int) -> None:
        self._change(n_notes, editing.deleted)

    def _change(self, n_notes: int, change: Callable[[Sequence[Note]], editing.NoteEdit | None]) -> None:
        notes = self._middle(n_notes)
        self._roll.select(notes)
        self._roll.state.request(change(notes))

    def _arrivals(self, repeats: int) -> Iterator[Cost]:
        """Segments that come when most of the song is there."""
        document = heard(self._notes, is_complete=False)
        self._adopt(document)
        cost(lambda: None)
        for index in range(1, repeats + 1):
            begin = document.heard_until
            notes = tuple(
                replace(note, onset=begin + 0.04 * place, offset=begin + 0.04 * place + note.duration)
                for place, note in enumerate(self._notes[:SEGMENT_NOTES])
            )
            part = SegmentNotes(index, repeats + 1, begin, begin + SEGMENT_SECONDS, notes)
            yield cost(partial(document.append, part))


def core_costs(n_notes: int, repeats: int) -> Iterator[tuple[str, float]]:
    """CPU milliseconds of a song where there is no window: cleaned, decoded anew, kept."""
    notes = song(n_notes)
    table = np.zeros(n_notes, CANDIDATE_TYPE)
    for field in ("onset", "pitch", "velocity", "program", "is_drum"):
        table[field] = [getattr(note, field) for note in notes]
    table["end"] = [note.offset for note in notes]
    table["appears"] = np.random.default_rng(3).uniform(0, 1, n_notes)
    candidates = Candidates(table)
    with tempfile.TemporaryDirectory() as folder:
        recording, kept = Path(folder) / "song.wav", Path(folder) / f"song{sessions.SUFFIX}"
        recording.write_bytes(b"sound")
        session = sessions.Session(
            "song", sessions.AudioReference.to(recording), (sessions.Take("lite", notes),)
        )
        for name, action in {
            "clean up": partial(clean_up, notes, CLEANED),
            "another sensitivity": partial(candidates.at, USUAL),
            "save": partial(sessions.save, session, kept),
        }.items():
            seconds = []
            for _ in range(repeats):
                begin = time.thread_time()
                action()
                seconds.append(time.thread_time() - begin)
            yield f"core {name}", 1000 * statistics.median(seconds)


def _median(costs: Sequence[Cost]) -> Cost:
    return statistics.median(now for now, _ in costs), statistics.median(later for _, later in costs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, write JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editing", description=__doc__)
    parser.add_argument("--notes", type=int, nargs="+", default=[5_000, 60_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--save", action="store_true", help="make them the figures to compare with")
    options = parser.parse_args(arguments)
    app = application()
    assert isinstance(app, QApplication)
    rows = {}
    for n_notes in options.notes:
        with tempfile.TemporaryDirectory() as home:
            session = build(app, Locations.default(Path(home)))
            session.services.settings.update(cleanup_shown=True)
            session.window.resize(1440, 900)
            session.window.show()
            flush()
            for name, (now, later) in Editor(session, n_notes).measure(options.repeats):
                rows[f"{n_notes:,}: {name}"] = {"ms": now, "later ms": later}
            session.close()
        for name, now in core_costs(n_notes, options.repeats):
            rows[f"{n_notes:,}: {name}"] = {"ms": now}
    figures.print_table(rows, figures.last("editing"), compared=("ms", "later ms"))
    for path in filter(None, (options.json, figures.FIGURES / "editing.json" if options.save else None)):
        figures.save(path, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())

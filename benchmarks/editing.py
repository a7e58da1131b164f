"""How much CPU time a long song takes: `python -m benchmarks.editing [--json out.json]`.

Each figure is CPU milliseconds of the main thread on software rendering (the offscreen platform), to show
a song, to edit and to save it: the document, the roll and the note table with what Qt paints.
The song is random; each edit takes one note of its middle away.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication  # noqa: TID251 - it measures widgets

from benchmarks.piano_roll import HEIGHT, WIDTH, flush, song
from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.song import Song
from mt3_desktop.core import export
from mt3_desktop.core.values import SegmentNotes
from mt3_desktop.gui.note_table import NoteTable
from mt3_desktop.gui.roll.view import RollView
from mt3_desktop.gui.theme import apply_theme


def cpu_ms(action: Callable[[], object]) -> float:
    """CPU time of an action with everything it makes Qt paint."""
    begin = time.thread_time()
    action()
    flush()
    return 1000.0 * (time.thread_time() - begin)


def heard_song(n_notes: int) -> TranscriptionDocument:
    """A document of random notes, all of one segment."""
    notes = song(n_notes)
    end = max(note.offset for note in notes)
    document = TranscriptionDocument(Song(Path("song.wav")), "lite")
    document.set_duration(end)
    document.append(SegmentNotes(0, 1, 0.0, end, notes))
    document.complete()
    return document


def measure(n_notes: int, *, repeats: int) -> dict[str, float]:
    """Show a song, edit it, save it."""
    document, roll, table = heard_song(n_notes), RollView(), NoteTable()
    roll.resize(WIDTH, HEIGHT)

    def show_notes() -> None:
        roll.set_notes(document.notes)
        table.set_notes(document.notes)

    def show() -> None:
        roll.set_tracks(document.tracks)
        table.set_tracks(document.tracks)
        roll.set_duration(document.duration)
        show_notes()
        roll.show()
        table.show()

    figures = {"notes": float(n_notes), "show_ms": cpu_ms(show)}
    document.notes_changed.connect(show_notes)
    deletions, undoings = [], []
    for _ in range(repeats):
        note = document.notes[n_notes // 2]
        deletions.append(cpu_ms(partial(document.replace_notes, (note,), (), "Delete")))
        undoings.append(cpu_ms(document.undo_stack.undo))
    figures |= {"delete_ms": statistics.median(deletions), "undo_ms": statistics.median(undoings)}
    with tempfile.TemporaryDirectory() as folder:
        for kind in export.Format:
            path, notes = Path(folder, f"song{kind.suffix}"), document.transcription()
            figures[f"{kind.value}_ms"] = cpu_ms(partial(export.write, notes, path))
    roll.close()
    table.close()
    return figures


def main(arguments: list[str]) -> int:
    """Measure, print a line per song, write JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--notes", type=int, nargs="+", default=[5_000, 20_000, 60_000])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    apply_theme(app, "dark")
    rows = [measure(n_notes, repeats=options.repeats) for n_notes in options.notes]
    for row in rows:
        print(", ".join(f"{name} {value:.0f}" for name, value in row.items()))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pretty_midi
import pytest

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.exporting import ExportOptions, note_files, song_name, write_notes
from mt3_desktop.app.outbox import Outbox
from mt3_desktop.app.saved_files import SavedFiles
from mt3_desktop.app.song import Song
from mt3_desktop.core.export import Format
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.values import Instrument, Note, SegmentNotes

NOTES = (Note(0.0, 0.5, 60, 90, 0), Note(1.0, 2.0, 40, 90, 33), Note(1.5, 1.6, 38, 90, 0, is_drum=True))


@pytest.fixture
def document(qapp: object) -> TranscriptionDocument:
    document = TranscriptionDocument(Song(Path("/music/Nocturne in E♭.flac")), "lite")
    document.append(SegmentNotes(0, 1, 0.0, 4.0, NOTES))
    document.set_duration(4.0)
    document.complete()
    return document


@pytest.fixture
def options(tmp_path: Path) -> ExportOptions:
    return ExportOptions(tmp_path)


def export(document: TranscriptionDocument, options: ExportOptions, title: str) -> tuple[Path, ...]:
    files = SavedFiles(options.existing)
    for planned in note_files(document, options, title):
        files.put(planned.path, planned.write)
    return tuple(files.written)


def instruments(path: Path) -> list[str]:
    return [instrument.name for instrument in pretty_midi.PrettyMIDI(str(path)).instruments]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{song}-{model}", "Song-MT3 (original)"),
        ("{date} {song}", "2026-03-01 Song"),
        ("a/b: {song}?", "a-b- Song-"),
        ("{unknown}", "{unknown}"),
    ],
)
def test_a_pattern_becomes_a_name_that_any_system_takes(pattern: str, expected: str) -> None:
    assert song_name(pattern, "Song", "MT3 (original)", today=date(2026, 3, 1)) == expected


def test_a_long_name_is_cut_to_what_a_file_system_takes() -> None:
    assert len(song_name("{song}", "ö" * 250, "").encode()) <= 200


def test_a_song_is_saved_under_its_pattern(document: TranscriptionDocument, options: ExportOptions) -> None:
    (path,) = export(document, options, "Small")

    assert path.name == "Nocturne in E♭-Small.mid"
    assert instruments(path) == ["Acoustic grand piano", "Electric bass (finger)", "Drums"]


def test_muted_tracks_stay_out_unless_asked_for(
    document: TranscriptionDocument, tmp_path: Path, options: ExportOptions
) -> None:
    document.set_track(Instrument(33), muted=True)

    (heard,) = export(document, options, "Small")
    (everything,) = export(document, ExportOptions(tmp_path, include_muted=True), "Small")

    assert len(instruments(heard)) == 2
    assert len(instruments(everything)) == 3


def test_a_file_per_track_and_two_tracks_of_one_name(document: TranscriptionDocument, tmp_path: Path) -> None:
    document.rename(Instrument(33), "Acoustic grand piano")
    options = ExportOptions(tmp_path, per_track=True, formats=(Format.MIDI, Format.CSV))

    written = export(document, options, "Small")

    assert len(written) == len(set(written)) == 4
    assert set(written) == {planned.path for planned in note_files(document, options, "Small")}
    assert all(path.exists() for path in written)


def test_an_existing_file_is_kept(document: TranscriptionDocument, options: ExportOptions) -> None:
    (first,) = export(document, options, "Small")
    before = first.read_bytes()

    (second,) = export(document, options, "Small")

    assert second.name == "Nocturne in E♭-Small (2).mid"
    assert first.read_bytes() == before


def test_only_chosen_tracks_are_saved(document: TranscriptionDocument, options: ExportOptions) -> None:
    chosen = frozenset({Instrument(33), Instrument(0, is_drum=True)})
    document.set_track(Instrument(33), muted=True)

    (heard,) = export(document, replace(options, instruments=chosen), "Small")
    (everything,) = export(document, replace(options, instruments=chosen, include_muted=True), "Small")

    assert instruments(heard) == ["Drums"]
    assert instruments(everything) == ["Electric bass (finger)", "Drums"]


def test_a_span_keeps_its_times(document: TranscriptionDocument, tmp_path: Path) -> None:
    (path,) = export(document, ExportOptions(tmp_path, span=(0.9, 1.2)), "Small")

    (bass,) = pretty_midi.PrettyMIDI(str(path)).instruments
    assert bass.notes[0].start == pytest.approx(1.0, abs=0.002)


def test_what_is_dragged_out_stays_until_the_end(document: TranscriptionDocument) -> None:
    outbox = Outbox()
    first = outbox.write(document.outgoing.transcription(), document.tracks, "Song: take/2")
    second = outbox.write(document.outgoing.transcription(), document.tracks, "Song: take/2")

    assert first.name == second.name == "Song- take-2.mid"
    assert first.exists()
    assert second.exists()
    outbox.close()
    assert not first.exists()


BARS = Tempo(96.0, downbeat=0.4)


def note_starts(path: Path) -> list[float]:
    file = pretty_midi.PrettyMIDI(str(path))
    return sorted(note.start for instrument in file.instruments for note in instrument.notes)


def stated_tempo(path: Path) -> float:
    return float(pretty_midi.PrettyMIDI(str(path)).get_tempo_changes()[1][-1])


def test_a_file_follows_the_bars_and_no_note_moves(
    document: TranscriptionDocument, options: ExportOptions
) -> None:
    document.set_tempo(BARS)
    (path,) = export(document, replace(options, follow_bars=True), "Small")

    assert stated_tempo(path) == pytest.approx(96.0)
    assert note_starts(path) == pytest.approx([0.0, 1.0, 1.5], abs=1e-3)


def test_without_bars_of_its_own_a_song_keeps_real_time(
    document: TranscriptionDocument, options: ExportOptions
) -> None:
    (path,) = export(document, replace(options, follow_bars=True, quantised_copy=True), "Small")

    assert stated_tempo(path) == 120.0


def test_a_quantised_copy_lies_on_the_bars_beside_the_true_one(
    document: TranscriptionDocument, options: ExportOptions
) -> None:
    document.set_tempo(BARS)
    both = replace(options, follow_bars=True, quantised_copy=True)
    true, copy = export(document, both, "Small")

    assert [true, copy] == [planned.path for planned in note_files(document, both, "Small")]
    assert copy.name == "Nocturne in E♭-Small (quantised).mid"
    assert note_starts(true) == pytest.approx([0.0, 1.0, 1.5], abs=1e-3)
    sixteenth = BARS.beat_seconds / 4
    steps = [-2, 4, 7]  # the one nearest to 0 would be before the start
    assert note_starts(copy) == pytest.approx([0.4 + step * sixteenth for step in steps], abs=2e-3)


def test_what_is_dragged_out_follows_the_bars_too(document: TranscriptionDocument, tmp_path: Path) -> None:
    outbox = Outbox()
    path = outbox.write(document.outgoing.transcription(), document.tracks, "Song", tempo=BARS)

    assert stated_tempo(path) == pytest.approx(96.0)
    outbox.close()


def test_a_cancelled_export_of_notes_keeps_the_files_that_are_complete(
    document: TranscriptionDocument, options: ExportOptions
) -> None:
    planned = note_files(document, replace(options, formats=(Format.CSV, Format.JSON)), "Fake")
    files, cancel = SavedFiles("number"), CancelToken()

    with pytest.raises(Cancelled):
        write_notes(planned, files, lambda _progress: cancel.cancel(), cancel)

    assert files.written == [planned[0].path]
    assert list(options.folder.iterdir()) == files.written

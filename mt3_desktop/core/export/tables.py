"""Notes → tables for other programs: CSV and JSON.

CSV: one line per note, a header, comma, UTF-8, times in seconds with six decimals:
`onset,offset,pitch,velocity,program,is_drum,confidence,instrument,note`. `is_drum` is 0 or 1, `confidence`
is empty where the model gives none, `instrument` and `note` are for people: "Acoustic bass", "E1".

JSON: one object,
`{"format": "mt3-desktop/notes", "version": 1, "source": str, "model": str, "duration": seconds,
"instruments": [{"program": int, "is_drum": bool, "name": str, "count": int}], "notes": [{"onset": seconds,
"offset": seconds, "pitch": int, "velocity": int, "program": int, "is_drum": bool, "confidence": float |
null}]}`. A reader must refuse a `version` it does not know; new keys do not change it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from mt3_desktop.core.instruments import drum_name, pitch_name
from mt3_desktop.core.tracks import Track, tracks_of
from mt3_desktop.core.values import Note, Transcription

CSV_COLUMNS = (
    "onset", "offset", "pitch", "velocity", "program", "is_drum", "confidence", "instrument", "note",
)  # fmt: skip
JSON_FORMAT = "mt3-desktop/notes"
JSON_VERSION = 1

_DECIMALS = 6


def write_csv(file: BinaryIO, transcription: Transcription, tracks: Iterable[Track] | None = None) -> None:
    """Write the notes as CSV.

    Args:
        file: open for binary writing.
        transcription: whose notes to write.
        tracks: names of the instruments, where they differ from the General MIDI ones.
    """
    names = {track.instrument: track.name for track in tracks_of(transcription.notes, tracks or ())}
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    rows.writerows(_row(note, names[note.instrument]) for note in transcription.notes)
    file.write(text.getvalue().encode())


def write_json(file: BinaryIO, transcription: Transcription, tracks: Iterable[Track] | None = None) -> None:
    """Write the transcription as JSON; the arguments are those of `write_csv`."""
    document = {
        "format": JSON_FORMAT,
        "version": JSON_VERSION,
        "source": transcription.source,
        "model": transcription.model_id,
        "duration": round(transcription.duration, _DECIMALS),
        "instruments": [
            {
                "program": track.instrument.program,
                "is_drum": track.instrument.is_drum,
                "name": track.name,
                "count": track.count,
            }
            for track in tracks_of(transcription.notes, tracks or ())
        ],
        "notes": [note_to_dict(note) for note in transcription.notes],
    }
    file.write(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n")


def note_to_dict(note: Note) -> dict[str, float | int | bool | None]:
    """One note as a JSON object."""
    return {
        "onset": round(note.onset, _DECIMALS),
        "offset": round(note.offset, _DECIMALS),
        "pitch": note.pitch,
        "velocity": note.velocity,
        "program": note.program,
        "is_drum": note.is_drum,
        "confidence": None if note.confidence is None else round(note.confidence, _DECIMALS),
    }


def _row(note: Note, instrument: str) -> Sequence[str | int]:
    return (
        f"{note.onset:.{_DECIMALS}f}",
        f"{note.offset:.{_DECIMALS}f}",
        note.pitch,
        note.velocity,
        note.program,
        int(note.is_drum),
        "" if note.confidence is None else f"{note.confidence:.{_DECIMALS}f}",
        instrument,
        drum_name(note.pitch) if note.is_drum else pitch_name(note.pitch),
    )

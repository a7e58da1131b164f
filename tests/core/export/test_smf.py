"""The bytes of MIDI files, against another program that reads and writes them."""

from __future__ import annotations

import io

import mido
import pytest

from mt3_desktop.core.export import smf


@pytest.mark.parametrize("value", [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000, 0x0FFFFFFF])
def test_numbers_are_of_variable_length(value: int) -> None:
    assert list(smf.number(value)) == mido.midifiles.meta.encode_variable_int(value)


def test_a_file_is_what_mido_writes_of_the_same_events() -> None:
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name="Bass", time=0),
            mido.Message("program_change", program=33, channel=2, time=0),
            mido.Message("note_on", note=40, velocity=90, channel=2, time=300),
            mido.Message("note_on", note=40, velocity=0, channel=2, time=200),
            mido.Message("note_on", note=40, velocity=80, channel=2, time=0),
            mido.Message("note_on", note=40, velocity=0, channel=2, time=1),
            mido.MetaMessage("end_of_track", time=1),
        ]
    )
    expected = io.BytesIO()
    mido.MidiFile(type=1, ticks_per_beat=480, tracks=[track]).save(file=expected)
    content = (
        smf.meta(smf.TRACK_NAME, b"Bass")
        + smf.program_change(2, 33)
        + smf.note_events([(500, 501, 40, 80), (300, 500, 40, 90)], 2)
        + smf.meta(smf.END_OF_TRACK, delta=1)
    )
    assert smf.file_bytes([content], 480) == expected.getvalue()

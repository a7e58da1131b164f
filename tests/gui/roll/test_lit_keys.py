"""What sounds at the playhead lights up on the keys, while the song plays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mt3_desktop.gui.roll.keyboard import KeyboardStrip
from tests.helpers.roll_hand import BASS, C4, KICK


def lit(strip, keys):
    """Those of some keys whose middles look unlike those of a strip on which nothing sounds."""
    image = strip.grab().toImage()
    sounding, strip._lit = strip._lit, frozenset()
    silent = strip.grab().toImage()
    strip._lit = sounding
    end = strip.width() // 2 if isinstance(strip, KeyboardStrip) else strip.width() - 4
    middles = {key: [y for y in range(strip.height()) if strip.key_at(y) == key] for key in keys}
    return {
        key
        for key, ys in middles.items()
        if any(image.pixel(x, ys[len(ys) // 2]) != silent.pixel(x, ys[len(ys) // 2]) for x in range(4, end))
    }


@pytest.fixture
def playing(roll):
    roll.set_playing(True)
    return roll


def test_the_keys_of_the_notes_at_the_playhead_light_up(playing):
    playing.set_playhead(1.5)
    assert lit(playing.keyboard, range(36, 76)) == {C4.pitch, BASS.pitch}
    playing.set_playhead(3.5)
    assert lit(playing.keyboard, range(36, 76)) == set()


def test_a_hit_lights_its_drum_for_as_long_as_one_sees(playing):
    playing.set_playhead(KICK.onset + 0.08)
    assert lit(playing.drum_names, (36, 38)) == {36}
    playing.set_playhead(KICK.onset + 0.2)
    assert lit(playing.drum_names, (36, 38)) == set()


def test_nothing_is_lit_while_nothing_plays(playing):
    playing.set_playhead(1.5)
    playing.set_playing(False)
    assert lit(playing.keyboard, range(36, 76)) == set()
    playing.set_playhead(1.6)
    assert lit(playing.keyboard, range(36, 76)) == set()


def test_what_is_not_heard_is_not_lit(playing):
    tracks = tuple(replace(t, muted=t.instrument == BASS.instrument) for t in playing.state.tracks)
    playing.set_tracks(tracks)
    playing.set_playhead(1.5)
    assert lit(playing.keyboard, range(36, 76)) == {C4.pitch}

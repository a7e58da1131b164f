"""Envelopes and oscillators at exact times."""

from __future__ import annotations

import numpy as np
import pytest

from mt3_desktop.core.soundfont import Envelope, Lfo
from mt3_desktop.core.synth import envelope

RATE = 1000
SHAPE = Envelope(delay=0.1, attack=0.2, hold=0.1, decay=1.0, sustain=20.0, release=0.5)


def decibels(values):
    return 20 * np.log10(values)


def test_each_phase_is_where_it_should_be():
    curve = envelope.amplitude(SHAPE, 0, 1500, held=1000, rate=RATE)
    assert curve[50] == 0.0
    assert curve[200] == pytest.approx(0.5)
    assert curve[350] == pytest.approx(1.0)
    assert decibels(curve[500]) == pytest.approx(-10.0, abs=0.01)  # 100 dB per second from 0.4 s on
    assert decibels(curve[900]) == pytest.approx(-20.0, abs=0.01)
    assert decibels(curve[1100]) == pytest.approx(-20.0 - 20.0, abs=0.01)  # 100 dB in half a second


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 80), (50, 250), (299, 301), (380, 700), (950, 1050), (1100, 1400)]
)
def test_a_slice_is_the_slice_of_the_whole(start, stop):
    whole = envelope.amplitude(SHAPE, 0, 1500, held=1000, rate=RATE)
    part = envelope.amplitude(SHAPE, start, stop, held=1000, rate=RATE)
    np.testing.assert_allclose(part, whole[start:stop], rtol=1e-5)


@pytest.mark.parametrize("held", [50, 200, 350, 500, 1200])
def test_the_release_begins_where_the_key_left_it(held):
    curve = envelope.amplitude(SHAPE, held - 1, held + 1, held=held, rate=RATE)
    assert curve[1] == pytest.approx(envelope.level(SHAPE, held, RATE))
    assert abs(curve[1] - curve[0]) < 0.02


def test_a_note_ends_when_it_is_silent():
    length = envelope.length(SHAPE, held=1000, rate=RATE)
    assert length == 1000 + 250  # from -20 to -70 dB at 200 dB per second
    assert decibels(envelope.amplitude(SHAPE, length - 1, length, held=1000, rate=RATE)[0]) < -69


def test_a_note_that_decays_to_silence_ends_before_its_key():
    plucked = Envelope(0.0, 0.0, 0.0, 0.5, 100.0, 0.5)
    assert envelope.length(plucked, held=10_000, rate=RATE) == 350


def test_no_release_is_shorter_than_a_click():
    sharp = Envelope(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    curve = envelope.amplitude(sharp, 100, 110, held=100, rate=RATE)
    assert curve[0] == 1.0
    assert np.all(np.diff(curve) > -0.3)


def test_the_modulation_envelope_rises_and_falls_in_straight_lines():
    shape = Envelope(delay=0.1, attack=0.2, hold=0.1, decay=1.0, sustain=0.4, release=1.0)
    values = envelope.modulation(shape, np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.7, 1.0, 5.0]))
    np.testing.assert_allclose(values, [0, 0, 0.5, 1, 1, 0.7, 0.4, 0.4], atol=1e-9)


def test_an_oscillator_waits_and_begins_upwards():
    times = np.array([0.0, 0.5, 0.75, 1.0, 1.25, 1.5])
    np.testing.assert_allclose(envelope.oscillation(Lfo(0.5, 1.0), times), [0, 0, 1, 0, -1, 0], atol=1e-9)

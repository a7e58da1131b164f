"""The playhead's clock is smooth, and right."""

from __future__ import annotations

import numpy as np

from mt3_desktop.app.play_clock import PlayClock

RATE, BLOCK, POLL = 44_100, 2048, 0.033


def readings(latency: float = 0.05, stall_at: float = np.inf):
    """What a clock shows while a card takes 2048 frames at a time: (time, shown seconds)."""
    clock = PlayClock(RATE)
    times = np.arange(0.0, 4.0, POLL)
    heard = np.minimum(times, stall_at)
    frames = [int(at * RATE // BLOCK + 1) * BLOCK for at in heard]
    return times, np.array(
        [clock.read(f, latency, float(at)) / RATE for f, at in zip(frames, times, strict=True)]
    )


def test_steps_of_the_sound_card_are_not_seen():
    _, shown = readings()
    steps = np.diff(shown)[30:]
    assert np.all(steps > 0.5 * POLL)
    assert np.all(steps < 1.5 * POLL)


def test_the_clock_stays_with_the_sound():
    times, shown = readings(latency=0.1)
    assert np.abs((shown - (times - 0.1))[30:]).max() < BLOCK / RATE


def test_the_clock_never_goes_back_and_never_beyond_what_was_taken():
    _, shown = readings(stall_at=2.0)
    assert np.all(np.diff(shown) >= -0.16)
    assert shown.max() <= 2.0 + BLOCK / RATE


def test_a_jump_of_the_stream_is_believed_at_once():
    clock = PlayClock(RATE)
    clock.read(0, 0.0, 0.0)
    assert clock.read(10 * RATE, 0.0, 0.033) == 10 * RATE


def test_after_a_reset_the_time_between_does_not_count():
    clock = PlayClock(RATE)
    clock.read(RATE, 0.0, 0.0)
    clock.reset()
    assert clock.read(RATE + 500, 0.0, 100.0) == RATE + 500

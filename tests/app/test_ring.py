"""What the sound card gets out of the ring."""

from __future__ import annotations

import numpy as np
import pytest

from mt3_desktop.app.ring import Ring


def numbered(start: int, count: int):
    return np.repeat(np.arange(start, start + count, dtype=np.float32)[:, None], 2, axis=1)


def taken(ring: Ring, count: int, channels: int = 2):
    out = np.full((count, channels), np.nan, dtype=np.float32)
    ring.fill(out)
    return out


def test_frames_come_out_as_they_went_in_round_and_round():
    ring = Ring(100)
    for start in range(0, 1000, 70):
        ring.write(start, numbered(start, 70))
        np.testing.assert_array_equal(taken(ring, 70), numbered(start, 70))
    assert ring.taken == ring.written == 1050


def test_what_is_missing_is_silence_and_time_goes_on():
    ring = Ring(100)
    ring.write(0, numbered(1, 10))
    out = taken(ring, 16)
    np.testing.assert_array_equal(out[:10], numbered(1, 10))
    assert not out[10:].any()
    assert ring.taken == 16
    assert not taken(ring, 16).any()


def test_frames_not_yet_taken_can_be_replaced():
    ring = Ring(100)
    ring.write(0, numbered(0, 80))
    taken(ring, 20)
    ring.write(30, -numbered(30, 10))
    assert ring.written == 40
    out = taken(ring, 40)
    np.testing.assert_array_equal(out[:10], numbered(20, 10))
    np.testing.assert_array_equal(out[10:20], -numbered(30, 10))
    assert not out[20:].any()


def test_a_mono_device_hears_both_sides():
    ring = Ring(10)
    ring.write(0, np.array([[1.0, 0.0], [0.0, 0.5]], dtype=np.float32))
    np.testing.assert_array_equal(taken(ring, 3, channels=1), [[0.5], [0.25], [0.0]])


@pytest.mark.parametrize(("start", "expected"), [(5, [5, 6, 7]), (8, [8, 9, 0]), (20, [0, 0, 0])])
def test_a_look_ahead_sees_silence_beyond_the_end(start, expected):
    ring = Ring(16)
    ring.write(0, numbered(0, 10))
    assert ring.peek(start, 3)[:, 0].tolist() == expected
    assert ring.taken == 0

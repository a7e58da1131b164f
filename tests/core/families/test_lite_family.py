"""The built-in model as the program sees it: notes of known songs, hostile sound, cancellation."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mt3_desktop.core.candidates import USUAL, Candidates
from mt3_desktop.core.errors import DamagedCheckpoint
from mt3_desktop.core.families import lite
from mt3_desktop.core.progress import Cancelled, CancelToken
from mt3_desktop.core.values import AudioClip

RATE = 16_000


@pytest.fixture(scope="module")
def model():
    return lite.FAMILY.build(lite.SPEC, Path(), "cpu")


def clip_of(samples):
    return AudioClip(np.asarray(samples, np.float32), RATE, "test")


def tone(pitch, seconds, loudness=0.2):
    """A plucked tone of eight harmonics."""
    t = np.arange(int(seconds * RATE)) / RATE
    hz = 440 * 2 ** ((pitch - 69) / 12)
    y = sum(np.sin(2 * np.pi * k * hz * t) / k for k in range(1, 9))
    return loudness * y * np.exp(-2.0 * t) * np.minimum(1, np.minimum(t / 0.003, (seconds - t) / 0.02))


def song(notes, seconds):
    """(onset, pitch, length) triples as sound."""
    samples = np.zeros(int(seconds * RATE))
    for onset, pitch, length in notes:
        y = tone(pitch, length)
        start = int(onset * RATE)
        samples[start : start + len(y)] += y
    return samples + 1e-5 * np.random.default_rng(0).standard_normal(len(samples))


def all_notes(model, clip, **options):
    parts = list(model.stream(clip, cancel=CancelToken(), **options))
    return sorted(note for part in parts for note in part.notes)


SCALE = [(0.5 + 0.5 * i, pitch, 0.45) for i, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]


def test_tones_are_found_at_their_times(model):
    found = all_notes(model, clip_of(song(SCALE, 6.0)))
    matched = [
        min((abs(note.onset - onset) for note in found if note.pitch == pitch), default=1.0)
        for onset, pitch, _ in SCALE
    ]
    assert max(matched) < 0.05
    assert len(found) <= len(SCALE) + 3


def test_onsets_lie_between_frames(model):
    found = all_notes(model, clip_of(song([(0.5, 64, 0.4), (1.511, 64, 0.4), (2.523, 64, 0.4)], 4.0)))
    onsets = [note.onset for note in found if note.pitch == 64]
    assert onsets == pytest.approx([0.5, 1.511, 2.523], abs=0.016)


def test_repeated_notes_do_not_overlap(model):
    found = all_notes(model, clip_of(song([(0.5 + 0.25 * i, 60, 0.25) for i in range(8)], 4.0)))
    same = [note for note in found if note.pitch == 60]
    assert len(same) == 8
    assert all(a.offset <= b.onset + 1e-4 for a, b in itertools.pairwise(same))


def test_notes_hold_across_windows_and_segments_add_up(model):
    held = np.tile(song(SCALE, 5.0), 8)
    parts = list(model.stream(clip_of(held), cancel=CancelToken()))
    assert [part.index for part in parts] == list(range(parts[0].count))
    assert parts[-1].end == pytest.approx(40.0)
    assert parts[-1].sounding == ()
    notes = [note for part in parts for note in part.notes]
    counts = [sum(5 * k <= note.onset < 5 * k + 5 for note in notes) for k in range(8)]
    assert max(counts) - min(counts) <= 2
    assert any(part.sounding for part in parts[:-1])


def candidates_of(model, clip):
    return Candidates.joined(part.candidates for part in model.stream(clip, cancel=CancelToken()))


def test_the_candidates_of_a_run_hold_its_notes(model):
    clip = clip_of(np.tile(song(SCALE, 5.0), 10))
    assert sorted(candidates_of(model, clip).at(USUAL)) == all_notes(model, clip)


def test_resuming_gives_the_same_news(model):
    clip = clip_of(np.tile(song(SCALE, 5.0), 10))
    whole = list(model.stream(clip, cancel=CancelToken()))
    rest = list(model.stream(clip, cancel=CancelToken(), first_segment=5))
    assert rest == whole[5:]


def test_sensitivity_changes_only_how_many(model):
    faint = [(onset + 0.2, pitch + 7, 0.3) for onset, pitch, _ in SCALE]
    noise = 0.01 * np.random.default_rng(4).standard_normal(96_000)
    mixed = song(SCALE, 6.0) + 0.05 * song(faint, 6.0) + noise
    candidates = candidates_of(model, clip_of(mixed))
    few, usual, many = (candidates.at(s) for s in (0.0, 0.5, 1.0))
    assert len(few) < len(many)
    assert {identity(note) for note in few} <= {identity(note) for note in usual}
    assert {identity(note) for note in usual} <= {identity(note) for note in many}


def identity(note):
    """All that a note is, but for its end, which the next of its pitch may cut."""
    return replace(note, offset=note.onset)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0),
        np.zeros(3 * RATE),
        np.full(3 * RATE, 0.5),
        1e-5 * np.random.default_rng(1).standard_normal(3 * RATE),
        np.full(2 * RATE, np.nan),
    ],
    ids=["empty", "silence", "constant", "near silence", "not a number"],
)
def test_nothing_is_found_where_nothing_is(model, samples):
    assert all_notes(model, clip_of(samples)) == []


@pytest.mark.parametrize(
    "samples",
    [
        song(SCALE, 6.0)[: int(0.2 * RATE)],
        np.clip(song(SCALE, 6.0) * 50, -1, 1),
        song(SCALE, 6.0) * 100,
        0.1 * np.random.default_rng(2).standard_normal(3 * RATE),
    ],
    ids=["0.2 seconds", "clipped", "far too loud", "noise"],
)
def test_hostile_sound_gives_valid_notes(model, samples):
    for note in all_notes(model, clip_of(samples)):
        assert 0 <= note.onset < note.offset
        assert 1 <= note.velocity <= 127
        assert 0 <= note.confidence <= 1


def test_a_constant_offset_changes_little(model):
    plain = all_notes(model, clip_of(song(SCALE, 6.0)))
    shifted = all_notes(model, clip_of(song(SCALE, 6.0) + 0.3))
    assert [note.pitch for note in shifted] == [note.pitch for note in plain]


def test_cancelling_stops_at_the_next_window(model):
    cancel = CancelToken()
    stream = model.stream(clip_of(np.zeros(60 * RATE)), cancel=cancel)
    next(stream)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(stream)


def test_only_the_part_that_is_read_is_touched(model, tmp_path):
    path = tmp_path / "long.f32"
    n = 3 * 3600 * RATE  # three hours, a sparse file
    with path.open("wb") as file:
        file.truncate(4 * n)
    samples = np.memmap(path, np.float32, "r", shape=(n,))
    stream = model.stream(AudioClip(samples, RATE, "long"), cancel=CancelToken())
    assert next(stream).count == next(stream).count > 1000


def test_a_closed_model_says_so():
    closing = lite.FAMILY.build(lite.SPEC, Path(), "cpu")
    closing.close()
    with pytest.raises(ValueError, match="closed"):
        next(closing.stream(clip_of(np.zeros(RATE)), cancel=CancelToken()))


def test_missing_weights_are_a_clear_error(monkeypatch, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setattr(lite, "resource", lambda _name: tmp_path)
    with pytest.raises(DamagedCheckpoint, match="built-in model"):
        lite.FAMILY.build(replace(lite.SPEC), Path(), "cpu")


def test_the_segment_of_the_catalogue_is_that_of_the_weights(model):
    grid = model.network.grid(RATE * 60)
    assert lite.SPEC.segment_samples == grid.step * model.network.net.config.hop_samples

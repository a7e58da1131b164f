"""The built-in network and what is read off its outputs, on tiny configurations and literal tables."""

import itertools

import numpy as np
import pytest
import torch

from mt3_desktop.core.nn.lite import LiteNet
from mt3_desktop.core.nn.lite_candidates import (
    DRUM_CLASSES,
    HitCandidates,
    NoteCandidates,
    Tracker,
    Tracking,
    joined_hits,
    joined_notes,
)
from mt3_desktop.core.nn.lite_features import (
    DRUM_MIN,
    GROUPS,
    N_DRUMS,
    N_PITCHES,
    PITCH_MIN,
    FrontEnd,
    LiteConfig,
)
from mt3_desktop.core.nn.lite_notes import Calibration, Decoding, decode, threshold_at
from mt3_desktop.core.nn.lite_rolls import Grid, Rolls, stream_rolls

TINY = LiteConfig(
    channels=4, cells=4, context=32, context_layers=1, group_context=32, group_layers=1, group_hidden=4,
    drum_channels=8, drum_layers=1,
)  # fmt: skip
SECONDS = TINY.frame_seconds
ALWAYS = (-float("inf"), float("inf"))


def lively(seed=0):
    """A tiny network whose outputs are not flat."""
    torch.manual_seed(seed)
    net = LiteNet(TINY)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return net.eval()


# --- front end and network ---


@pytest.mark.parametrize("n_frames", [4, 64, 100])
def test_shapes_follow_the_frames(n_frames):
    front_end, net = FrontEnd(TINY), lively()
    samples = torch.randn(2, 2 * TINY.margin_samples + n_frames * TINY.hop_samples)
    features = front_end(samples)
    logits = net(features)
    assert features.pitch.shape == (2, 2, n_frames, TINY.bins)
    assert logits.onset.shape == logits.level.shape == (2, n_frames, N_PITCHES)
    assert logits.group.shape == (2, n_frames, N_PITCHES, len(GROUPS))
    assert logits.drums.shape == (2, 2 * n_frames, N_DRUMS)


@pytest.mark.parametrize("pitch", [33, 57, 69, 96])
def test_a_sine_lights_the_bin_of_its_pitch(pitch):
    t = torch.arange(2 * TINY.margin_samples + 32 * TINY.hop_samples) / TINY.sample_rate
    samples = 0.5 * torch.sin(2 * torch.pi * 440 * 2 ** ((pitch - 69) / 12) * t)
    spectrum = FrontEnd(TINY)(samples[None]).pitch[0, 1].mean(0)
    assert int(spectrum.argmax()) // 3 == pitch - PITCH_MIN


def test_features_do_not_depend_on_level():
    samples = torch.randn(1, 2 * TINY.margin_samples + 16 * TINY.hop_samples) * 0.1
    loud, soft = (FrontEnd(TINY)(samples * gain) for gain in (1.0, 0.5))
    torch.testing.assert_close(loud.pitch, soft.pitch, atol=1e-4, rtol=0)
    assert float(loud.reference - soft.reference) == pytest.approx(np.log10(2), abs=1e-4)


def test_silence_stays_dark():
    features = FrontEnd(TINY)(torch.zeros(1, 2 * TINY.margin_samples + 16 * TINY.hop_samples))
    assert float(features.pitch.max()) < 0


def test_the_folded_dilation_is_a_dilated_convolution():
    cell = lively().cells_before[1]
    h = torch.randn(1, 10, N_PITCHES, TINY.channels)
    expected = torch.nn.functional.conv2d(
        h.permute(0, 3, 1, 2), cell.time.weight, cell.time.bias, padding=(4, 0), dilation=(2, 1),
        groups=TINY.channels,
    )  # fmt: skip
    torch.testing.assert_close(cell._over_time(h).permute(0, 3, 1, 2), expected, atol=1e-5, rtol=0)


def test_the_folded_octaves_are_twelve_pitches_apart():
    cell = lively().cells_before[0]
    h = torch.randn(1, 3, N_PITCHES, TINY.channels)
    expected = torch.nn.functional.conv2d(
        h.permute(0, 3, 1, 2), cell.octave.weight.transpose(2, 3), cell.octave.bias, padding=(0, 24),
        dilation=(1, 12), groups=TINY.channels,
    )  # fmt: skip
    heard = cell._over_octaves(h, cell.octave).permute(0, 3, 1, 2)
    torch.testing.assert_close(heard, expected, atol=1e-5, rtol=0)


def test_in_training_the_network_computes_the_same():
    """Only the order of axes differs, for the sake of gradients."""
    net, front_end = lively(), FrontEnd(TINY)
    features = front_end(torch.randn(2, 2 * TINY.margin_samples + 12 * TINY.hop_samples))
    with torch.no_grad():
        at_work, learning = net(features), net.train()(features)
    for ours, theirs in zip(at_work, learning, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_windows_of_a_batch_do_not_hear_each_other():
    net = lively()
    features = FrontEnd(TINY)(torch.randn(2, 2 * TINY.margin_samples + 16 * TINY.hop_samples))
    both = net(features)
    alone = net(type(features)._make(part[:1] for part in features))
    for a, b in zip(both, alone, strict=True):
        torch.testing.assert_close(a[:1], b, atol=1e-4, rtol=0)


def test_an_untrained_network_is_quiet():
    torch.manual_seed(0)
    logits = LiteNet(TINY)(FrontEnd(TINY)(torch.randn(1, 2 * TINY.margin_samples + 16 * TINY.hop_samples)))
    assert float(logits.onset.detach().sigmoid().max()) < 0.1


@pytest.mark.parametrize("values", [{"chanels": 4}, {"channels": "many"}])
def test_wrong_sizes_are_refused(values):
    with pytest.raises(ValueError, match=r"sizes"):
        LiteConfig.from_mapping(values)


def test_sizes_come_back_from_json_values():
    assert LiteConfig.from_mapping(TINY.to_mapping()) == TINY


# --- windows ---


@pytest.mark.parametrize("seconds", [0.0, 0.2, 1.0, 2.1, 5.0, 9.7])
def test_windows_settle_every_frame_once(seconds):
    grid = Grid(int(seconds * TINY.sample_rate), TINY.hop_samples, 64)
    spans = [grid.settled(window) for window in range(grid.n_windows)]
    assert spans[0][0] == 0
    assert spans[-1][1] == grid.n_frames
    assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))
    assert all(last - first <= 64 for first, last in spans)


def test_starting_later_gives_the_same_frames():
    net, front_end = lively(), FrontEnd(TINY)
    samples = np.random.default_rng(0).standard_normal(6 * TINY.sample_rate).astype(np.float32) * 0.1
    grid = Grid(len(samples), TINY.hop_samples, 64)
    whole = list(stream_rolls(net, front_end, samples, grid, check=lambda: None))
    later = list(stream_rolls(net, front_end, samples, grid, check=lambda: None, first_window=2))
    assert [rolls.first for rolls in later] == [rolls.first for rolls in whole[2:]]
    for a, b in zip(whole[2:], later, strict=True):
        for x, y in zip(a[1:], b[1:], strict=True):
            np.testing.assert_allclose(x, y, atol=1e-5)


# --- candidates ---


def quiet_rolls(n, first=0):
    group = np.full((n, N_PITCHES, len(GROUPS)), 1 / len(GROUPS), np.float32)
    empty = np.zeros((n, N_PITCHES), np.float32)
    drums = np.zeros((2 * n, N_DRUMS), np.float32)
    return Rolls(first, *(empty.copy() for _ in range(4)), group, drums, np.zeros(2 * n, np.float32))


def put_note(rolls, start, end, pitch, *, group=0, height=0.9):
    """Paint a note between two positions in frames, which need not be whole."""
    column, frames = pitch - PITCH_MIN, np.arange(len(rolls.onset))
    for roll, centre in ((rolls.onset, start), (rolls.offset, end)):
        triangle = np.clip(1 - np.abs(frames - centre) / 2.2, 0, 1) * height
        roll[:, column] = np.maximum(roll[:, column], triangle)
    sounding = (frames >= round(start)) & (frames <= end)
    rolls.activity[sounding, column] = 0.95
    rolls.level[sounding, column] = -1.0
    rolls.group[sounding, column] = 0.01
    rolls.group[sounding, column, group] = 0.88


def found(rolls, *, pieces=1, tracking=None):
    """Candidates of rolls that are fed in pieces."""
    tracker = Tracker(tracking or Tracking(), SECONDS)
    cuts = np.linspace(0, len(rolls.onset), pieces + 1).astype(int)
    notes, hits = [], []
    for a, b in itertools.pairwise(cuts):
        part = Rolls(
            int(a),
            *(roll[a:b] for roll in rolls[1:6]),
            rolls.drums[2 * a : 2 * b],
            rolls.drum_rise[2 * a : 2 * b],
        )
        done, struck = tracker.feed(part, is_last=b == len(rolls.onset))
        notes.append(done)
        hits.append(struck)
    return joined_notes(notes), joined_hits(hits)


def test_times_are_read_between_frames():
    rolls = quiet_rolls(60)
    put_note(rolls, 10.3, 30.6, 60)
    notes, _ = found(rolls)
    assert notes.onset == pytest.approx([10.8 * SECONDS], abs=0.05 * SECONDS)
    assert notes.end == pytest.approx([31.1 * SECONDS], abs=0.6 * SECONDS)


@pytest.mark.parametrize("pieces", [2, 3, 7, 20])
def test_candidates_do_not_depend_on_how_frames_arrive(pieces):
    rolls = quiet_rolls(120)
    rng = np.random.default_rng(1)
    for i in range(30):
        start = float(rng.uniform(0, 110))
        put_note(rolls, start, start + float(rng.uniform(2, 40)), int(rng.integers(40, 80)), group=i % 5)
    rolls.drums[:] = rng.random(rolls.drums.shape).astype(np.float32) ** 8
    whole, in_pieces = found(rolls), found(rolls, pieces=pieces)
    for a, b in zip((*whole[0], *whole[1]), (*in_pieces[0], *in_pieces[1]), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_note_ends_at_its_longest():
    rolls = quiet_rolls(200)
    put_note(rolls, 5, 199, 60)
    notes, _ = found(rolls, tracking=Tracking(longest=2.0))
    assert notes.end[0] - notes.onset[0] == pytest.approx(2.0, abs=2 * SECONDS)


def test_what_sounds_at_the_end_is_still_open():
    rolls = quiet_rolls(40)
    put_note(rolls, 30, 100, 60)
    tracker = Tracker(Tracking(), SECONDS)
    done, _ = tracker.feed(rolls, is_last=False)
    assert len(done.onset) == 0
    assert tracker.still_open().pitch.tolist() == [60]


def test_keys_of_one_class_are_one_hit():
    rolls = quiet_rolls(20)
    rolls.drums[10, 35 - DRUM_MIN] = 0.4
    rolls.drums[10, 36 - DRUM_MIN] = 0.5
    _, hits = found(rolls)
    assert len(hits.onset) == 1
    assert hits.score[0] == pytest.approx(0.7, abs=1e-5)
    assert hits.onset[0] == pytest.approx(10.5 * SECONDS / 2, abs=SECONDS / 4)


def test_every_key_is_in_one_class():
    keys = sorted(key for members in DRUM_CLASSES for key in members)
    assert keys == list(range(DRUM_MIN, DRUM_MIN + N_DRUMS))


# --- notes ---


def table(*rows):
    """(onset, end, pitch, score, level, group) rows as candidates."""
    onset, end, pitch, score, level, group = zip(*rows, strict=True)
    logs = np.log(np.full((len(rows), len(GROUPS)), 0.02, np.float32))
    logs[np.arange(len(rows)), list(group)] = np.log(0.76)
    single = np.float32
    return NoteCandidates(
        np.array(onset, single), np.array(end, single), np.array(pitch), np.array(score, single),
        np.array(level, single), logs,
    )  # fmt: skip


def no_hits():
    return joined_hits([])


def test_notes_are_those_above_the_threshold():
    candidates = table((0.5, 1.0, 60, 0.9, -1, 0), (1.0, 1.5, 62, 0.3, -1, 0))
    notes = decode(candidates, no_hits(), Decoding(threshold=0.5), span=ALWAYS)
    assert [note.pitch for note in notes] == [60]
    more = decode(candidates, no_hits(), Decoding(threshold=0.5), span=ALWAYS, sensitivity=0.9)
    assert [note.pitch for note in more] == [60, 62]


def test_a_note_is_cut_where_its_pitch_is_struck_again():
    candidates = table((0.5, 3.0, 60, 0.9, -1, 0), (1.0, 3.0, 60, 0.9, -1, 0))
    notes = decode(candidates, no_hits(), Decoding(), span=ALWAYS)
    assert notes[0].offset == pytest.approx(1.0)


def test_release_is_taken_off_the_end():
    notes = decode(table((0.5, 1.0, 60, 0.9, -1, 0)), no_hits(), Decoding(release=0.1), span=ALWAYS)
    assert notes[0].offset == pytest.approx(0.9)


def test_a_doubtful_note_goes_to_what_its_register_plays():
    part = [(0.5 * i, 0.5 * i + 0.4, 60 + i % 3, 0.9, -1.0, 3) for i in range(12)]
    candidates = table(*part, (6.2, 6.5, 61, 0.9, -1.0, 2))
    candidates.group[-1] = np.log(0.02)
    candidates.group[-1, 2], candidates.group[-1, 3] = np.log(0.4), np.log(0.36)
    notes = decode(candidates, no_hits(), Decoding(pool=0.7), span=ALWAYS)
    assert len({note.program for note in notes}) == 1


def test_an_instrument_of_a_note_or_two_is_given_up():
    part = [(0.5 * i, 0.5 * i + 0.4, 60 + i % 3, 0.9, -1.0, 3) for i in range(40)]
    candidates = table(*part, (20.2, 20.5, 84, 0.9, -1.0, 2))
    for least_share, programs in ((0.0, {2, 3}), (0.05, {3})):
        decoding = Decoding(pool=0.3, least_share=least_share)
        notes = decode(candidates, no_hits(), decoding, span=ALWAYS)
        assert len(notes) == 41
        assert {note.program for note in notes} == {GROUPS[i].program for i in programs}


def test_one_instrument_always_stays():
    groups = (3, *range(10), *range(10))
    candidates = table(*((0.5 * i, 0.5 * i + 0.4, 40 + 3 * i, 0.9, -1.0, g) for i, g in enumerate(groups)))
    notes = decode(candidates, no_hits(), Decoding(pool=0.0, least_share=1.0), span=ALWAYS)
    assert len({note.program for note in notes}) == 1


def test_spans_share_nothing_and_lose_nothing():
    candidates = table(*((0.5 * i, 0.5 * i + 0.4, 60 + i % 12, 0.9, -1.0, i % 4) for i in range(60)))
    decoding = Decoding(history=5.0, look_ahead=2.0)
    spans = [(10.0 * i, 10.0 * (i + 1)) for i in range(3)]
    parts = [decode(candidates, no_hits(), decoding, span=span) for span in spans]
    assert sum(len(part) for part in parts) == 60
    assert all(s[0] <= note.onset < s[1] for s, part in zip(spans, parts, strict=True) for note in part)


def test_louder_notes_have_higher_velocities():
    notes = decode(
        table((0.5, 1, 60, 0.9, -1.0, 0), (1, 2, 62, 0.9, -1.5, 0)), no_hits(), Decoding(), span=ALWAYS
    )
    assert notes[0].velocity > notes[1].velocity


def test_drum_keys_follow_what_the_kit_uses():
    n = 10
    keys = np.zeros((n, N_DRUMS), np.float32)
    keys[:, 36 - DRUM_MIN], keys[:, 35 - DRUM_MIN] = 0.8, 0.2
    keys[-1, 36 - DRUM_MIN], keys[-1, 35 - DRUM_MIN] = 0.48, 0.52
    hits = HitCandidates(
        np.arange(n, dtype=np.float32), np.full(n, 0.9, np.float32), np.ones(n, np.float32),
        np.zeros(n, np.int64), keys,
    )  # fmt: skip
    notes = decode(joined_notes([]), hits, Decoding(drum_pool=1.0), span=ALWAYS)
    assert {note.pitch for note in notes} == {36}
    assert all(note.is_drum for note in notes)


def test_confidence_is_read_off_the_calibration():
    decoding = Decoding(calibration=Calibration((0.0, 0.5, 1.0), (0.0, 0.2, 1.0)))
    notes = decode(table((0.5, 1.0, 60, 0.75, -1, 0)), no_hits(), decoding, span=ALWAYS)
    assert notes[0].confidence == pytest.approx(0.6, abs=1e-6)


@pytest.mark.parametrize("sensitivity", [0.0, 0.5, 1.0])
def test_thresholds_stay_between_nothing_and_everything(sensitivity):
    assert 0 < threshold_at(0.5, sensitivity) < 1
    assert threshold_at(0.4, 0.5) == pytest.approx(0.4)


def test_settings_come_back_from_json_values():
    decoding = Decoding(
        threshold=0.42, tracking=Tracking(offset=0.7), calibration=Calibration((0, 1), (0.1, 1))
    )
    assert Decoding.from_mapping(decoding.to_mapping()) == decoding


@pytest.mark.parametrize(
    "values",
    [
        {"threshold": "high"},
        {"calibration": {"scores": [0.1], "precision": []}},
        {"calibration": {"scores": 1, "precision": 2}},
    ],
)
def test_wrong_settings_are_refused(values):
    with pytest.raises(ValueError, match=r"number|precisions"):
        Decoding.from_mapping(values)
